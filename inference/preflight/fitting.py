"""Which GPUs a model would start on: what a fix names when those of the stack do not suffice."""

from collections.abc import Iterator, Mapping
from typing import Final

from inference.catalog.machines import MACHINES, Capacity, Machine
from inference.config import Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import Fix, edit, remove_command, set_command
from inference.config.models import Model
from inference.config.node_pools import NodePool
from inference.derive.engines import server_of
from inference.derive.engines.sizing import CACHE_SIZE
from inference.derive.engines.vllm import DIVIDING, groups, tensor_parallel
from inference.derive.memory import gpu_memory
from inference.derive.offers import offered
from inference.derive.placement import (
    capacities,
    largest_with,
    machines_with,
    pools_for,
    wanted_by_others,
)
from inference.derive.prices import price_table
from inference.preflight.argument_edits import named, removed

_MOST_GPUS: Final = 8
"""GPUs of the largest machines."""
_WITHOUT_RESERVATION: Final = (Capacity.SPOT, Capacity.ON_DEMAND, Capacity.FLEX_START)


def replicas_key(index: int, model: Model, bound: str = "max") -> str:
    """Key of the number of a model's replicas; `bound` of its autoscaling."""
    key = f"autoscaling.{bound}" if model.autoscaling else "replicas"
    return f"models[{index}].{key}"


def divides_heads(model: Model) -> bool:
    """Whether each GPU gets as many attention heads; True where they are not known."""
    attention = model.facts.attention if model.facts else None
    return attention is None or attention.heads % tensor_parallel(model) == 0


def _starts(model: Model) -> bool:
    memory, gpu = gpu_memory(model), model.gpu
    there = machines_with(gpu.accelerator, gpu.count)
    if memory is None or not there or not divides_heads(model):
        return False
    workers = groups(model)
    needed = memory.request.gib if memory.request else 0
    return gpu.count % workers == 0 and memory.cache > needed


def _with_gpus(model: Model, accelerator: str, count: int) -> Model:
    gpu = model.gpu.model_copy(update={"accelerator": accelerator, "count": count})
    return model.model_copy(update={"gpu": gpu})


def larger_than_node(index: int, model: Model) -> bool:
    """Whether the weights, once, need more than all GPUs of the kind's largest machine have."""
    name = model.gpu.accelerator
    undivided, _ = removed(index, model, named(model, *DIVIDING))
    memory = gpu_memory(_with_gpus(undivided, name, largest_with(name).gpus))
    return memory is not None and memory.weights > memory.usable


def _has_place(settings: Settings, model: Model, count: int) -> bool:
    """Whether the stack's nodes have so many GPUs for each replica; Autopilot makes them."""
    name = model.gpu.accelerator
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return bool(machines_with(name, count))
    pools = [pool for pool in settings.pools if pool.machine.accelerator.name == name]
    others = sum(
        gpus for (other, _), gpus in wanted_by_others(settings, model).items() if other == name
    )
    replicas = sum(
        pool.max_nodes * (pool.machine.gpus // count) for pool in pools if pool.machine.holds(count)
    )
    have = sum(pool.max_nodes * pool.machine.gpus for pool in pools)
    return model.most_replicas <= replicas and model.most_replicas * count <= have - others


def _machines(model: Model, wanted: Capacity) -> list[Machine]:
    """Machines of which one holds a replica: those of the capacity first, the smallest first."""
    return sorted(
        (
            machine
            for machine in MACHINES.values()
            if machine.accelerator.name != model.gpu.accelerator or machine.gpus > model.gpu.count
        ),
        key=lambda m: (wanted not in m.capacities, m.gpus * m.accelerator.memory_gib, m.vcpu),
    )


def _changed_capacity(machine: Machine, wanted: Capacity) -> Capacity | None:
    """The capacity in place of one that the machine does not have, or that holds another's nodes.

    None where the machine exists by reservation only.
    """
    if wanted in machine.capacities and wanted is not Capacity.RESERVATION:
        return wanted
    return next((one for one in _WITHOUT_RESERVATION if one in machine.capacities), None)


def _why(region: str, machine: Machine, wanted: Capacity, taken: Capacity) -> str:
    """Why a fix takes another capacity, and what that costs; empty where it does not."""
    if taken is wanted:
        return ""
    only = wanted is Capacity.RESERVATION and "a reservation is of one machine type"
    price = price_table().machine(machine.name, region, taken)
    cost = f", ${price.amount:.2f} per node and hour" if price else ""
    return f" ({taken}{cost}: {only or f'{machine.name} is not offered as {wanted}'})"


def _pool_changes(
    pool: NodePool, machine: Machine, capacity: Capacity, zones: list[str], nodes: int
) -> Iterator[tuple[str, object]]:
    """Keys that a pool with a machine must have otherwise; what fits stays as the file has it."""
    if capacity is not pool.capacity:
        yield "capacity", capacity.value
    if pool.reservation is not None:
        yield "reservation", None
    if pool.disk_type not in {None, machine.disk_type}:
        yield "diskType", None
    there = [zone for zone in pool.zones if zone in zones] or zones[:1]
    if there != list(pool.zones):
        yield "zones", there
    each = -(-nodes // len(there))
    if pool.autoscaling is not None:
        yield "autoscaling.max", max(nodes, pool.autoscaling.min)
    elif capacity is Capacity.FLEX_START:
        yield "autoscaling", {"max": nodes}
        if pool.nodes is not None:
            yield "nodes", None
    elif each != pool.nodes_per_zone:
        yield "nodes", each


def node_pool(
    settings: Settings, model: Model, machine: Machine, count: int
) -> tuple[Mapping[str, object], str] | None:
    """The edit that gives a model nodes of a machine, with `count` GPUs for each replica.

    Its own pool gets the machine, or there is one more. Then why it takes another capacity. None
    where the region is not known to have the machine, or it takes a reservation.
    """
    zones = offered(machine).zones_in(settings.gcp.region)
    pools = settings.node_pools
    used = {
        pool.name
        for name, size in wanted_by_others(settings, model)
        for pool in settings.pools
        if pool.machine.accelerator.name == name and pool.machine.holds(size)
    }
    own = [n for n, pool in enumerate(pools) if pool.name not in used]
    same = [n for n in own if pools[n].machine.accelerator is machine.accelerator]
    index = next(iter(same or own), len(pools))
    path, before = f"nodePools[{index}]", pools[index] if index < len(pools) else None
    wanted = (before or next(iter(settings.pools), NodePool())).capacity
    capacity = _changed_capacity(machine, wanted)
    # A stack that names no pools has one, which is no longer made once it names some.
    unnamed = settings.pools != pools
    if not zones or capacity is None or (unnamed and used):
        return None
    nodes = -(-model.most_replicas // (machine.gpus // count))
    why = _why(settings.gcp.region, machine, wanted, capacity)
    if before is not None:
        others = dict(_pool_changes(before, machine, capacity, zones, nodes))
        keys = {"machineType": machine.name, **others}
        return {f"{path}.{key}": value for key, value in keys.items()}, why
    size = {"autoscaling": {"max": nodes}} if capacity is Capacity.FLEX_START else {"nodes": nodes}
    pool = {"name": model.name, "machineType": machine.name, "capacity": capacity.value}
    return {path: {**pool, "zones": zones[:1], **size}}, why


def _made(
    settings: Settings, path: str, model: Model, machine: Machine
) -> tuple[Mapping[str, object], str] | None:
    """What else a model needs for nodes of a machine, as `node_pool` says it."""
    if settings.cluster.mode is ClusterMode.STANDARD:
        return node_pool(settings, model, machine, machine.gpus)
    wanted = model.gpu.capacity
    if wanted is None or wanted in machine.capacities:
        return {}, ""
    taken = _changed_capacity(machine, wanted)
    if taken is None:
        return None
    return {f"{path}.capacity": taken.value}, _why(settings.gcp.region, machine, wanted, taken)


def _freed(index: int, model: Model) -> tuple[Model, Fix]:
    """A model without arguments that keep it from its GPUs' memory: enough to start, else all."""
    undivided = removed(index, model, named(model, *DIVIDING))
    if _starts(undivided[0]):
        return undivided
    return removed(index, model, named(model, *DIVIDING, CACHE_SIZE))


def enough_gpus(settings: Settings, index: int, model: Model) -> Fix:
    """The edits after which a model starts: without such arguments, with more GPUs, or both."""
    freed, removal = _freed(index, model)
    if removal.edits and _starts(freed):
        return removal
    fix = _more_gpus(settings, index, model)
    if fix.edits or not removal.edits:
        return fix
    more = _more_gpus(settings, index, freed)
    return Fix(f"{removal}, and {more}", *removal.edits, *more.edits) if more.edits else more


def _more_gpus(settings: Settings, index: int, model: Model) -> Fix:
    """The edit after which a model starts: more GPUs of the stack's nodes, else another machine."""
    path = f"models[{index}].gpu"
    whole = model.model_copy(update={"gpu_memory_utilization": None})
    if model.gpu_memory_utilization is not None and _starts(whole):
        return remove_command(f"models[{index}].gpuMemoryUtilization")
    if model.facts is None:
        return set_command(f"{path}.count", str(largest_with(model.gpu.accelerator).gpus))
    for count in range(1, _MOST_GPUS + 1):
        if _has_place(settings, model, count) and _starts(
            _with_gpus(model, model.gpu.accelerator, count)
        ):
            return set_command(f"{path}.count", str(count))
    smaller = "serve a smaller or quantised model"
    pools = pools_for(settings, model) or settings.pools
    wanted = pools[0].capacity if pools else capacities(settings, model)[0]
    for machine in _machines(model, wanted):
        name, gpus = machine.accelerator.name, machine.gpus
        made = _made(settings, path, model, machine)
        if made is not None and _starts(_with_gpus(model, name, gpus)):
            changes, why = made
            gpu = {f"{path}.accelerator": name, f"{path}.count": gpus}
            return edit({**gpu, **changes}) + f"{why}, or {smaller}"
    label = server_of(model).container
    return Fix(
        f"{smaller}: no machine type in the catalog can hold it in {settings.gcp.region} for "
        f"{label}"
    )
