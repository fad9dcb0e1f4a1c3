"""GPUs: whether replicas fit on the nodes, and roll-outs."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from inference.catalog.facts import ROLL_OUT, SCHEDULER
from inference.catalog.limits import SPOT, SPOT_NOTICE_SECONDS
from inference.catalog.machines import Capacity
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import Fix, edit, set_command
from inference.config.models import Model
from inference.config.node_pools import NodePool
from inference.derive.placement import machines_with, pools_for, rollout, uses_spot
from inference.derive.timing import grace_period
from inference.preflight.fitting import node_pool, replicas_key
from inference.preflight.registry import error, info, warning

GPUS: Final = error(
    id="capacity.gpus",
    cause="The replicas of all models need more GPUs than the node pools have at their maximum "
    "size, or one replica's GPUs would have to be on several nodes.",
    consequence="Replicas stay Pending indefinitely, and the Deployment fails after its deadline.",
    fix="Add nodes, lower `replicas`, or choose a machine type with more GPUs.",
    source=SCHEDULER,
)
FRAGMENTED: Final = warning(
    id="capacity.fragmented",
    cause="There are enough GPUs, but replicas of several sizes may be scheduled so that no node "
    "has all the GPUs that one replica needs.",
    consequence="That replica stays Pending until others move away.",
    fix="Give each replica size its own node pool, with another machine type, or add nodes.",
    source=SCHEDULER,
)
DOWNTIME: Final = warning(
    id="capacity.downtime",
    cause="A model has one replica, and no GPU is free for a second one during a roll-out.",
    consequence="Each change to the Deployment and each node upgrade causes an outage for as long "
    "as the model takes to start.",
    fix="Run two replicas, or keep a GPU free.",
    source=ROLL_OUT,
)
SPOT_SINGLE: Final = warning(
    id="capacity.spot-single",
    cause="A model's only replica runs on Spot capacity.",
    consequence="Google may preempt the node at any time with 30 seconds' notice: the model is "
    "down until another node is available.",
    fix="Run two replicas, or use another capacity.",
    source=SPOT,
)
SPOT_DRAIN: Final = info(
    id="capacity.spot-drain",
    cause="A model's replicas may run on Spot, and its grace period exceeds Spot's notice.",
    consequence="When Google preempts a node, requests that do not finish within about 25 seconds "
    "are cut off; in roll-outs they are not.",
    fix="Use another capacity where that matters, or have clients retry.",
    source=SPOT,
)

_TWO: Final = 2
_NAMED: Final = 3
"""Terms of a sum that are shown."""


def _sum(terms: Iterable[tuple[str, int, int]]) -> tuple[int, str]:
    """A sum of GPUs, of a name's number times GPUs of each, and how it is made: most first."""
    ordered = sorted(terms, key=lambda term: -term[1] * term[2])
    shown = [f"{name}: {number} × {gpus}" for name, number, gpus in ordered[:_NAMED]]
    more = [f"{len(ordered) - _NAMED} more"] if len(ordered) > _NAMED else []
    return sum(number * gpus for _, number, gpus in ordered), " + ".join([*shown, *more]) or "none"


def _have(pools: Sequence[NodePool]) -> tuple[int, str]:
    """GPUs of pools at their largest, and the sum that gives them."""
    return _sum((pool.name, pool.max_nodes, pool.machine.gpus) for pool in pools)


def _fit(nodes: Sequence[int], replicas: Sequence[int], *, packed: bool) -> bool:
    """Whether replicas find their GPUs.

    Packed: the largest first, on the fullest node that fits. Exact where sizes of replicas and
    nodes are powers of two, as those of machine types are. Else the smallest first, on the emptiest
    node, as the scheduler does by default when they come first.
    """
    free = Counter(nodes)
    for size in sorted(replicas, reverse=packed):
        fitting = [gpus for gpus, count in free.items() if count and gpus >= size]
        if not fitting:
            return False
        node = min(fitting) if packed else max(fitting)
        free[node] -= 1
        free[node - size] += 1
    return True


def _power_of_two(number: int) -> bool:
    return number & (number - 1) == 0


def _no_pool(index: int, model: Model, settings: Settings) -> Finding:
    gpu = model.gpu
    same = [p for p in settings.pools if p.machine.accelerator.name == gpu.accelerator]
    largest = max((p.machine.gpus for p in same), default=0)
    have = f"their largest node has {largest}" if same else "no node pool has any"
    if largest >= gpu.count:
        have = f"a replica gets all chips of its node, and the pools' nodes have {largest}"
    machines = machines_with(gpu.accelerator, gpu.count)
    pools = (node_pool(settings, model, machine, gpu.count) for machine in machines)
    return GPUS.finding(
        f"models[{index}].gpu",
        f"a replica of {model.name} needs {gpu.count} {gpu.accelerator} on one node, but {have}: "
        "it would stay Pending indefinitely",
        next(
            (edit(one[0]) + one[1] for one in pools if one),
            Fix("add a node pool with such machines"),
        )
        + ", or change the model's `gpu`",
    )


def _groups(settings: Settings) -> Iterator[tuple[list[NodePool], list[int]]]:
    """Node pools of one accelerator, and the models by index whose replicas fit on them."""
    for accelerator in dict.fromkeys(pool.machine.accelerator.name for pool in settings.pools):
        pools = [p for p in settings.pools if p.machine.accelerator.name == accelerator]
        models = [
            index
            for index, model in enumerate(settings.models)
            if model.gpu.accelerator == accelerator and pools_for(settings, model)
        ]
        if models:
            yield pools, models


def _two(index: int, model: Model) -> Fix:
    """The edit that gives a model two servers; bounds of an autoscaler stay in order."""
    path = replicas_key(index, model, "min")
    if model.autoscaling is not None and model.autoscaling.max < _TWO:
        return edit({path: _TWO, replicas_key(index, model): _TWO})
    return set_command(path, str(_TWO))


def _replicas(models: Sequence[Model]) -> list[int]:
    return [model.gpu.count for model in models for _ in range(model.most_replicas)]


def _nodes(pools: Sequence[NodePool]) -> list[int]:
    return [pool.machine.gpus for pool in pools for _ in range(pool.max_nodes)]


def _more_nodes(settings: Settings, pools: Sequence[NodePool], models: Sequence[Model]) -> Fix:
    """The least number of nodes of the largest machine with which all replicas find their GPUs."""
    pool = max(pools, key=lambda one: one.machine.gpus)
    replicas, nodes = _replicas(models), _nodes(pools)
    more = bisect_left(
        range(len(replicas)),
        x=True,
        key=lambda more: _fit([*nodes, *[pool.machine.gpus] * more], replicas, packed=True),
    )
    if pool not in settings.node_pools:
        each = pool.nodes_per_zone - (-more // len(pool.zones))
        named = pool.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return edit({"nodePools": [{**named, "nodes": each}]})
    path = f"nodePools[{settings.node_pools.index(pool)}]"
    if pool.autoscaling is not None:
        return set_command(f"{path}.autoscaling.max", str(pool.autoscaling.max + more))
    return set_command(f"{path}.nodes", str(pool.nodes_per_zone - (-more // len(pool.zones))))


def _placed(settings: Settings) -> Iterator[Finding]:
    for pools, indices in _groups(settings):
        models = [settings.models[index] for index in indices]
        have, sum_of_pools = _have(pools)
        need, sum_of_models = _sum((m.name, m.most_replicas, m.gpu.count) for m in models)
        path = replicas_key(indices[0], models[0])
        arithmetic = f"needed {need} GPUs ({sum_of_models}), have {have} ({sum_of_pools})"
        key = path.partition("].")[2]
        sizes, nodes = _replicas(models), _nodes(pools)
        if not _fit(nodes, sizes, packed=True):
            fix = _more_nodes(settings, pools, models) + f", or lower `{key}`"
            if need > have:
                yield GPUS.finding(path, f"{arithmetic}: {need - have} would stay Pending", fix)
                continue
            exact = all(_power_of_two(size) for size in (*sizes, *nodes))
            check = GPUS if exact else FRAGMENTED
            word = "no" if exact else "perhaps no"
            yield check.finding(
                path,
                f"{arithmetic}, but {word} node has all the GPUs that the last replica needs",
                fix,
            )
        elif not _fit(nodes, sizes, packed=False):
            large = max(models, key=lambda model: model.gpu.count)
            yield FRAGMENTED.finding(
                path,
                f"{arithmetic}, but the scheduler spreads the smaller replicas over the nodes: if "
                f"they are scheduled first, no node has {large.gpu.count} free GPUs for "
                f"{large.name}, which stays Pending",
            )


def _roll_outs(settings: Settings) -> Iterator[Finding]:
    for index, model in enumerate(settings.models):
        if model.engine.is_simulated:
            continue
        path = replicas_key(index, model, "min")
        pools = pools_for(settings, model)
        spot = any(pool.capacity is Capacity.SPOT for pool in pools) or (
            (settings.cluster.is_autopilot or model.gpu.by_class) and uses_spot(settings, model)
        )
        grace = grace_period(model)
        if spot and grace > SPOT_NOTICE_SECONDS:
            yield SPOT_DRAIN.finding(
                f"models[{index}]",
                f"the grace period of {grace} s applies in roll-outs, but Spot gives about "
                f"{SPOT_NOTICE_SECONDS} s: longer requests are cut off when Google preempts a node",
            )
        if model.least_replicas > 1:
            continue
        if spot:
            yield SPOT_SINGLE.finding(
                path,
                f"{model.name} has 1 replica on Spot: it is down whenever Google preempts its node",
                _two(index, model),
            )
        if pools and rollout(settings, model).max_surge == 0:
            yield DOWNTIME.finding(
                path,
                f"{model.name} has 1 replica, and may find no GPU free for a second one during a "
                "roll-out: each is an outage",
                _two(index, model) + ", with a node for it",
            )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about node pools, placement and roll-outs."""
    if settings.cluster.mode is ClusterMode.STANDARD:
        for index, model in enumerate(settings.models):
            placed = model.engine.is_simulated or model.gpu.by_class or pools_for(settings, model)
            # More than any machine has is said by the check of machines.
            if not placed and machines_with(model.gpu.accelerator, model.gpu.count):
                yield _no_pool(index, model, settings)
        yield from _placed(settings)
    yield from _roll_outs(settings)
