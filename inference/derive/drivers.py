"""The NVIDIA driver that a model server needs, and the one that its nodes will have."""

from inference.catalog.autopilot import GATEWAY_SINCE, channel_version
from inference.catalog.drivers import (
    CUDA_13_DRIVER,
    CUDA_13_SINCE,
    DEFAULT_DRIVER,
    DRIVER_LABEL,
    LATEST_DRIVER,
    gke_driver,
)
from inference.catalog.machines import ACCELERATORS, GPU
from inference.config.engine import Engine
from inference.config.gke_version import version_key
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.engines import image
from inference.derive.placement import makes_class, node_selector
from inference.derive.versions import image_version


def needed_driver(model: Model) -> int | None:
    """Major version; None where it is not known, or no GPU is used."""
    if ACCELERATORS[model.gpu.accelerator].kind is not GPU:
        return None
    version = image_version(image(model)) if model.engine is Engine.VLLM else None
    cuda_13 = version is not None and version >= CUDA_13_SINCE
    if model.engine is Engine.SGLANG:
        cuda_13 = model.image is None
    return CUDA_13_DRIVER if cuda_13 else None


def node_driver(settings: Settings, model: Model) -> int | None:
    """Least major version of the nodes that are made for a model; None for nodes that exist."""
    cluster = settings.cluster
    if not cluster.is_created and not cluster.is_autopilot:
        return None
    # The stack's own ComputeClass asks for it, as its node pools do.
    latest = not cluster.is_autopilot or makes_class(settings, model)
    label = (
        LATEST_DRIVER
        if latest
        else node_selector(settings, model).get(DRIVER_LABEL, DEFAULT_DRIVER)
    )
    version = channel_version(cluster.release_channel) if cluster.is_created else GATEWAY_SINCE
    return gke_driver(version_key(version), label)
