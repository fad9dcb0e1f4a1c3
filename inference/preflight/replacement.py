"""What this update would make anew, as far as settings alone tell: today's against the last ones.

Only an engine knows the last ones, so that a plan offline has nothing to compare.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Final

from inference.catalog.durations import (
    AUTOPILOT_CLUSTER,
    GATEWAY,
    GPU_NODE_POOL,
    HELM_RELEASE,
    STANDARD_CLUSTER,
)
from inference.catalog.machines import MACHINES, Machine
from inference.catalog.releases import RELEASES
from inference.catalog.replacing import (
    BUCKET_REGION,
    BUCKET_REPLACES,
    CHARTS_REPLACE,
    GATEWAY_REPLACES,
    GCP_REPLACES,
    IDENTITY_REPLACES,
    RANGES_REPLACE,
    REPLACING,
    SUBNET_REPLACES,
    Replaced,
    Replacing,
)
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.config.finding import remove_command, set_command
from inference.derive.replacing import pool_key, replacing_values
from inference.preflight.registry import Check

_FIX: Final = "Set it back, or make a second stack beside this one and move clients over."

CLUSTER: Final = Check(
    id="replacement.cluster",
    severity=Severity.WARNING,
    cause="A setting that the cluster cannot change in place has changed since the last update.",
    consequence="The cluster is deleted, with every model, adapter and Gateway in it, and made "
    "anew. Where `cluster.deletionProtection` is set, the update fails instead.",
    fix=_FIX,
    source=GCP_REPLACES,
)
NODE_POOL: Final = Check(
    id="replacement.node-pool",
    severity=Severity.WARNING,
    cause="A setting that a node pool cannot change in place has changed since the last update.",
    consequence="Its nodes are deleted, and replicas on them stop until new nodes are found, which "
    "may be out of stock.",
    fix="Set it back, or add a second pool, and take the first one out in a later update.",
    source=GCP_REPLACES,
)
OBJECTS: Final = Check(
    id="replacement.objects",
    severity=Severity.WARNING,
    cause="The namespace or the cluster that the stack's objects live in has changed since the "
    "last update.",
    consequence="All of them are made anew there and deleted here: every model starts again, and "
    "so does the Gateway.",
    fix=_FIX,
    source=IDENTITY_REPLACES,
)
SUBNET: Final = Check(
    id="replacement.subnet",
    severity=Severity.WARNING,
    cause="The proxy-only subnet has another range than in the last update.",
    consequence="The subnet is deleted and made anew: load balancers of the VPC and region have no "
    "proxies meanwhile, and Google may refuse to delete a subnet in use. A larger range that holds "
    "the old one is refused, as Google expands no such subnet.",
    fix="Set it back, or destroy and make the stack's Gateway and subnet anew.",
    source=SUBNET_REPLACES,
)
VPC_SUBNET: Final = Check(
    id="replacement.vpc-subnet",
    severity=Severity.WARNING,
    cause="A range of the stack's own VPC network has changed since the last update.",
    consequence="The subnet of the nodes cannot take it: Google deletes no subnet and changes no "
    "secondary range that the cluster uses, and the update fails.",
    fix="Set it back, or make a second stack beside this one and move clients over. The range of "
    "the nodes may grow in place.",
    source=RANGES_REPLACE,
)
INFERENCE_POOL: Final = Check(
    id="replacement.inference-pool",
    severity=Severity.WARNING,
    cause="The gateway release has changed between the inference extension and llm-d.",
    consequence="The release of each InferencePool is deleted and made anew, and no request is "
    "answered meanwhile.",
    fix="Set it back, or update when no one needs the endpoint.",
    source=CHARTS_REPLACE,
)
ENTRY: Final = Check(
    id="replacement.gateway",
    severity=Severity.WARNING,
    cause="The Gateway's class or name has changed since the last update.",
    consequence="The Gateway is deleted and made anew, and no request is answered meanwhile. With "
    "another class its address changes too.",
    fix="Set it back, or tell clients, and update when no one needs the endpoint.",
    source=GATEWAY_REPLACES,
)
BUCKET: Final = Check(
    id="replacement.bucket",
    severity=Severity.WARNING,
    cause="The name or the region of the bucket of weights has changed since the last update, "
    "maybe with `cluster.name` or `gcp:project`, of which its name is made when unset.",
    consequence="The old bucket stays as it is, and the new one is empty: servers that start find "
    "no weights. With another region alone the update fails, as the old bucket has the name. Where "
    "`security.protect` is set, the update fails too.",
    fix="Set it back, or copy first, then switch: make the new bucket, fill it with `gcloud "
    "storage rsync --recursive`, and name it with `weights.create: false`. Where the old one is "
    "protected, lift that in an update before.",
    source=BUCKET_REPLACES,
)
CHECKS: Final = (CLUSTER, NODE_POOL, OBJECTS, SUBNET, VPC_SUBNET, INFERENCE_POOL, ENTRY, BUCKET)

_CHECKS: Final[Mapping[Replaced, Check]] = MappingProxyType(
    {
        Replaced.CLUSTER: CLUSTER,
        Replaced.NODE_POOL: NODE_POOL,
        Replaced.OBJECTS: OBJECTS,
        Replaced.SUBNET: SUBNET,
        Replaced.VPC_SUBNET: VPC_SUBNET,
        Replaced.INFERENCE_POOL: INFERENCE_POOL,
        Replaced.GATEWAY: ENTRY,
        Replaced.BUCKET: BUCKET,
    }
)
_POOL_NAME: Final = re.compile(r"nodePools\[([^]]+)\]")
_POOL_PREFIX: Final = "nodePools[]."
_SECONDARY: Final = frozenset({"network.vpc.pods", "network.vpc.services"})
_EXISTING: Final = ClusterMode.EXISTING.value


def _cost(replaced: Replaced, mode: ClusterMode) -> str:
    if replaced is Replaced.CLUSTER:
        made = AUTOPILOT_CLUSTER if mode is ClusterMode.AUTOPILOT else STANDARD_CLUSTER
        return (
            "everything in it is lost and no request is answered until it is built again, "
            f"{made.minutes:g} minutes for the cluster alone"
        )
    return {
        Replaced.NODE_POOL: "replicas on its nodes stop until new ones are found, "
        f"{GPU_NODE_POOL.minutes:g} minutes where there is stock, and load their models again",
        Replaced.OBJECTS: "every model starts again, and no request is answered until the new "
        f"Gateway works, {GATEWAY.minutes:g} minutes",
        Replaced.SUBNET: "load balancers of the region have no proxies meanwhile",
        Replaced.VPC_SUBNET: "Google deletes no subnet that the cluster uses, and the update fails",
        Replaced.INFERENCE_POOL: "no request is answered until the new pickers run, "
        f"{HELM_RELEASE.minutes:g} minutes for each",
        Replaced.GATEWAY: "no request is answered until the new one works, "
        f"{GATEWAY.minutes:g} minutes",
        Replaced.BUCKET: "the old one stays, but the new one is empty, and servers that start find "
        "no weights: copy first, then switch",
    }[replaced]


def _gpus(machine: Machine) -> tuple[str, int, int]:
    return machine.accelerator.name, machine.gpus, machine.local_ssds


def _replaces(row: Replacing, old: str, new: str) -> bool:
    """Whether a change of this setting from one value to the other replaces anything.

    Values that the catalog no longer knows are taken to replace.
    """
    if old == new:
        return False
    if row.setting == "nodePools[].machineType" and old in MACHINES:
        return _gpus(MACHINES[old]) != _gpus(MACHINES[new])
    if row.setting == "network.vpc.nodes":
        return not IPv4Network(old).subnet_of(IPv4Network(new))
    if row.setting == "gatewayRelease" and old in RELEASES:
        return RELEASES[old].picker_label != RELEASES[new].picker_label
    return True


def _finding(row: Replacing, path: str, old: str, new: str, settings: Settings) -> Finding:
    replaced, verb = row.replaced, "replaces"
    if row.setting == "cluster.mode" and old == _EXISTING:
        replaced = Replaced.OBJECTS
    elif row.setting == "cluster.mode" and new == _EXISTING:
        verb = "deletes"
    lost = f"which {verb} {replaced.value}: {_cost(replaced, settings.cluster.mode)}"
    if replaced is Replaced.SUBNET and IPv4Network(old).subnet_of(IPv4Network(new)):
        lost = "but Google expands no subnet of proxies: the update would fail"
    if row.setting in _SECONDARY:
        lost = "but Google changes no secondary range that the cluster uses: the update would fail"
    if row.key == BUCKET_REGION:
        lost = "but the bucket of weights stays where it is and has the name: the update would fail"
    back = set_command(path, old) if old else remove_command(path)
    if row.setting == "weights.bucket":
        copy = f"gcloud storage rsync --recursive gs://{old} gs://{new}"
        back = f"make gs://{new}, {copy}, then set weights.create false; or {back}"
    return _CHECKS[replaced].finding(
        path,
        f"was {old or 'not set'} in the last update and is {new or 'not set'} now, {lost}",
        back,
    )


def _node_pools(
    settings: Settings, previous: Mapping[str, str], present: Mapping[str, str]
) -> Iterator[Finding]:
    before = {match[1] for key in previous if (match := _POOL_NAME.match(key))}
    names = [pool.name for pool in settings.pools]
    gone = sorted(before - set(names))
    rows = {
        row.setting.removeprefix(_POOL_PREFIX): row
        for row in REPLACING
        if row.setting.startswith(_POOL_PREFIX)
    }
    for index, name in enumerate(names):
        path = f"nodePools[{index}]"
        if name not in before:
            if gone:
                yield _finding(rows["name"], f"{path}.name", gone.pop(0), name, settings)
            continue
        for key, row in rows.items():
            stored = pool_key(name, key)
            if stored in previous and _replaces(row, previous[stored], present[stored]):
                old, new = previous[stored], present[stored]
                yield _finding(row, f"{path}.{key}", old, new, settings)


def findings(settings: Settings, previous: Mapping[str, str] | None) -> Iterator[Finding]:
    """What differs from the last update's values in a way that replaces; nothing without them."""
    if previous is None:
        return
    present = replacing_values(settings)
    for row in REPLACING:
        key = row.key
        if key not in previous or key not in present:
            continue
        # A cluster without a location of its own has moved with the region, which is told then.
        moved = key == "cluster.location" and previous.get("gcp:region") != present["gcp:region"]
        # A bucket of another name takes nothing from the old one, wherever it is.
        moved |= key == BUCKET_REGION and previous["weights.bucket"] != present["weights.bucket"]
        if not moved and _replaces(row, previous[key], present[key]):
            yield _finding(row, row.setting, previous[key], present[key], settings)
    if previous.get("cluster.mode") == present["cluster.mode"] == ClusterMode.STANDARD.value:
        yield from _node_pools(settings, previous, present)
