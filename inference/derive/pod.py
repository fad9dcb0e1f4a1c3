"""What the container of a model server requests, as Kubernetes writes it."""

from inference.catalog import simulator
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.placement import requested_size


def gpu_limits(model: Model) -> dict[str, str]:
    """The GPUs of one replica; empty where none is used."""
    return {} if model.engine.is_simulated else {"nvidia.com/gpu": str(model.gpu.count)}


def requests(settings: Settings, model: Model) -> dict[str, str]:
    """Quantities by resource: sized by the model, or small where it is only simulated."""
    if model.engine.is_simulated:
        return {
            "cpu": f"{simulator.CPU:g}",
            "memory": f"{simulator.MEMORY_MIB}Mi",
            "ephemeral-storage": f"{simulator.STORAGE_MIB}Mi",
        }
    size = requested_size(settings, model)
    return {
        **gpu_limits(model),
        "cpu": f"{size.cpu:g}",
        "memory": f"{size.memory}Gi",
        "ephemeral-storage": f"{size.ephemeral_storage}Gi",
    }
