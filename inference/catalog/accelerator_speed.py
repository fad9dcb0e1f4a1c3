"""How fast accelerators read memory and multiply, by their makers' data sheets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from inference.catalog.source import medium

SPEED_SOURCE: Final = medium(
    "NVIDIA's data sheets of H100 SXM, H200 SXM, HGX B200, A100 SXM, L4 and RTX PRO 6000 "
    "Blackwell Server Edition; dense figures, half of those with sparsity; Google's of TPU v6e"
)
ACTIVE_SOURCE: Final = medium("model cards: parameters that a token passes through")
CALIBRATION_SOURCE: Final = medium(
    "of steps without prompts tgarg01/silybench-data, derived/csv/perf_points.csv at 93e4887 "
    "(Qwen3-8B in 16 and 8 bit on one H100, 2026-09); of prompts the load points in "
    "catalog/measured (8B, 32B and 70B on one and two H200); of adapters those of 8B there, and "
    "single prompts of 128 to 2,048 tokens",
    "https://github.com/tgarg01/silybench-data",
)


@final
@dataclass(frozen=True, kw_only=True)
class Speed:
    """Peaks of one GPU or TPU chip."""

    bandwidth_tb: float
    """Memory bandwidth in TB/s."""
    bf16_tflops: float
    fp8_tflops: float
    """As for 16 bit where the GPU does not multiply in 8 bit."""
    link_gb: float
    """Bandwidth to the other GPUs of a machine, in GB/s and one direction: NVLink, else PCIe."""


_HOPPER: Final = (989.0, 1979.0, 450.0)
SPEEDS: Final[Mapping[str, Speed]] = {
    name: Speed(bandwidth_tb=bandwidth, bf16_tflops=bf16, fp8_tflops=fp8, link_gb=link)
    for name, bandwidth, bf16, fp8, link in (
        ("nvidia-h100-80gb", 3.35, *_HOPPER),
        ("nvidia-h100-mega-80gb", 3.35, *_HOPPER),
        ("nvidia-h200-141gb", 4.8, *_HOPPER),
        ("nvidia-b200", 8.0, 2250.0, 4500.0, 900.0),
        ("nvidia-tesla-a100", 1.555, 312.0, 312.0, 300.0),
        ("nvidia-a100-80gb", 2.039, 312.0, 312.0, 300.0),
        ("nvidia-l4", 0.3, 121.0, 242.0, 32.0),
        ("nvidia-rtx-pro-6000", 1.597, 503.0, 1007.0, 64.0),
        # It multiplies integers in 8 bit, not FP8; 800 GB/s of links are in both directions.
        ("tpu-v6e-slice", 1.638, 918.0, 918.0, 400.0),
    )
}
"""By the accelerator's name in GKE."""

ACTIVE_BILLION: Final[Mapping[str, float]] = {
    "Qwen/Qwen3-30B-A3B": 3.3,
    "openai/gpt-oss-20b": 3.6,
    "openai/gpt-oss-120b": 5.1,
}
"""Billions of parameters that one token passes through, of models with experts; all of others."""


@final
@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What of the peaks vLLM reaches, and what each step takes besides."""

    bandwidth: float
    """Share of the memory bandwidth."""
    compute: float
    """Share of the multiplications in 16 bit, in prompts."""
    compute_8_bit: float
    """The same in 8 bit."""
    step_ms: float
    """Of each step: launching kernels, sampling, and scheduling."""
    sequence_us: float
    """Of each step and running request."""
    prompt_ms: float
    """Of each step and prompt that ends in it: scheduling it, and sending its first token."""
    token_us: float
    """Of each token of an answer: the one process that takes requests also sends answers."""
    layer_us: float
    """Of each layer where several GPUs share it: the two sums over all of them."""
    request_ms: float
    """Of each request, before its prompt is scheduled: HTTP, tokens, and the way back."""
    adapter_us: float
    """Of each step and layer, where a request is of a LoRA adapter."""
    large_adapter_us: float
    """The same of steps that are larger than a CUDA graph: each kernel is launched by itself."""


CALIBRATION: Final = Calibration(
    bandwidth=0.93,
    compute=0.77,
    compute_8_bit=0.6,
    step_ms=1.4,
    sequence_us=7.0,
    prompt_ms=2.0,
    token_us=65.0,
    layer_us=5.0,
    request_ms=6.5,
    adapter_us=80.0,
    large_adapter_us=1100.0,
)
"""Fitted to H100 and H200, and taken for other GPUs and TPUs, which were not measured."""
