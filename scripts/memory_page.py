"""Parts of docs/memory.md: the memory model's error against what was seen."""

import json
from collections.abc import Iterator, Mapping

from inference.catalog.images import VLLM
from inference.catalog.machines import REPORTED_MEMORY_SOURCE
from inference.catalog.models import MODELS_SOURCE
from inference.catalog.published_memory import (
    CACHE_ERROR_GIB,
    PUBLISHED_MEMORY,
    RESERVE_ERROR_GIB,
    WEIGHTS_ERROR,
    PublishedMemory,
)
from inference.catalog.vllm import DEFAULT_GPU_MEMORY_UTILIZATION
from inference.config.models import Model
from inference.derive.measured import FOLDER, Configuration, parse
from inference.derive.memory import GpuMemory, gpu_memory
from scripts.page_words import cited, model_of, name_of


def _memory(row: PublishedMemory) -> GpuMemory:
    model = Model.model_validate(
        {
            "model": row.model,
            "gpu": {"accelerator": row.accelerator, "count": row.gpus},
            "gpuMemoryUtilization": row.utilization,
            "image": f"vllm/vllm-openai:v{row.version}",
        }
    )
    memory = gpu_memory(model)
    if memory is None:
        raise LookupError(f"{row.model} is not in the catalog")
    return memory


def _beside(computed: float, published: float | None) -> str:
    if published is None:
        return f"{computed:.2f} | |"
    return f"{computed:.2f} | {published:.2f} | {computed - published:+.2f}"


def _measured() -> Iterator[tuple[Configuration, GpuMemory, Mapping[str, float]]]:
    """Each start that was measured: what it was of, the model's figures and its own."""
    for file in sorted(FOLDER.glob("*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        configuration = parse(content)
        memory = gpu_memory(model_of(configuration))
        if memory is None:
            raise LookupError(f"{configuration.model} is not in the catalog")
        yield configuration, memory, content["memoryGib"]


def measured() -> Iterator[str]:
    """The starts that the reserve was fitted to."""
    starts = tuple(_measured())
    worst = max(abs(memory.cache - figures["cache"]) for _, memory, figures in starts)
    dates = " and ".join(sorted({configuration.date for configuration, _, _ in starts}))
    yield (
        f"{len(starts)} starts of vLLM {VLLM.tag.removeprefix('v')} with random weights ({dates}), "
        f"at {DEFAULT_GPU_MEMORY_UTILIZATION:g} of the GPU. The reserve was fitted to them: this "
        f"is how well it fits, not how well it does elsewhere. The KV cache differs by at most "
        f"{worst:.2f} GiB. Columns: predicted, measured, difference."
    )
    yield ""
    yield "| start | weights and LoRA | | | reserve | | | KV cache | | |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for configuration, memory, figures in starts:
        held = _beside(memory.weights + memory.lora, figures["weightsAndLora"])
        reserve = _beside(memory.activations, figures["reserve"])
        cache = _beside(memory.cache, figures["cache"])
        yield f"| {name_of(configuration)} | {held} | {reserve} | {cache} |"


def published() -> Iterator[str]:
    """What vLLM was published to report, beside what is computed."""
    yield (
        f"Against what vLLM was published to report, weights differ by at most "
        f"{WEIGHTS_ERROR:.0%}, the reserve by {RESERVE_ERROR_GIB:g} GiB and the KV cache by "
        f"{CACHE_ERROR_GIB:g} GiB of each GPU. Columns: computed, published, difference.\n"
    )
    yield "| model | GPUs, utilisation | vLLM | weights | | | reserve | | | KV cache | | | source |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    sources = list(dict.fromkeys(row.source for row in PUBLISHED_MEMORY))
    for row in PUBLISHED_MEMORY:
        memory = _memory(row)
        gpus = f"{row.gpus} × {row.accelerator}, {row.utilization:g}"
        version = row.version if row.version_named else "before 0.17"
        yield (
            f"| {row.model} | {gpus} | {version} | {_beside(memory.weights, row.weights)} | "
            f"{_beside(memory.activations, row.reserve)} | {_beside(memory.cache, row.cache)} | "
            f"{sources.index(row.source) + 1} |"
        )
    yield ""
    for number, source in enumerate(sources, start=1):
        yield f"{number}. {cited(source)}"
    yield f"\nGPU memory: {cited(REPORTED_MEMORY_SOURCE)}. Models: {cited(MODELS_SOURCE)}."
