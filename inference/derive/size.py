"""How large a model and its adapters are, and what its Pods request. GB on disk, GiB in Pods."""

from dataclasses import dataclass
from math import ceil, floor
from typing import final

from inference.catalog.machines import ACCELERATORS, LOCAL_SSD_GB, Machine
from inference.catalog.system_machines import (
    SYSTEM_PODS_CPU,
    SYSTEM_PODS_MEMORY_GIB,
    allocatable_cpu,
    allocatable_memory_gib,
    boot_disk_for_gib,
)
from inference.config.models import Model
from inference.config.node_pools import NodePool
from inference.config.settings import Settings
from inference.derive.weights import (
    NO_SIDECAR,
    Sidecar,
    WeightsSource,
    downloads_model,
    weights_source,
)

GIB_PER_GB = 1e9 / 2**30
_ADAPTER_SHARE = 0.005
"""Size of a rank-16 adapter as a share of its base model's weights (inferred from 8B models)."""
_ADAPTER_RANK = 16
_CACHE_GB = 10
"""Compile caches, tokenizer and configuration files below /data."""
_WRITABLE_GIB = 10
"""Logs, /tmp and the container's own layer."""
_PROCESS_GIB = 8
"""Python, CUDA and the API server in host memory."""
_SHM_GIB_PER_GPU = 4
"""Shared memory between the workers of one replica."""
_OS_DISK_GB = 100
"""Operating system, driver and system images on the boot disk."""
IMAGE_GB = 40
"""The vLLM image, packed and unpacked."""


def weights_gb(model: Model) -> float:
    """Size of the weights, 0 without; where it is not known, as much as the GPUs could hold."""
    if model.engine.is_simulated:
        return 0
    if model.facts is not None:
        return model.facts.weights_gb
    return ACCELERATORS[model.gpu.accelerator].memory_gib / GIB_PER_GB * model.gpu.count


def adapter_gb(model: Model) -> float:
    """Size of one adapter of the highest rank allowed; 0 without LoRA."""
    if model.lora is None:
        return 0
    return weights_gb(model) * _ADAPTER_SHARE * model.lora.max_rank / _ADAPTER_RANK


def _shm_gib(model: Model) -> int:
    return _SHM_GIB_PER_GPU * model.gpu.count


def memory_gib(model: Model) -> float:
    """Host memory of one replica: the weights while they are read, shared memory and adapters."""
    waiting = model.lora.max_cpu_loras if model.lora else 0
    held = (weights_gb(model) + waiting * adapter_gb(model)) * GIB_PER_GB
    return _PROCESS_GIB + _shm_gib(model) + held


def _share(model: Model, machine: Machine) -> float:
    return model.gpu.count / machine.gpus


def memory_share_gib(model: Model, machine: Machine) -> float:
    """One replica's part of a machine's memory, by its part of the GPUs."""
    memory = allocatable_memory_gib(machine.memory_gb * GIB_PER_GB)
    return (memory - SYSTEM_PODS_MEMORY_GIB) * _share(model, machine)


def _adapters(model: Model) -> int:
    """Adapters that the disk must hold; those of the setting, so that one more changes no Pod."""
    return max(model.lora.max_cpu_loras, len(model.lora.adapters)) if model.lora else 0


@final
@dataclass(frozen=True, kw_only=True)
class PodSize:
    """Requests of a model server's container and limits of its volumes. vCPU and GiB."""

    cpu: float
    memory: int
    ephemeral_storage: int
    data_volume: int
    shm_volume: int


def pod_size(
    model: Model, machine: Machine, *, whole_share: bool = False, beside: Sidecar = NO_SIDECAR
) -> PodSize:
    """What one replica requests: what the model needs, at most its share of the machine.

    With `whole_share` it requests all of its share of the memory: Autopilot makes the request the
    limit, and a server that is killed for a few GiB more costs a whole start.
    The disk holds the download: without a request for it, Autopilot gives 1 GiB and 16 GB of
    weights evict the Pod. Mounted weights are in the sidecar's cache there, those of an image among
    the node's images, and streamed ones nowhere.
    `beside` is what a sidecar requests of the same shares.
    """
    share = memory_share_gib(model, machine) - beside.memory
    cpus = (allocatable_cpu(machine.vcpu) - SYSTEM_PODS_CPU) * _share(model, machine)
    cpu_share = cpus - beside.cpu
    weights = weights_gb(model) if downloads_model(model) else 0
    elsewhere = (
        weights_gb(model)
        if weights_source(model) in {WeightsSource.MOUNT, WeightsSource.IMAGE}
        else 0
    )
    data = ceil((weights + _adapters(model) * adapter_gb(model) + _CACHE_GB) * GIB_PER_GB)
    around = _WRITABLE_GIB + ceil(elsewhere * GIB_PER_GB)
    return PodSize(
        cpu=floor(min(2 + 4 * model.gpu.count, cpu_share) * 10) / 10,
        memory=floor(share if whole_share else min(ceil(memory_gib(model)), share)),
        ephemeral_storage=data + around - beside.storage,
        data_volume=data,
        shm_volume=_shm_gib(model),
    )


def least_boot_disk_gb(requested_gib: float) -> int:
    """Smallest boot disk on which Pods find `requested_gib` beside the image and GKE's share."""
    return ceil(
        max(IMAGE_GB + requested_gib / GIB_PER_GB, boot_disk_for_gib(requested_gib) / GIB_PER_GB)
    )


def boot_disk_gb(settings: Settings, pool: NodePool) -> int:
    """Boot disk of a pool's nodes: the operating system, and without local SSD image and weights.

    Machines with bundled local SSD keep images and volumes there.
    """
    if pool.disk_size_gb is not None:
        return pool.disk_size_gb
    if pool.machine.local_ssds:
        return _OS_DISK_GB
    machine = pool.machine
    # As much as the GPUs could hold, so that one more model recreates no node; more if one asks it.
    full = (machine.accelerator.memory_gib + _CACHE_GB + _WRITABLE_GIB) * machine.gpus
    pods = [
        pod_size(model, machine).ephemeral_storage * (machine.gpus // model.gpu.count)
        for model in settings.models
        if model.gpu.accelerator == machine.accelerator.name and not model.engine.is_simulated
    ]
    requested = max([full, *pods])
    needed = max(
        _OS_DISK_GB + IMAGE_GB + requested / GIB_PER_GB,
        boot_disk_for_gib(requested) / GIB_PER_GB,
    )
    return ceil(needed / 10) * 10


def local_ssd_gib(machine: Machine) -> float:
    """Ephemeral storage that a machine's bundled local SSDs give; 0 without."""
    return machine.local_ssds * LOCAL_SSD_GB * GIB_PER_GB
