"""GPU memory of one replica: weights, adapters, activations, and what is left for the KV cache.

The model is vLLM's: it takes `gpuMemoryUtilization` of each GPU, keeps what weights, LoRA slots and
a forward pass need, and gives the rest to the KV cache. It refuses to start when that does not hold
one request of `maxModelLen` tokens. The reserve for activations is inferred; all else is counted.
"""

from dataclasses import dataclass
from typing import Final, final

from catalog.machines import ACCELERATORS
from catalog.vllm import DEFAULT_GPU_MEMORY_UTILIZATION
from config.models import Model
from derive.size import adapter_gb, weights_gb

_GIB: Final = 2**30
_KV_BYTES: Final = 2
"""Bytes of a cached value: vLLM keeps the cache in 16 bit unless told otherwise."""
_ACTIVATIONS_GIB: Final = 2.5
"""Forward pass, CUDA context and graphs on each GPU (inferred)."""


@final
@dataclass(frozen=True, kw_only=True)
class LongestRequest:
    """A request of the longest context that the server takes."""

    context: int
    """In tokens."""
    gib: float
    """What it takes of each GPU's KV cache."""


def _longest_request(model: Model) -> LongestRequest | None:
    if model.facts is None or model.facts.attention is None:
        return None
    attention = model.facts.attention
    context = model.max_model_len or attention.context
    # Heads that do not divide over the GPUs are repeated on each.
    kv_heads = max(1.0, attention.kv_heads / model.gpu.count)
    token = 2 * attention.layers * kv_heads * attention.head_size * _KV_BYTES
    return LongestRequest(context=context, gib=context * token / _GIB)


@final
@dataclass(frozen=True, kw_only=True)
class GpuMemory:
    """Memory of each GPU of one replica, in GiB."""

    usable: float
    weights: float
    lora: float
    activations: float
    cache: float
    """Left for the KV cache; negative when not even the weights fit."""
    request: LongestRequest | None
    """None where only the size of the model is known."""

    @property
    def requests(self) -> float | None:
        """How many requests of the longest context are cached at once."""
        return self.cache / self.request.gib if self.request else None


def gpu_memory(model: Model) -> GpuMemory | None:
    """The memory of one replica's GPUs; None where the model's size is not known."""
    if model.facts is None:
        return None
    gpus = model.gpu.count
    usable = ACCELERATORS[model.gpu.accelerator].memory_gib * (
        model.gpu_memory_utilization or DEFAULT_GPU_MEMORY_UTILIZATION
    )
    weights = weights_gb(model) * 1e9 / _GIB / gpus
    slots = model.lora.max_loras if model.lora else 0
    lora = slots * adapter_gb(model) * 1e9 / _GIB / gpus
    return GpuMemory(
        usable=usable,
        weights=weights,
        lora=lora,
        activations=_ACTIVATIONS_GIB,
        cache=usable - weights - lora - _ACTIVATIONS_GIB,
        request=_longest_request(model),
    )
