"""The endpoint pickers: what they request, and how they score model servers."""

from collections.abc import Mapping

from inference.catalog.releases import PickerRequests
from inference.catalog.simulator import PICKER_CPU, PICKER_MEMORY_GIB
from inference.config.models import Model
from inference.config.picker import Scorers
from inference.config.settings import Settings


def picker_requests(settings: Settings, model: Model) -> PickerRequests:
    """What a model's picker requests: enough for traffic, or little for a rehearsal."""
    if model.engine.is_simulated:
        return PickerRequests(cpu=PICKER_CPU, memory_gib=PICKER_MEMORY_GIB)
    return traffic_requests(settings)


def traffic_requests(settings: Settings) -> PickerRequests:
    """What one picker requests: the stack's own, else what its release was measured with."""
    own = settings.picker.requests
    if own is None:
        return settings.release.picker_requests
    return PickerRequests(cpu=own.cpu, memory_gib=own.memory_gib)


def scorer_weights(scorers: Scorers) -> Mapping[str, int]:
    """Weights by the names of the picker's plugins; 0 leaves one out."""
    return {
        "queue-scorer": scorers.queue,
        "kv-cache-utilization-scorer": scorers.kv_cache,
        "prefix-cache-scorer": scorers.prefix_cache,
        "lora-affinity-scorer": scorers.lora_affinity,
    }
