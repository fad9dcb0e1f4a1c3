"""Machines: whether Google has them in the capacity and zone asked for, on any cluster."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.autopilot import AUTOPILOT_GPUS
from inference.catalog.facts import GPU_ZONES, OWN_KEYS
from inference.catalog.machines import MACHINES_SOURCE, Capacity, machines_with
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.config.finding import remove_command, set_command
from inference.config.models import Model
from inference.config.node_pools import NodePool
from inference.derive.offers import Asked, offered
from inference.preflight.registry import Check

NOT_OFFERED: Final = Check(
    id="capacity.not-offered",
    severity=Severity.ERROR,
    cause="A machine type is asked for in a capacity that Google does not sell it in, or that "
    "Autopilot is not asked for by this program.",
    consequence="GKE refuses the node pool after the cluster has been made, or Pods stay Pending.",
    fix="Choose one of the capacities named, or a machine type that has yours.",
    source=MACHINES_SOURCE,
)
ZONE: Final = Check(
    id="capacity.zone",
    severity=Severity.WARNING,
    cause="A zone is not among those known to offer the machine type.",
    consequence="GKE may refuse the pool after the cluster has been made.",
    fix="Choose a zone that offers it: gcloud compute machine-types list --filter=name=MACHINE",
    source=GPU_ZONES,
)
NO_MACHINE: Final = Check(
    id="capacity.no-machine",
    severity=Severity.ERROR,
    cause="A replica needs more GPUs of a kind than one machine type holds.",
    consequence="No node has them: every replica stays Pending.",
    fix="Ask for fewer GPUs a replica, or for other ones.",
    source=MACHINES_SOURCE,
    acceptable=False,
)
NOT_USED: Final = Check(
    id="capacity.not-used",
    severity=Severity.ERROR,
    cause="A model has `gpu.capacity` or `gpu.fallback`, but Autopilot does not make the nodes.",
    consequence="Node pools have the capacity: the keys would be ignored.",
    fix="Remove the keys, and give the node pool the capacity.",
    source=OWN_KEYS,
    acceptable=False,
)
FALLBACK: Final = Check(
    id="capacity.fallback-order",
    severity=Severity.ERROR,
    cause="`gpu.fallback` is set without `gpu.capacity`, or repeats it.",
    consequence="The first choice is missing, or GKE would try one capacity twice.",
    fix="Give the first choice in `capacity`, and others in `fallback`.",
    source=OWN_KEYS,
    acceptable=False,
)
NO_SELECTOR: Final = Check(
    id="capacity.no-selector",
    severity=Severity.ERROR,
    cause="`gpu.selectNodes` is false in a cluster whose nodes GKE makes or finds by the selector.",
    consequence="Replicas are scheduled on nodes with other GPUs, or stay Pending.",
    fix="Remove the key: it is for clusters without GKE's labels.",
    source=AUTOPILOT_GPUS,
)
CHECKS: Final = (NOT_OFFERED, ZONE, NO_MACHINE, NOT_USED, FALLBACK, NO_SELECTOR)


def _pool(index: int, pool: NodePool) -> Iterator[Finding]:
    offer = offered(pool.machine, Asked.NODE_POOL)
    if pool.capacity not in offer.capacities:
        path, known = f"nodePools[{index}].capacity", offer.capacities
        fix = set_command(path, known[-1])
        if pool.reservation:
            fix = f"set {path} to {known[-1]} and remove nodePools[{index}].reservation"
        yield NOT_OFFERED.finding(
            path,
            f"{pool.machine_type} is not offered as {pool.capacity}, so GKE would refuse the "
            f"pool; it exists as {', '.join(known)}",
            fix,
        )
    unknown = offer.lacks(pool.zones)
    if unknown:
        region = [zone for zone in sorted(offer.zones) if zone[:-2] == unknown[0][:-2]]
        where = ", ".join(region) or f"zones of other regions, such as {min(offer.zones)}"
        yield ZONE.finding(
            f"nodePools[{index}].zones",
            f"{', '.join(unknown)} is not known to offer {pool.machine_type}; known are {where}",
            f"gcloud compute machine-types list --filter=name={pool.machine_type}",
        )


def _not_used(path: str, model: Model) -> Iterator[Finding]:
    keys = {"capacity": model.gpu.capacity, "fallback": model.gpu.fallback}
    for key, value in keys.items():
        if value:
            yield NOT_USED.finding(
                f"{path}.{key}",
                "would be ignored: outside Autopilot the capacity is that of node pools, and a "
                "second pool is the fallback",
                remove_command(f"{path}.{key}"),
            )


def _autopilot(path: str, model: Model) -> Iterator[Finding]:
    capacity, fallback = model.gpu.capacity, model.gpu.fallback
    machine = machines_with(model.gpu.accelerator, model.gpu.count)[0]
    asked: list[tuple[str, Asked, tuple[Capacity, ...]]] = [
        ("capacity", Asked.POD, (capacity,) if capacity else ()),
        ("fallback", Asked.COMPUTE_CLASS, fallback),
    ]
    for key, how, wanted in asked:
        known = offered(machine, how).capacities
        missing = [one for one in wanted if one not in known]
        if missing:
            fix = set_command(f"{path}.{key}", known[-1])
            yield NOT_OFFERED.finding(
                f"{path}.{key}",
                f"{model.gpu.count} {model.gpu.accelerator} cannot be had on Autopilot as "
                f"{', '.join(missing)} here, only as {' or '.join(known)}",
                fix if key == "capacity" else remove_command(f"{path}.{key}"),
            )
    if fallback and (capacity is None or capacity in fallback):
        first = set_command(f"{path}.capacity", "spot")
        yield FALLBACK.finding(
            f"{path}.fallback",
            "comes after `capacity`, which must be given and not be repeated in it",
            f"{first}, or {remove_command(f'{path}.fallback')}",
        )


def _model(settings: Settings, index: int, model: Model) -> Iterator[Finding]:
    path = f"models[{index}].gpu"
    holds = bool(machines_with(model.gpu.accelerator, model.gpu.count))
    if not holds:
        yield NO_MACHINE.finding(
            f"{path}.count",
            f"no machine type holds {model.gpu.count} {model.gpu.accelerator}: the Pod would stay "
            "Pending",
            set_command(f"{path}.count", "COUNT"),
        )
    if not settings.cluster.is_autopilot:
        yield from _not_used(path, model)
    elif holds:
        yield from _autopilot(path, model)
    elsewhere = not settings.cluster.is_created and not settings.cluster.is_autopilot
    if not model.gpu.select_nodes and not elsewhere:
        yield NO_SELECTOR.finding(
            f"{path}.selectNodes",
            "is false, but GKE finds the nodes of a Pod by its selector: replicas could be "
            "scheduled on other GPUs, or stay Pending",
            remove_command(f"{path}.selectNodes"),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the machines of node pools, and those that Autopilot is asked for."""
    if settings.cluster.mode is ClusterMode.STANDARD:
        for index, pool in enumerate(settings.pools):
            yield from _pool(index, pool)
    for index, model in enumerate(settings.models):
        yield from _model(settings, index, model)
