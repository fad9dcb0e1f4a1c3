"""Disks of nodes: whether they hold the image, and the weights and adapters of their replicas."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import NODE_SIZES
from inference.catalog.limits import BOOT_DISK_GB
from inference.catalog.machines import Machine
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.config.finding import set_command
from inference.config.models import Model
from inference.config.node_pools import NodePool
from inference.derive.boot_disk import IMAGE_GB, least_boot_disk_gb, local_ssd_gib
from inference.derive.placement import machine_for, pools_for, rollout
from inference.derive.pod import pod_size
from inference.derive.size import GIB_PER_GB
from inference.preflight.registry import error, warning

BOOT: Final = error(
    id="disk.boot",
    cause="`diskSizeGb` of a node pool without local SSD is smaller than what one replica requests "
    "for weights, adapters and caches; a warning if only that of all on a node, and the image, "
    "do not fit.",
    consequence="The last replica on a node stays Pending, or is evicted while it downloads.",
    fix="Leave `diskSizeGb` unset, so that it is computed, or raise it.",
    source=NODE_SIZES,
)
MEMORY_LOCAL_SSD: Final = warning(
    id="memory.local-ssd",
    cause="The replicas on a node request more ephemeral storage than its local SSDs provide.",
    consequence="The last replica stays Pending.",
    fix="Lower lora.maxCpuLoras, or put fewer replicas on a node.",
    source=NODE_SIZES,
)

_SSD_USABLE: Final = 0.85
"""Share of local SSDs that is left after formatting and GKE's reservations (inferred)."""


def _requested(settings: Settings, model: Model, machine: Machine) -> tuple[int, int]:
    """Replicas of a model that one node may hold, and the GiB that each of them requests."""
    held = model.most_replicas + rollout(settings, model).max_surge
    replicas = min(machine.gpus // model.gpu.count, held)
    return replicas, pod_size(settings, model, machine).node_storage


def _local_ssd(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    machine = machine_for(settings, model)
    replicas, each = _requested(settings, model, machine)
    have = local_ssd_gib(machine) * _SSD_USABLE
    if machine.local_ssds and replicas * each > have:
        yield MEMORY_LOCAL_SSD.finding(
            f"models[{index}]",
            f"{replicas} replicas of {model.name} on one {machine.name} request {replicas * each} "
            f"GiB of ephemeral storage, but its local SSDs provide about {have:.0f}",
        )


def _pool(index: int, settings: Settings, pool: NodePool) -> Iterator[Finding]:
    if pool.disk_size_gb is None or pool.machine.local_ssds:
        return
    needs, largest = list[tuple[int, str]](), 0
    for model in settings.models:
        if pool in pools_for(settings, model):
            replicas, one = _requested(settings, model, pool.machine)
            of_model = f"{replicas} × {model.name} request {replicas * one} GiB"
            needs.append((least_boot_disk_gb(replicas * one), of_model))
            largest = max(largest, one)
    need, words = max(needs, default=(0, ""))
    if pool.disk_size_gb < need:
        path = f"nodePools[{index}].diskSizeGb"
        yield BOOT.finding(
            path,
            f"{words} of ephemeral storage on one {pool.machine_type}. With GKE's share and an "
            f"image of {IMAGE_GB} GB that needs a boot disk of {need} GB, but it has "
            f"{pool.disk_size_gb}: the last replica would stay Pending or be evicted",
            set_command(path, str(need))
            if need <= BOOT_DISK_GB
            else "lower lora.maxCpuLoras, or use a machine with local SSD",
            Severity.ERROR if largest / GIB_PER_GB > pool.disk_size_gb else Severity.WARNING,
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about what replicas request of their nodes' disks."""
    for index, model in enumerate(settings.models):
        if not model.engine.is_simulated:
            yield from _local_ssd(index, settings, model)
    if settings.cluster.mode is ClusterMode.STANDARD:
        for index, pool in enumerate(settings.pools):
            yield from _pool(index, settings, pool)
