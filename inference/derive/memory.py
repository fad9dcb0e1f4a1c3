"""GPU memory of one replica: weights, adapters, activations, and what is left for the KV cache.

The model is vLLM's: it takes `gpuMemoryUtilization` of each GPU, keeps what weights, LoRA slots and
a forward pass need, and gives the rest to the KV cache. It refuses to start when that does not hold
one request of `maxModelLen` tokens; `concurrency` states how many it is to hold. The reserve for
activations and CUDA graphs is what vLLM was seen to need; all else is counted. docs/memory.md has
the formula and its error. SGLang is counted alike, but that a share given to it is for weights and
cache alone. Arguments that size the model, such as `--quantization`, are followed.
"""

from dataclasses import dataclass
from typing import Final, final

from inference.catalog.engine_arguments import VLLM_ARGUMENTS
from inference.catalog.machines import ACCELERATORS, GPU
from inference.catalog.vllm import DEFAULT_GPU_MEMORY_UTILIZATION
from inference.config.engine import Engine
from inference.config.models import Model
from inference.derive.engines import image
from inference.derive.engines.sizing import (
    batched_tokens,
    cache_bytes,
    captures_graphs,
    given_cache_gib,
    held_share,
    offloaded_weights_gib,
)
from inference.derive.engines.vllm import pipeline_parallel, tensor_parallel
from inference.derive.size import adapter_gb, longest_context, weights_gb
from inference.derive.versions import image_version

_GIB: Final = 2**30
_OUTSIDE_GIB: Final = (1.25, 0.95)
"""CUDA's context and small buffers: on one GPU, on each of several. This and the next three were
fitted to six starts of vLLM 0.32.0 in inference/catalog/measured, the worst 0.1 GiB off."""
_MLP_BYTES: Final = 6
"""Of each token of a step and each of a layer's intermediate values."""
_GRAPHS_BASE_GIB: Final = 0.33
_GRAPHS_A_VALUE_GIB: Final = 1.11e-6
"""What vLLM reckons CUDA graphs to take, by intermediate values of all layers."""
_LORA_GRAPHS_GIB: Final = 0.3
"""With LoRA each graph is captured twice."""
_BASE_GIB: Final = 0.8
"""CUDA context and what a step keeps whatever its size, where the width of the MLP is unknown."""
_STEP_GIB: Final = 1.7
"""A step of 8192 tokens, beside that: 2.1 to 2.5 were published of vLLM 0.19 in all."""
_STEP_TOKENS: Final = 8192
_GRAPHS_GIB: Final = 0.6
"""What the estimate of CUDA graphs takes beside: one H100, vLLM 0.32.0, 54.6 of KV cache (H)."""
_EARLIER_ACTIVATIONS_GIB: Final = 3.5
"""What versions before 0.17 need beyond that: 4.9 to 7.5 were published in all."""
_SEVERAL_GPUS_GIB: Final = 2.0
"""Buffers of NCCL on each of several GPUs."""
GRAPHS_RESERVED_SINCE: Final = (0, 21, 0)
"""First version that sets memory for CUDA graphs aside before it sizes the cache."""
LESS_ACTIVATIONS_SINCE: Final = (0, 17, 0)


@final
@dataclass(frozen=True, kw_only=True)
class LongestRequest:
    """A request of the longest context that the server takes."""

    context: int
    """In tokens."""
    gib: float
    """What it takes of each GPU's KV cache."""


def _longest_request(model: Model) -> LongestRequest | None:
    attention, context = model.facts and model.facts.attention, longest_context(model)
    if attention is None or context is None:
        return None
    # Heads that do not divide over the GPUs are repeated on each.
    kv_heads = max(1.0, attention.kv_heads / tensor_parallel(model))
    layer = 2 * kv_heads * attention.head_size * cache_bytes(model)
    windowed = min(context, attention.window + batched_tokens(model))
    whole = attention.whole_layers
    tokens = whole * context + (attention.layers - whole) * windowed
    return LongestRequest(context=context, gib=tokens * layer / pipeline_parallel(model) / _GIB)


@final
@dataclass(frozen=True, kw_only=True)
class GpuMemory:
    """Memory of each GPU of one replica, in GiB."""

    usable: float
    weights: float
    lora: float
    activations: float
    """And what else a forward pass keeps: CUDA's context, and buffers between several GPUs."""
    cache: float
    """Left for the KV cache; negative when not even the weights fit."""
    request: LongestRequest | None
    """None where only the size of the model is known."""

    @property
    def requests(self) -> float | None:
        """How many requests of the longest context are cached at once."""
        return self.cache / self.request.gib if self.request else None

    @property
    def lacks(self) -> str | None:
        """Why no server starts with it; None where one does."""
        if self.cache <= 0:
            return f"{self.weights:.0f} GiB of weights per GPU, {self.usable:.0f} usable"
        if self.request is None or self.cache >= self.request.gib:
            return None
        return (
            f"{self.cache:.1f} GiB per GPU for the KV cache, {self.request.context} tokens need "
            f"{self.request.gib:.1f}"
        )


def _reserve(model: Model) -> float:
    """GiB of each GPU that are neither weights nor cache. A tag without version counts as new."""
    sglang = model.engine is Engine.SGLANG
    if sglang and model.gpu_memory_utilization is not None:
        # --mem-fraction-static leaves out what a forward pass needs.
        return 0
    version = image_version(image(model)) or VLLM_ARGUMENTS.version
    earlier = version < LESS_ACTIVATIONS_SINCE and not sglang
    reserves_graphs = version >= GRAPHS_RESERVED_SINCE
    graphs = reserves_graphs and captures_graphs(model)
    # The fit is of a version that does, on GPUs; neither earlier ones nor TPUs were measured.
    fitted = reserves_graphs and ACCELERATORS[model.gpu.accelerator].kind is GPU
    step = _fitted_step(model, graphs=graphs) if fitted else None
    if step is None:
        step = (
            _BASE_GIB
            + _STEP_GIB * batched_tokens(model) / _STEP_TOKENS
            + (_GRAPHS_GIB if graphs else 0)
            + (_SEVERAL_GPUS_GIB if model.gpu.count > 1 else 0)
        )
    return step + (_EARLIER_ACTIVATIONS_GIB if earlier else 0)


def _fitted_step(model: Model, *, graphs: bool) -> float | None:
    """GiB that a step and its CUDA graphs take of each GPU; None where the MLP is unknown."""
    facts = model.facts
    if facts is None or facts.mlp_width is None or facts.attention is None:
        return None
    width = facts.mlp_width / tensor_parallel(model)
    layers = facts.attention.layers / pipeline_parallel(model)
    captured = _GRAPHS_BASE_GIB + _GRAPHS_A_VALUE_GIB * layers * width
    return (
        _OUTSIDE_GIB[model.gpu.count > 1]
        + _MLP_BYTES * batched_tokens(model) * width / _GIB
        + (captured + (_LORA_GRAPHS_GIB if model.lora else 0) if graphs else 0)
    )


def gpu_memory(model: Model) -> GpuMemory | None:
    """The memory of one replica's GPUs; None where there are none, or the size is not known."""
    if model.facts is None or model.engine.is_simulated:
        return None
    gpus = tensor_parallel(model) * pipeline_parallel(model)
    # vLLM does not look at the share where the size of the cache is given.
    given = given_cache_gib(model)
    usable = ACCELERATORS[model.gpu.accelerator].visible_gib * (
        (model.gpu_memory_utilization or DEFAULT_GPU_MEMORY_UTILIZATION) if given is None else 1
    )
    held = weights_gb(model) * held_share(model) * 1e9 / _GIB / gpus
    weights = max(0.0, held - offloaded_weights_gib(model))
    slots = model.lora.max_loras if model.lora else 0
    lora = slots * adapter_gb(model) * 1e9 / _GIB / gpus
    reserve = _reserve(model)
    left = usable - weights - lora - reserve
    return GpuMemory(
        usable=usable,
        weights=weights,
        lora=lora,
        activations=reserve,
        cache=left if given is None else min(given, left),
        request=_longest_request(model),
    )
