"""The sidecar of Cloud Storage FUSE, which GKE adds to a Pod: its annotations and requests."""

from math import ceil

from inference.catalog.weights import (
    FUSE_ANNOTATIONS,
    FUSE_AUTOPILOT_CPU,
    FUSE_AUTOPILOT_MEMORY_GIB,
    FUSE_CPU,
    FUSE_MEMORY_GIB,
    FUSE_STORAGE_GIB,
    FUSE_UNLIMITED,
)
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.size import GIB_PER_GB, weights_gb
from inference.derive.weights import (
    NO_SIDECAR,
    Sidecar,
    WeightsSource,
    mounts_buckets,
    weights_source,
)


def sidecar(settings: Settings, model: Model) -> Sidecar:
    """What GKE adds to the Pods of a model; nothing where no bucket is mounted.

    On Autopilot its limits are its requests, and that of the disk must hold the cache of files.
    """
    if not mounts_buckets(settings, model):
        return NO_SIDECAR
    if not settings.cluster.is_autopilot:
        return Sidecar(cpu=FUSE_CPU, memory=FUSE_MEMORY_GIB, storage=FUSE_STORAGE_GIB)
    cached = (
        ceil(weights_gb(model) * GIB_PER_GB) if weights_source(model) is WeightsSource.MOUNT else 0
    )
    return Sidecar(
        cpu=FUSE_AUTOPILOT_CPU,
        memory=FUSE_AUTOPILOT_MEMORY_GIB,
        storage=FUSE_STORAGE_GIB + cached,
    )


def pod_annotations(settings: Settings, model: Model) -> dict[str, str]:
    """Annotations of a Pod, by which GKE adds what mounts buckets."""
    if not mounts_buckets(settings, model):
        return {}
    if not settings.cluster.is_autopilot:
        return {**FUSE_ANNOTATIONS, **FUSE_UNLIMITED}
    beside = sidecar(settings, model)
    return {
        **FUSE_ANNOTATIONS,
        "gke-gcsfuse/cpu-limit": f"{beside.cpu:g}",
        "gke-gcsfuse/memory-limit": f"{beside.memory:g}Gi",
        "gke-gcsfuse/ephemeral-storage-limit": f"{beside.storage}Gi",
    }
