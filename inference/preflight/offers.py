"""Machines: whether Google has them in the capacity and zone asked for, on any cluster."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.autopilot import AUTOPILOT_GPUS, CLASSES
from inference.catalog.facts import GPU_ZONES
from inference.catalog.machines import MACHINES, MACHINES_SOURCE, Capacity
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import edit, remove_command, set_command
from inference.config.models import Model
from inference.config.node_pools import NodePool
from inference.derive.offers import offered
from inference.derive.placement import largest_with, machines_with, makes_class
from inference.preflight.fitting import enough_gpus
from inference.preflight.registry import error, own_rule, refusal, warning

CAPACITY_NOT_OFFERED: Final = error(
    id="capacity.not-offered",
    cause="A machine type is requested with a capacity type that Google does not offer for it.",
    consequence="GKE rejects the node pool after the cluster has been created, or Pods stay "
    "Pending.",
    fix="Choose one of the capacity types listed, or a machine type that offers yours.",
    source=MACHINES_SOURCE,
)
CAPACITY_ZONE: Final = warning(
    id="capacity.zone",
    cause="A zone is not among those known to offer the machine type.",
    consequence="GKE may reject the pool after the cluster has been created.",
    fix="Choose a zone that offers it: gcloud compute machine-types list --filter=name=MACHINE",
    source=GPU_ZONES,
    follows=("places.no-such-region", "places.no-such-zone"),
)
CAPACITY_NO_MACHINE: Final = refusal(
    id="capacity.no-machine",
    cause="A replica needs more GPUs than the largest machine type with that GPU has, or a number "
    "of TPU chips that no machine type has. A replica runs on one node, and on TPUs takes all "
    "of its chips.",
    consequence="No node can hold it: every replica stays Pending.",
    fix="Request fewer GPUs per replica, or another type.",
    source=MACHINES_SOURCE,
)
CAPACITY_NOT_USED: Final = own_rule(
    id="capacity.not-used",
    cause="A model sets a `gpu` key for nodes that GKE creates, and nothing would read it: "
    "`capacity` without `fallback` in a Standard cluster, whose node pools set the capacity; "
    "`fallback` in an existing Standard cluster; either one with `computeClass`; a reservation "
    "with another capacity.",
    consequence="The key would be ignored.",
    fix="Remove the key, or add the one that it depends on.",
)
CAPACITY_FALLBACK_ORDER: Final = own_rule(
    id="capacity.fallback-order",
    cause="`gpu.fallback` is set without `gpu.capacity`, or repeats it.",
    consequence="The first choice is missing, or GKE would try the same capacity twice.",
    fix="Set the first choice in `capacity`, and the others in `fallback`.",
)
CAPACITY_NO_SELECTOR: Final = error(
    id="capacity.no-selector",
    cause="`gpu.selectNodes` is false in a cluster where GKE creates or finds nodes by the node "
    "selector.",
    consequence="Replicas are scheduled on nodes with other GPUs, or stay Pending.",
    fix="Remove the key; it is for clusters without GKE's node labels.",
    source=AUTOPILOT_GPUS,
)
CAPACITY_CLASS_OUTSIDE_GKE: Final = refusal(
    id="capacity.class-outside-gke",
    cause="A model sets a ComputeClass, but the cluster is not a GKE cluster.",
    consequence="No node has the class's label, so every replica stays Pending.",
    fix="Remove `gpu.computeClass`.",
    source=CLASSES,
)


def _pool(index: int, pool: NodePool) -> Iterator[Finding]:
    offer = offered(pool.machine)
    if pool.capacity not in offer.capacities:
        path, known = f"nodePools[{index}].capacity", offer.capacities
        fix = set_command(path, known[-1])
        if pool.reservation:
            fix = edit({path: known[-1].value, f"nodePools[{index}].reservation": None})
        yield CAPACITY_NOT_OFFERED.finding(
            path,
            f"{pool.machine_type} is not offered as {pool.capacity}, so GKE would reject the "
            f"pool; it is available as {', '.join(known)}",
            fix,
        )
    unknown = offer.lacks(pool.zones)
    if unknown:
        region = [zone for zone in sorted(offer.zones) if zone[:-2] == unknown[0][:-2]]
        where = ", ".join(region) or f"zones in other regions, such as {min(offer.zones)}"
        path = f"nodePools[{index}].zones"
        ask = f"gcloud compute machine-types list --filter=name={pool.machine_type}"
        yield CAPACITY_ZONE.finding(
            path,
            f"{', '.join(unknown)} is not known to offer {pool.machine_type}; known to offer it: "
            f"{where}",
            edit({path: [zone for zone in pool.zones if zone in region] or region[:1]})
            + f", or another of {where}"
            if region
            else f"choose another region, or ask: {ask}",
        )


def _not_used(settings: Settings, path: str, model: Model) -> Iterator[Finding]:
    gpu = model.gpu
    keys = {"capacity": gpu.capacity, "reservation": gpu.reservation, "fallback": gpu.fallback}
    if gpu.compute_class is not None:
        why = f"the ComputeClass {gpu.compute_class} determines the nodes"
    elif not settings.cluster.is_autopilot and not settings.cluster.is_created:
        why = (
            "the stack does not create this cluster's nodes; `computeClass` selects one of its "
            "classes"
        )
    elif not settings.cluster.is_autopilot and not gpu.fallback:
        why = "the node pools set the capacity, unless `fallback` says what comes after it"
    elif gpu.reservation and Capacity.RESERVATION not in {gpu.capacity, *gpu.fallback}:
        why, keys = "neither `capacity` nor `fallback` is `reservation`", {"reservation": True}
    else:
        return
    for key, value in keys.items():
        if value:
            yield CAPACITY_NOT_USED.finding(
                f"{path}.{key}", f"would be ignored: {why}", remove_command(f"{path}.{key}")
            )


def _made(path: str, model: Model, region: str) -> Iterator[Finding]:
    """Nodes that GKE makes, for Pods on Autopilot or by a class of the stack."""
    capacity, fallback = model.gpu.capacity, model.gpu.fallback
    machine = machines_with(model.gpu.accelerator, model.gpu.count)[0]
    offer = offered(machine)
    if offer.zones_in(region) == []:
        regions = ", ".join(sorted({zone[:-2] for zone in offer.zones}))
        yield CAPACITY_ZONE.finding(
            f"{path}.accelerator",
            f"no zone in {region} is known to offer {machine.name}; regions that do: {regions}",
            set_command("gcp:region", min(offer.zones)[:-2]) + ", or another accelerator",
        )
    known = offer.capacities
    for key, wanted in (("capacity", (capacity,) if capacity else ()), ("fallback", fallback)):
        missing = [one for one in wanted if one not in known]
        if missing:
            fix = set_command(f"{path}.{key}", known[-1])
            yield CAPACITY_NOT_OFFERED.finding(
                f"{path}.{key}",
                f"{model.gpu.count} {model.gpu.accelerator} is not available as "
                f"{', '.join(missing)}, only as {' or '.join(known)}",
                fix if key == "capacity" else remove_command(f"{path}.{key}"),
            )
    if fallback and (capacity is None or capacity in fallback):
        yield CAPACITY_FALLBACK_ORDER.finding(
            f"{path}.fallback",
            "needs `capacity` to be set, and must not repeat it",
            remove_command(f"{path}.fallback") + f", or set `{path}.capacity` to another one",
        )


def _no_machine(settings: Settings, index: int, model: Model) -> Finding:
    name, count = model.gpu.accelerator, model.gpu.count
    largest = largest_with(name)
    if count > largest.gpus:
        why = (
            f"a replica with {count} {name} does not fit on one node: the largest, "
            f"{largest.name}, has {largest.gpus}"
        )
    else:
        some = (f"{m.name} has {m.gpus}" for m in MACHINES.values() if m.accelerator.name == name)
        why = f"a replica gets all {name} of its node, and none has {count}: {', '.join(some)}"
    return CAPACITY_NO_MACHINE.finding(
        f"models[{index}].gpu.count",
        f"{why}; it would stay Pending",
        enough_gpus(settings, index, model),
    )


def _model(settings: Settings, index: int, model: Model) -> Iterator[Finding]:
    path = f"models[{index}].gpu"
    holds = bool(machines_with(model.gpu.accelerator, model.gpu.count))
    if not holds:
        yield _no_machine(settings, index, model)
    yield from _not_used(settings, path, model)
    made = settings.cluster.is_autopilot or makes_class(settings, model)
    if made and holds and model.gpu.compute_class is None:
        yield from _made(path, model, settings.gcp.region)
    yield from _class(settings, path, model)
    elsewhere = not settings.cluster.is_created and not settings.cluster.is_autopilot
    if not model.gpu.select_nodes and not elsewhere:
        yield CAPACITY_NO_SELECTOR.finding(
            f"{path}.selectNodes",
            "is false, but GKE finds nodes for a Pod by its node selector: replicas could be "
            "scheduled on other GPUs, or stay Pending",
            remove_command(f"{path}.selectNodes"),
        )


def _class(settings: Settings, path: str, model: Model) -> Iterator[Finding]:
    if model.gpu.compute_class is not None and not settings.on_gke:
        yield CAPACITY_CLASS_OUTSIDE_GKE.finding(
            f"{path}.computeClass",
            "needs GKE, whose nodes carry the class's label: replicas would stay Pending",
            remove_command(f"{path}.computeClass"),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the machines of node pools, and those that Autopilot is asked for."""
    if settings.cluster.mode is ClusterMode.STANDARD:
        for index, pool in enumerate(settings.pools):
            yield from _pool(index, pool)
    for index, model in enumerate(settings.models):
        yield from _model(settings, index, model)
