"""What goes down in this update, and for how long, by today's settings against the last ones.

`pulumi preview` shows which resources are replaced. Only an engine knows the last settings, so that
a plan offline has nothing to compare.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from inference.catalog.durations import (
    AUTOPILOT_CLUSTER,
    GPU_NODE_POOL,
    HELM_RELEASE,
    STANDARD_CLUSTER,
)
from inference.catalog.machines import MACHINES, Machine
from inference.catalog.releases import RELEASES
from inference.catalog.replacing import (
    BUCKET_REPLACES,
    CHARTS_REPLACE,
    GCP_REPLACES,
    REPLACING,
    Replaced,
)
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import remove_command, set_command
from inference.derive.replacing import BUCKET_REGION, replacing_values
from inference.preflight.registry import warning

CLUSTER: Final = warning(
    id="replacement.cluster",
    cause="A setting that the cluster cannot change in place has changed since the last update.",
    consequence="The cluster is deleted, with every model, adapter and Gateway in it, and "
    "re-created. With `cluster.deletionProtection`, the update fails instead.",
    fix="Revert the change, or create a second stack beside this one and move clients over.",
    source=GCP_REPLACES,
)
NODE_POOL: Final = warning(
    id="replacement.node-pool",
    cause="A setting that a node pool cannot change in place has changed since the last update.",
    consequence="Its nodes are deleted, and their replicas are down until new nodes are "
    "available, which may be out of stock.",
    fix="Revert the change, or add a second pool and remove the first one in a later update.",
    source=GCP_REPLACES,
)
INFERENCE_POOL: Final = warning(
    id="replacement.inference-pool",
    cause="The gateway release has changed between the inference extension and llm-d.",
    consequence="The Helm release of each InferencePool is deleted and re-created, and no request "
    "is answered meanwhile.",
    fix="Revert the change, or update when no one needs the endpoint.",
    source=CHARTS_REPLACE,
)
BUCKET: Final = warning(
    id="replacement.bucket",
    cause="The name or region of the weights bucket has changed since the last update, perhaps "
    "through `cluster.name` or `gcp:project`, from which its name is derived when unset.",
    consequence="The old bucket stays as it is, and the new one is empty: servers that start find "
    "no weights. If only the region changes, the update fails, as the old bucket has the name. "
    "With `security.protect`, the update fails too.",
    fix="Revert the change, or copy first, then switch: create the new bucket, fill it with "
    "`gcloud storage rsync --recursive`, and set it with `weights.create: false`. If the old one "
    "is protected, remove the protection in an earlier update.",
    source=BUCKET_REPLACES,
)

_POOL: Final = re.compile(r"nodePools\[(?P<name>[^]]+)\]\.(?P<key>\w+)")


def _gpus(machine: Machine) -> tuple[str, int, int]:
    return machine.accelerator.name, machine.gpus, machine.local_ssds


def _replaces(key: str, old: str, new: str) -> bool:
    """Whether a change replaces anything; a value that the catalog no longer knows does."""
    if key.endswith(".machineType") and old in MACHINES:
        return _gpus(MACHINES[old]) != _gpus(MACHINES[new])
    if key == "gatewayRelease" and old in RELEASES:
        return RELEASES[old].picker_label != RELEASES[new].picker_label
    return old != new


def _changed(path: str, old: str, new: str, lost: str) -> tuple[str, str, str]:
    """Path, message and fix of a finding."""
    back = set_command(path, old) if old else remove_command(path)
    was, now = old or "not set", new or "not set"
    return path, f"changes from {was} to {now}, {lost}", back


def _cluster(path: str, old: str, new: str, settings: Settings) -> Finding:
    autopilot = settings.cluster.mode is ClusterMode.AUTOPILOT
    made = AUTOPILOT_CLUSTER if autopilot else STANDARD_CLUSTER
    verb = "replaces" if settings.cluster.is_created else "deletes"
    lost = (
        f"which {verb} {Replaced.CLUSTER}: everything in it is lost, and no request is answered "
        f"until it is rebuilt: {made.minutes:g} minutes for the cluster alone"
    )
    return CLUSTER.finding(*_changed(path, old, new, lost))


def _bucket(key: str, old: str, new: str) -> Finding:
    if key == BUCKET_REGION:
        lost = "but the weights bucket stays where it is and keeps the name: the update would fail"
        return BUCKET.finding(*_changed("gcp:region", old, new, lost))
    lost = (
        f"which replaces {Replaced.BUCKET}: the old one stays, but the new one is empty, and "
        "servers that start find no weights: copy first, then switch"
    )
    path, message, back = _changed(key, old, new, lost)
    copy = f"gcloud storage rsync --recursive gs://{old} gs://{new}"
    fix = f"create gs://{new}, {copy}, then set weights.create false; or {back}"
    return BUCKET.finding(path, message, fix)


def _inference_pool(path: str, old: str, new: str) -> Finding:
    lost = (
        f"which replaces {Replaced.INFERENCE_POOL}: no request is answered until the new pickers "
        f"run, {HELM_RELEASE.minutes:g} minutes for each"
    )
    return INFERENCE_POOL.finding(*_changed(path, old, new, lost))


def _node_pool(path: str, old: str, new: str) -> Finding:
    lost = (
        f"which replaces {Replaced.NODE_POOL}: replicas on its nodes stop until new ones are "
        f"found, {GPU_NODE_POOL.minutes:g} minutes if there is stock, and reload their models"
    )
    return NODE_POOL.finding(*_changed(path, old, new, lost))


def _node_pools(
    settings: Settings, previous: Mapping[str, str], present: Mapping[str, str]
) -> Iterator[Finding]:
    before = {match["name"]: None for key in previous if (match := _POOL.match(key))}
    names = [pool.name for pool in settings.pools]
    gone = sorted(set(before) - set(names))
    for index, name in enumerate(names):
        if name not in before and gone:
            yield _node_pool(f"nodePools[{index}].name", gone.pop(0), name)
    for key, old in previous.items():
        match = _POOL.match(key)
        if match and key in present and _replaces(key, old, present[key]):
            yield _node_pool(
                f"nodePools[{names.index(match['name'])}].{match['key']}", old, present[key]
            )


def findings(settings: Settings, previous: Mapping[str, str] | None) -> Iterator[Finding]:
    """What differs from the last update's values and takes something down; nothing without them."""
    if previous is None:
        return
    present = replacing_values(settings)
    differs = {
        key: (previous[key], new)
        for key, new in present.items()
        if key in previous and _replaces(key, previous[key], new)
    }
    if "gcp:region" in differs:
        # A cluster without a location of its own moves with the region.
        differs.pop("cluster.location", None)
    if "weights.bucket" in differs:
        # A bucket of another name takes nothing from the old one, wherever it is.
        differs.pop(BUCKET_REGION, None)
    for key, (old, new) in differs.items():
        replaced = Replaced.BUCKET if key == BUCKET_REGION else REPLACING.get(key)
        if replaced is Replaced.CLUSTER and previous.get("cluster.mode") != ClusterMode.EXISTING:
            yield _cluster(key, old, new, settings)
        elif replaced is Replaced.BUCKET:
            yield _bucket(key, old, new)
        elif replaced is Replaced.INFERENCE_POOL:
            yield _inference_pool(key, old, new)
    if previous.get("cluster.mode") == present["cluster.mode"] == ClusterMode.STANDARD.value:
        yield from _node_pools(settings, previous, present)
