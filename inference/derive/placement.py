"""Which machine a model's Pods run on and how many GPUs are to spare."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from inference.catalog.drivers import DRIVER_LABEL, LATEST_DRIVER
from inference.catalog.machines import ACCELERATORS, GPU, MACHINES, Capacity, Machine
from inference.config.finding import PROJECT
from inference.config.models import Model
from inference.config.node_pools import NodePool, Taint
from inference.config.settings import Settings
from inference.derive.names import cluster_scoped
from inference.derive.size import memory_gib, memory_share_gib

POOL_LABEL: Final = f"{PROJECT}/node-pool"
"""Label of nodes with the name of their pool."""
COMPUTE_CLASS_LABEL: Final = "cloud.google.com/compute-class"
TOPOLOGY_LABEL: Final = "cloud.google.com/gke-tpu-topology"
_HIGHEST_WEIGHT: Final = 100


def secure_boot(settings: Settings, pool: NodePool) -> bool:
    """Whether nodes of a pool have secure boot."""
    return settings.security.secure_boot if pool.secure_boot is None else pool.secure_boot


def pool_weights(settings: Settings, model: Model) -> dict[str, int]:
    """How much a model's Pods prefer each node pool, by its name: the first one most.

    As far apart as weights can be: what else the scheduler counts, such as how full a node is,
    outweighs a small difference. Empty where one pool alone holds them.
    """
    pools = pools_for(settings, model)
    if len(pools) <= 1:
        return {}
    step = (_HIGHEST_WEIGHT - 1) / (len(pools) - 1)
    return {pool.name: round(_HIGHEST_WEIGHT - place * step) for place, pool in enumerate(pools)}


def pools_for(settings: Settings, model: Model) -> tuple[NodePool, ...]:
    """The node pools whose nodes can hold a replica of `model`.

    None where it uses no GPU, or has nodes by a ComputeClass.
    """
    if model.engine.is_simulated or model.gpu.by_class:
        return ()
    return tuple(
        pool
        for pool in settings.pools
        if pool.machine.accelerator.name == model.gpu.accelerator
        and pool.machine.holds(model.gpu.count)
    )


def machines_with(accelerator: str, gpus: int) -> tuple[Machine, ...]:
    """The machines with the fewest GPUs, but at least `gpus`, of `accelerator`; smallest first.

    Empty where no single machine has so many, or of TPUs none exactly so many.
    """
    fitting = [m for m in MACHINES.values() if m.accelerator.name == accelerator and m.holds(gpus)]
    fewest = min((m.gpus for m in fitting), default=0)
    return tuple(sorted((m for m in fitting if m.gpus == fewest), key=lambda m: m.vcpu))


def largest_with(accelerator: str) -> Machine:
    """The machine with the most GPUs of a kind."""
    same = (m for m in MACHINES.values() if m.accelerator.name == accelerator)
    return max(same, key=lambda machine: machine.gpus)


def uses_gpus(settings: Settings) -> bool:
    """Whether any model is on GPUs, and not all on TPUs."""
    return any(ACCELERATORS[m.gpu.accelerator].kind is GPU for m in settings.models)


def tolerated(settings: Settings, model: Model) -> tuple[Taint, ...]:
    """The taints of those pools, each once."""
    return tuple(dict.fromkeys(t for pool in pools_for(settings, model) for t in pool.taints))


def machine_for(settings: Settings, model: Model) -> Machine:
    """The smallest machine that a replica may land on.

    In a cluster whose node pools are not ours it is, of the machines with the fewest GPUs that
    suffice, the smallest whose host memory does too: Autopilot provisions what Pods request.
    """
    pools = pools_for(settings, model)
    if pools:
        return min((pool.machine for pool in pools), key=lambda m: (m.gpus, m.memory_gb))
    machines = machines_with(model.gpu.accelerator, model.gpu.count) or (
        largest_with(model.gpu.accelerator),
    )
    return next(
        (m for m in machines if memory_share_gib(model, m) >= memory_gib(model)), machines[-1]
    )


def uses_spot(settings: Settings, model: Model) -> bool:
    """Whether GKE makes Spot nodes for a Pod: by choice, or as the machine exists only so."""
    if model.gpu.compute_class is not None:
        return False
    if model.gpu.capacity is not None:
        return model.gpu.capacity is Capacity.SPOT
    return Capacity.ON_DEMAND not in machine_for(settings, model).capacities


def capacities(settings: Settings, model: Model) -> tuple[Capacity, ...]:
    """Capacities that GKE tries for a model, in this order."""
    spot = Capacity.SPOT if uses_spot(settings, model) else Capacity.ON_DEMAND
    return (model.gpu.capacity or spot, *model.gpu.fallback)


def makes_class(settings: Settings, model: Model) -> bool:
    """Whether the stack makes a ComputeClass: for several capacities, or one that Pods cannot name.

    Pods on Autopilot name Spot by themselves, and get nodes on demand otherwise.
    """
    if model.engine.is_simulated or model.gpu.compute_class is not None:
        return False
    named = {None, Capacity.ON_DEMAND, Capacity.SPOT}
    unnamed = settings.cluster.is_autopilot and model.gpu.capacity not in named
    return bool(model.gpu.fallback) or unnamed


def provisioned(settings: Settings) -> tuple[Model, ...]:
    """The models for whose Pods GKE makes nodes of a known kind, in a cluster of this stack."""
    return tuple(
        model
        for model in settings.models
        if settings.cluster.is_created
        and not model.engine.is_simulated
        and model.gpu.compute_class is None
        and (settings.cluster.is_autopilot or makes_class(settings, model))
    )


def node_selector(settings: Settings, model: Model) -> dict[str, str]:
    """Labels of the nodes that a replica may run on; empty where any node will do."""
    if model.engine.is_simulated:
        return {}
    # Its rules say which GPUs, and in which capacity.
    if model.gpu.compute_class is not None:
        return {COMPUTE_CLASS_LABEL: model.gpu.compute_class}
    if not model.gpu.select_nodes:
        return {}
    if makes_class(settings, model):
        return {COMPUTE_CLASS_LABEL: cluster_scoped(model.name, settings.namespace)}
    kind, machine = ACCELERATORS[model.gpu.accelerator].kind, machine_for(settings, model)
    selector = {kind.label: model.gpu.accelerator}
    if machine.topology is not None:
        selector[TOPOLOGY_LABEL] = machine.topology
    if settings.cluster.is_autopilot:
        # Autopilot makes the node that the Pod describes.
        if kind is GPU:
            selector["cloud.google.com/gke-accelerator-count"] = str(machine.gpus)
            selector[DRIVER_LABEL] = LATEST_DRIVER
        if uses_spot(settings, model):
            selector["cloud.google.com/gke-spot"] = "true"
    return selector


def _steps_to_block(machine: Machine, count: int) -> Iterator[int]:
    """How a node of this machine fills up, seen from replicas of `count` GPUs.

    An empty node has no place for such a replica once others hold `gpus - count + 1` of its GPUs.
    Each step is what one replica on the node takes off that number.
    """
    to_block = machine.gpus - count + 1
    while to_block > 0:
        yield min(count, to_block)
        to_block -= count


def wanted_by_others(settings: Settings, model: Model) -> Counter[tuple[str, int]]:
    """GPUs of node pools that the other models need, by accelerator and GPUs a replica.

    By these, of which there are few: a loop over models for each of them takes minutes of many.
    """
    wanted, gpu = Counter(settings.gpus_wanted), model.gpu
    wanted[gpu.accelerator, gpu.count] -= model.most_replicas * gpu.count
    return +wanted


def has_spare_slot(settings: Settings, model: Model) -> bool:
    """Whether one more replica of `model` always finds its GPUs on one node.

    The worst case is assumed: the replicas of `model` are on the nodes where they take the most
    places, and replicas of other models block as many of the rest as their GPUs can.
    """
    count, pools = model.gpu.count, pools_for(settings, model)
    others = sum(
        gpus
        for (accelerator, size), gpus in wanted_by_others(settings, model).items()
        if accelerator == model.gpu.accelerator and any(pool.machine.holds(size) for pool in pools)
    )
    steps: Counter[int] = Counter()
    for pool in pools:
        for step in _steps_to_block(pool.machine, count):
            steps[step] += pool.max_nodes
    to_block, placed = 0, model.most_replicas
    for step, nodes in sorted(steps.items(), reverse=True):
        taken = min(placed, nodes)
        placed -= taken
        to_block += step * (nodes - taken)
    return to_block > others


@final
@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How a Deployment replaces its Pods."""

    max_surge: int
    max_unavailable: int


def rollout(settings: Settings, model: Model) -> Rollout:
    """A surge replica where a GPU is free for it, else one replica at a time is taken down.

    A surge replica without a free GPU stays Pending and the roll-out deadlocks.
    Autopilot and ComputeClasses make a node for it. In an existing Standard cluster nothing is
    known of spare GPUs.
    Without GPUs one more always fits.
    """
    if settings.cluster.is_autopilot or model.engine.is_simulated or model.gpu.by_class:
        return Rollout(max_surge=1, max_unavailable=0)
    fits = has_spare_slot(settings, model)
    return Rollout(max_surge=int(fits), max_unavailable=int(not fits))
