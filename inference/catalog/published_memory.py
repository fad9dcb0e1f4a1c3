"""What vLLM has been published to report of GPU memory, to measure the memory model against."""

from dataclasses import dataclass
from typing import Final, final

from inference.catalog.source import Source, medium

PLANNER_REPORT: Final = medium(
    "llm-d-planner, accuracy report for vLLM 0.19.0 on H100",
    "https://github.com/llm-d-incubation/llm-d-planner/blob/main/docs/accuracy/"
    "vllm-v0.19.0-accuracy-report.md",
)
BENCHMARK_LOGS: Final = medium(
    "llm-d-benchmark, vLLM log lines on H100; the version is not named, its activations are "
    "those before 0.17",
    "https://github.com/llm-d/llm-d-benchmark/blob/main/config_explorer/"
    "empirical-vllm-memory-results.md",
)
A100_LOG: Final = medium(
    "a log of vLLM 0.19.0 on an A100; 65 % of its memory is more than 40 GB",
    "https://myoceane.fr/index.php/ai-vllm-a100-gemma-4/",
)
WEIGHTS_ERROR: Final = 0.02
"""Most by which computed weights differ from published ones, as a share of these."""
RESERVE_ERROR_GIB: Final = 2.0
"""The same for activations and what else a GPU keeps, in GiB."""
CACHE_ERROR_GIB: Final = 2.0
"""The same for the KV cache."""


@final
@dataclass(frozen=True, kw_only=True)
class PublishedMemory:
    """One start of vLLM; GiB of each GPU, None where the source does not say."""

    model: str
    accelerator: str
    gpus: int
    utilization: float
    version: str
    """Of vLLM; where the source names none, one that its figures agree with."""
    version_named: bool = True
    weights: float
    reserve: float | None
    """Peak of activations and memory outside PyTorch, added up."""
    cache: float | None
    source: Source


_H100: Final = "nvidia-h100-80gb"
_8B: Final = "meta-llama/Llama-3.1-8B-Instruct"


def _planner(
    model: str, gpus: int, weights: float, reserve: float, cache: float | None = None
) -> PublishedMemory:
    return PublishedMemory(
        model=model,
        accelerator=_H100,
        gpus=gpus,
        utilization=0.95,
        version="0.19.0",
        weights=weights,
        reserve=reserve,
        cache=cache,
        source=PLANNER_REPORT,
    )


def _benchmark(
    model: str, weights: float, reserve: float, cache: float, utilization: float = 0.9
) -> PublishedMemory:
    return PublishedMemory(
        model=model,
        accelerator=_H100,
        gpus=1,
        utilization=utilization,
        version="0.16.0",
        version_named=False,
        weights=weights,
        reserve=reserve,
        cache=cache,
        source=BENCHMARK_LOGS,
    )


PUBLISHED_MEMORY: Final = (
    _planner(_8B, 1, 14.99, 1.89 + 0.25, 58.11),
    _planner(_8B, 2, 7.51, 1.89 + 2.07),
    _planner(_8B, 4, 3.77, 1.89 + 2.13),
    _planner("Qwen/Qwen3-8B", 1, 15.27, 2.21 + 0.25),
    _benchmark(_8B, 14.99, 4.76 + 0.13, 51.38),
    _benchmark("Qwen/Qwen3-32B", 61.03, 5.64 + 0.14, 4.45),
    _benchmark("openai/gpt-oss-20b", 13.47, 7.38 + 0.13, 50.28),
    # Its parts add up to 95 % of the GPU.
    _benchmark("openai/gpt-oss-120b", 64.38, 7.38 + 0.13, 3.33, 0.95),
    PublishedMemory(
        model="openai/gpt-oss-20b",
        accelerator="nvidia-a100-80gb",
        gpus=1,
        utilization=0.65,
        version="0.19.0",
        weights=13.72,
        reserve=None,
        cache=36.56,
        source=A100_LOG,
    ),
)
