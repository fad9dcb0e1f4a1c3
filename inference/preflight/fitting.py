"""Which GPUs a model would start on: what a fix names when those of the stack do not suffice."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.machines import MACHINES, Machine
from inference.config import Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import set_command
from inference.config.models import Model
from inference.derive.engines import server_of
from inference.derive.engines.vllm import data_parallel, pipeline_parallel, tensor_parallel
from inference.derive.memory import gpu_memory
from inference.derive.placement import largest_with, machines_with

_MOST_GPUS: Final = 8
"""GPUs of the largest machines."""


def divides_heads(model: Model) -> bool:
    """Whether each GPU gets as many attention heads; True where they are not known."""
    attention = model.facts.attention if model.facts else None
    return attention is None or attention.heads % tensor_parallel(model) == 0


def _starts(model: Model) -> bool:
    memory = gpu_memory(model)
    if memory is None or not divides_heads(model):
        return False
    workers = pipeline_parallel(model) * data_parallel(model)
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


def enough_gpus(settings: Settings, index: int, model: Model) -> str:
    """The edit after which a model starts: more GPUs of the stack's nodes, else another machine."""
    path = f"models[{index}].gpu"
    if model.facts is None:
        return set_command(f"{path}.count", str(largest_with(model.gpu.accelerator).gpus))
    for count in range(1, _MOST_GPUS + 1):
        if _has_place(settings, model, count) and _starts(
            _with_gpus(model, model.gpu.accelerator, count)
        ):
            return set_command(f"{path}.count", str(count))
    for machine in _machines(model):
        if _starts(_with_gpus(model, machine.accelerator.name, machine.gpus)):
            gpu = f"{{accelerator: {machine.accelerator.name}, count: {machine.gpus}}}"
            standard = settings.cluster.mode is ClusterMode.STANDARD
            pool = (
                f", and on its node pool `machineType: {machine.name}`, `capacity: "
                f"{max(machine.capacities)}`, with a node per replica"
                if standard
                else ""
            )
            return f"set `{path}: {gpu}`{pool}, or serve a smaller or quantised model"
    label = server_of(model).container
    return (
        "serve a smaller or quantised model: no machine type in the catalog can hold it for "
        f"{label}"
    )
