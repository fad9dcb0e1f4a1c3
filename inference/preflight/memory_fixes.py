"""How a model gets the memory that it lacks: fewer adapters, a shorter context, or more GPUs."""

from math import floor

from inference.config import Settings
from inference.config.finding import Fix, set_command
from inference.config.models import Lora, Model
from inference.derive.engines.given import Given
from inference.derive.engines.sizing import CACHE_SIZE, given_cache_gib
from inference.derive.memory import GpuMemory, gpu_memory
from inference.preflight.argument_edits import named, removed
from inference.preflight.fitting import enough_gpus


def given_cache(model: Model, memory: GpuMemory) -> list[Given]:
    """The arguments that say how large the cache is, whatever the GPUs have; empty without any."""
    return named(model, CACHE_SIZE) if memory.cache == given_cache_gib(model) else []


def _holds(model: Model, many: int) -> bool:
    """Whether the KV cache holds so many requests of the longest context."""
    memory = gpu_memory(model)
    return memory is not None and (memory.requests or 0) >= many


def _possible_context(model: Model, memory: GpuMemory, many: int) -> int:
    """The longest context of which the KV cache holds so many requests, by whole 1024 tokens."""
    request = memory.request
    possible = int(request.context * memory.cache / request.gib / many) if request else 0
    while (possible := possible // 1024 * 1024) > 0:
        if _holds(model.model_copy(update={"max_model_len": possible}), many):
            break
        # Layers with a window keep it however short the rest is.
        possible -= 1024
    return possible


def more_cache(settings: Settings, index: int, model: Model, memory: GpuMemory, many: int) -> Fix:
    """The edit after which the KV cache holds so many requests of the longest context."""
    given = given_cache(model, memory)
    freed, removal = removed(index, model, given)
    if _holds(freed, many):
        return removal
    more = "" if given else ", or give the replica more GPU memory"
    possible = _possible_context(model, memory, many)
    if possible:
        return set_command(f"models[{index}].maxModelLen", str(possible)) + more
    if many > 1 and memory.request is not None:
        fewer = str(floor(memory.cache / memory.request.gib))
        return set_command(f"models[{index}].concurrency", fewer) + more
    return enough_gpus(settings, index, model)


def enough_memory(settings: Settings, index: int, model: Model, memory: GpuMemory) -> Fix:
    """The edit after which a model fits: fewer adapters where these alone are too much."""
    lora = model.lora
    if lora is not None and memory.weights + memory.activations < memory.usable < memory.lora:
        return set_command(f"models[{index}].lora.maxLoras", str(Lora().max_loras))
    return enough_gpus(settings, index, model)
