"""What a Pod of model servers asks of its node, and its container as Kubernetes writes it."""

from dataclasses import dataclass
from math import ceil, floor
from typing import final

from inference.catalog import simulator
from inference.catalog.machines import ACCELERATORS, Machine
from inference.catalog.system_machines import SYSTEM_PODS_CPU, allocatable_cpu
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.placement import machine_for
from inference.derive.quantities import gibibytes, plain
from inference.derive.sidecar import sidecar
from inference.derive.size import (
    CACHE_GB,
    GIB_PER_GB,
    WRITABLE_GIB,
    adapter_gb,
    gpu_share,
    kept_adapters,
    memory_gib,
    memory_share_gib,
    shm_gib,
    weights_gb,
)
from inference.derive.weights import WeightsSource, downloads_model, in_volume, weights_source


@final
@dataclass(frozen=True, kw_only=True)
class PodSize:
    """Requests of a model server's container, and limits of its volumes. vCPU and GiB."""

    cpu: float
    memory: int
    ephemeral_storage: int
    node_storage: int
    """Ephemeral storage of the whole Pod, with what a sidecar requests."""
    data_volume: int
    shm_volume: int


def pod_size(settings: Settings, model: Model, machine: Machine | None = None) -> PodSize:
    """What one replica requests: what the model needs, at most its share of the machine.

    `machine` is the smallest that the replica may be scheduled on when it is not given. On
    Autopilot the replica requests all of its share of the memory: there the request is the limit,
    and a server that is killed for a few GiB more costs a whole start.
    The disk holds the download: without a request for it, Autopilot gives 1 GiB and 16 GB of
    weights evict the Pod. Mounted weights are in the sidecar's cache there, those of an image among
    the node's images, and streamed ones or those of a claim nowhere.
    """
    machine = machine or machine_for(settings, model)
    beside = sidecar(settings, model)
    share = memory_share_gib(model, machine) - beside.memory
    cpus = (allocatable_cpu(machine.vcpu) - SYSTEM_PODS_CPU) * gpu_share(model, machine)
    on_node = weights_source(model) in {WeightsSource.MOUNT, WeightsSource.IMAGE} or (
        weights_source(model) is WeightsSource.PATH and not in_volume(model, model.model)
    )
    weights = weights_gb(model) if downloads_model(model) else 0
    elsewhere = weights_gb(model) if on_node else 0
    data = ceil((weights + kept_adapters(model) * adapter_gb(model) + CACHE_GB) * GIB_PER_GB)
    storage = data + WRITABLE_GIB + ceil(elsewhere * GIB_PER_GB)
    needed = share if settings.cluster.is_autopilot else min(ceil(memory_gib(model)), share)
    return PodSize(
        cpu=floor(min(2 + 4 * model.gpu.count, cpus - beside.cpu) * 10) / 10,
        memory=floor(needed),
        ephemeral_storage=storage - beside.storage,
        node_storage=storage,
        data_volume=data,
        shm_volume=shm_gib(model),
    )


def gpu_limits(model: Model) -> dict[str, str]:
    """The GPUs or TPU chips of one replica, by their resource; empty where none is used."""
    if model.engine.is_simulated:
        return {}
    return {ACCELERATORS[model.gpu.accelerator].kind.resource: str(model.gpu.count)}


def requests(settings: Settings, model: Model) -> dict[str, str]:
    """Quantities by resource: sized by the model, or small where it is only simulated."""
    if model.engine.is_simulated:
        return {
            "cpu": plain(simulator.CPU),
            "memory": f"{simulator.MEMORY_MIB}Mi",
            "ephemeral-storage": f"{simulator.STORAGE_MIB}Mi",
        }
    size = pod_size(settings, model)
    return {
        **gpu_limits(model),
        "cpu": plain(size.cpu),
        "memory": gibibytes(size.memory),
        "ephemeral-storage": gibibytes(size.ephemeral_storage),
    }
