"""What vLLM has been published to report of GPU memory, to measure the memory model against."""

from dataclasses import dataclass
from functools import partial
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
    gpus: int = 1
    utilization: float = 0.9
    version: str
    """Of vLLM; where the source names none, one that its figures agree with."""
    version_named: bool = True
    weights: float
    reserve: float | None = None
    """Peak of activations and memory outside PyTorch, added up."""
    cache: float | None = None
    source: Source


_8B: Final = "meta-llama/Llama-3.1-8B-Instruct"
_on_h100 = partial(PublishedMemory, accelerator="nvidia-h100-80gb")
_planner = partial(_on_h100, utilization=0.95, version="0.19.0", source=PLANNER_REPORT)
_benchmark = partial(_on_h100, version="0.16.0", version_named=False, source=BENCHMARK_LOGS)
PUBLISHED_MEMORY: Final = (
    _planner(model=_8B, weights=14.99, reserve=1.89 + 0.25, cache=58.11),
    _planner(model=_8B, gpus=2, weights=7.51, reserve=1.89 + 2.07),
    _planner(model=_8B, gpus=4, weights=3.77, reserve=1.89 + 2.13),
    _planner(model="Qwen/Qwen3-8B", weights=15.27, reserve=2.21 + 0.25),
    _benchmark(model=_8B, weights=14.99, reserve=4.76 + 0.13, cache=51.38),
    _benchmark(model="Qwen/Qwen3-32B", weights=61.03, reserve=5.64 + 0.14, cache=4.45),
    _benchmark(model="openai/gpt-oss-20b", weights=13.47, reserve=7.38 + 0.13, cache=50.28),
    # Its parts add up to 95 % of the GPU.
    _benchmark(
        model="openai/gpt-oss-120b",
        utilization=0.95,
        weights=64.38,
        reserve=7.38 + 0.13,
        cache=3.33,
    ),
    PublishedMemory(
        model="openai/gpt-oss-20b",
        accelerator="nvidia-a100-80gb",
        utilization=0.65,
        version="0.19.0",
        weights=13.72,
        cache=36.56,
        source=A100_LOG,
    ),
)
