"""What a step of the model server takes, by the bytes it reads and the multiplications it makes."""

from dataclasses import dataclass
from typing import Final, final

from inference.catalog.accelerator_speed import (
    ACTIVE_BILLION,
    CALIBRATION,
    SPEEDS,
)
from inference.catalog.models import Attention, ModelFacts
from inference.config.models import Model
from inference.derive.engines.sizing import (
    batched_tokens,
    cache_bytes,
    in_8_bit,
    running_requests,
)
from inference.derive.memory import GpuMemory, gpu_memory

_ACTIVATION_BYTES: Final = 2
_GIB: Final = 2**30
_GRAPH_TOKENS: Final = 512
"""Tokens of vLLM's largest CUDA graph."""


@final
@dataclass(frozen=True, kw_only=True)
class StepCost:
    """Seconds of one step, by what it holds, and what a server can hold."""

    fixed: float
    """Of every step."""
    weights: float
    """Reading all weights once."""
    active_share: float
    """Share of the weights that one token passes through; 1 without experts."""
    running: float
    """Of each running request."""
    cached_token: float
    """Reading one token of the KV cache."""
    prompt_token: float
    """Computing one token of a prompt."""
    prompt_square: float
    """Its attention to one token before it."""
    prompt: float
    """Of each prompt that ends in the step."""
    token: float
    """Sending one token of an answer, which a server does for one after the other."""
    request: float
    """Added to each request's time to first token."""
    adapters: float
    """Of every step, where requests are of adapters; 0 without."""
    large_adapters: float
    """The same of steps that are larger than a CUDA graph."""
    token_budget: int
    """Tokens of one step."""
    most_running: int
    cache_tokens: int
    """Tokens that the KV cache holds."""

    def seconds(self, running: int, cached: float, prompt: float, square: float) -> float:
        """The time of a step that decodes `running` requests and computes `prompt` tokens."""
        tokens = running + prompt
        share = 1.0
        if self.active_share < 1:
            share = 1 - (1 - self.active_share) ** max(tokens, 1)
        # Weights are read while tokens are multiplied by them: the longer of both counts.
        return (
            self.fixed
            + (self.adapters if tokens <= _GRAPH_TOKENS else self.large_adapters)
            + max(self.weights * share, tokens * self.prompt_token)
            + running * self.running
            + cached * self.cached_token
            + square * self.prompt_square
        )


def _active(facts: ModelFacts) -> float:
    return ACTIVE_BILLION.get(facts.name, facts.parameters_billion)


def _cost(facts: ModelFacts, attention: Attention, model: Model, memory: GpuMemory) -> StepCost:
    gpus, fit = model.gpu.count, CALIBRATION
    speed = SPEEDS[model.gpu.accelerator]
    bandwidth = speed.bandwidth_tb * 1e12 * fit.bandwidth
    attention_flops = speed.bf16_tflops * 1e12 * fit.compute * gpus
    compute = attention_flops
    if in_8_bit(model) and speed.fp8_tflops > speed.bf16_tflops:
        compute = speed.fp8_tflops * 1e12 * fit.compute_8_bit * gpus
    width = attention.heads * attention.head_size
    shared = 2 * attention.layers if gpus > 1 else 0
    # Each sum over the GPUs sends a token's activations once around the ring.
    ring = shared * width * _ACTIVATION_BYTES * 2 * (gpus - 1) / gpus / (speed.link_gb * 1e9)
    # Keys and values of one token, in all layers.
    values = 2 * attention.layers * attention.kv_heads * attention.head_size
    cached = values * cache_bytes(model) / gpus
    # One request of an adapter makes its whole step slower: which share they are does not matter.
    adapted = attention.layers / 1e6 if model.lora else 0
    return StepCost(
        fixed=fit.step_ms / 1e3 + shared / 2 * fit.layer_us / 1e6,
        weights=memory.weights * _GIB / bandwidth,
        active_share=_active(facts) / facts.parameters_billion,
        running=fit.sequence_us / 1e6,
        cached_token=cached / bandwidth,
        prompt_token=2 * _active(facts) * 1e9 / compute + ring,
        prompt_square=4 * attention.layers * width / attention_flops,
        prompt=fit.prompt_ms / 1e3,
        token=fit.token_us / 1e6,
        request=fit.request_ms / 1e3,
        adapters=adapted * fit.adapter_us,
        large_adapters=adapted * fit.large_adapter_us,
        token_budget=batched_tokens(model),
        most_running=running_requests(model),
        cache_tokens=int(memory.cache * _GIB / cached),
    )


def step_cost(model: Model) -> StepCost | None:
    """The cost of a step of one replica.

    None where the model or the accelerator's speed is not known, nothing is left for the KV cache,
    or the model is simulated.
    """
    memory, facts = gpu_memory(model), model.facts
    if memory is None or facts is None or facts.attention is None or memory.cache <= 0:
        return None
    if model.gpu.accelerator not in SPEEDS:
        return None
    return _cost(facts, facts.attention, model, memory)
