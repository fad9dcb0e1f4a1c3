"""Boot disks of GPU nodes, in GB: what the operating system, images and Pods take of them."""

from math import ceil
from typing import Final

from inference.catalog.machines import LOCAL_SSD_GB, Machine
from inference.catalog.system_machines import boot_disk_for_gib
from inference.config.node_pools import NodePool
from inference.config.settings import Settings
from inference.derive.pod import pod_size
from inference.derive.size import CACHE_GB, GIB_PER_GB, WRITABLE_GIB

_OS_DISK_GB: Final = 100
"""Operating system, driver and system images on the boot disk."""
IMAGE_GB: Final = 40
"""The vLLM image, packed and unpacked."""


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
    full = (machine.accelerator.memory_gib + CACHE_GB + WRITABLE_GIB) * machine.gpus
    pods = [
        pod_size(settings, model, machine).node_storage * (machine.gpus // model.gpu.count)
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
