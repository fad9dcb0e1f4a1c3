"""Which GPUs a model would start on: what a fix names when those of the stack do not suffice."""

from collections.abc import Iterator, Mapping
from typing import Final

from inference.catalog.machines import MACHINES, Capacity, Machine
from inference.config import Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import edit, remove_command, set_command
from inference.config.models import Model
from inference.derive.engines import server_of
from inference.derive.engines.vllm import groups, tensor_parallel
from inference.derive.memory import gpu_memory
from inference.derive.offers import offered
from inference.derive.placement import largest_with, machines_with, pools_for

_MOST_GPUS: Final = 8
"""GPUs of the largest machines."""
_WITHOUT_RESERVATION: Final = (Capacity.SPOT, Capacity.ON_DEMAND, Capacity.FLEX_START)


def divides_heads(model: Model) -> bool:
    """Whether each GPU gets as many attention heads; True where they are not known."""
    attention = model.facts.attention if model.facts else None
    return attention is None or attention.heads % tensor_parallel(model) == 0


def _starts(model: Model) -> bool:
    memory = gpu_memory(model)
    if memory is None or not divides_heads(model):
        return False
    workers = groups(model)
    needed = memory.request.gib if memory.request else 0
    return model.gpu.count % workers == 0 and memory.cache > needed


def _with_gpus(model: Model, accelerator: str, count: int) -> Model:
    gpu = model.gpu.model_copy(update={"accelerator": accelerator, "count": count})
    return model.model_copy(update={"gpu": gpu})


def larger_than_node(model: Model) -> bool:
    """Whether the weights need more than all GPUs of the kind's largest machine have."""
    name = model.gpu.accelerator
    memory = gpu_memory(_with_gpus(model, name, largest_with(name).gpus))
    return memory is not None and memory.weights > memory.usable


def _has_place(settings: Settings, model: Model, count: int) -> bool:
    """Whether the stack's nodes have so many GPUs for each replica; Autopilot makes them."""
    name = model.gpu.accelerator
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return bool(machines_with(name, count))
    pools = [pool for pool in settings.pools if pool.machine.accelerator.name == name]
    others = sum(
        other.most_replicas * other.gpu.count
        for other in settings.models
        if other.name != model.name and other.gpu.accelerator == name
    )
    replicas = sum(
        pool.max_nodes * (pool.machine.gpus // count) for pool in pools if pool.machine.holds(count)
    )
    have = sum(pool.max_nodes * pool.machine.gpus for pool in pools)
    return model.most_replicas <= replicas and model.most_replicas * count <= have - others


def _machines(model: Model) -> Iterator[Machine]:
    """Machines of which one holds a replica, those with the least GPU memory first."""
    by_memory = sorted(MACHINES.values(), key=lambda m: (m.gpus * m.accelerator.memory_gib, m.vcpu))
    for machine in by_memory:
        if machine.accelerator.name != model.gpu.accelerator or machine.gpus > model.gpu.count:
            yield machine


def node_pool(settings: Settings, model: Model, machine: Machine) -> Mapping[str, object] | None:
    """The edit that gives a model nodes of a machine: its own pool made anew, or one more.

    None where the region is not known to have the machine, or it takes a reservation.
    """
    region = settings.gcp.region
    zones = sorted(zone for zone in offered(machine).zones if zone.startswith(f"{region}-"))
    capacity = next((one for one in _WITHOUT_RESERVATION if one in machine.capacities), None)
    others = [other for other in settings.models if other.name != model.name]
    used = {pool.name for other in others for pool in pools_for(settings, other)}
    # A stack that names no pools has one, which is no longer made once it names some.
    unnamed = settings.pools != settings.node_pools
    if not zones or capacity is None or (unnamed and used):
        return None
    pools = settings.node_pools
    own = [n for n, pool in enumerate(pools) if pool.name not in used]
    same = [n for n in own if pools[n].machine.accelerator.name == model.gpu.accelerator]
    index = next(iter(same or own), len(pools))
    name = pools[index].name if index < len(pools) else model.name
    nodes = -(-model.most_replicas // (machine.gpus // model.gpu.count))
    size = {"autoscaling": {"max": nodes}} if capacity is Capacity.FLEX_START else {"nodes": nodes}
    pool = {"name": name, "machineType": machine.name, "capacity": capacity.value}
    return {f"nodePools[{index}]": {**pool, "zones": zones[:1], **size}}


def enough_gpus(settings: Settings, index: int, model: Model) -> str:
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
    standard = settings.cluster.mode is ClusterMode.STANDARD
    for machine in _machines(model):
        moved = _with_gpus(model, machine.accelerator.name, machine.gpus)
        if not _starts(moved):
            continue
        pool = node_pool(settings, moved, machine) if standard else dict[str, object]()
        if pool is not None:
            gpu = {f"{path}.accelerator": machine.accelerator.name, f"{path}.count": machine.gpus}
            return edit({**gpu, **pool}) + f", or {smaller}"
    label = server_of(model).container
    return (
        f"{smaller}: no machine type in the catalog can hold it in {settings.gcp.region} for "
        f"{label}"
    )
