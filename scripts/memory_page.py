"""docs/memory.md: the memory model's formula, and its error against what was seen."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

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
from inference.catalog.source import Source
from inference.catalog.vllm import DEFAULT_GPU_MEMORY_UTILIZATION
from inference.config.models import Model
from inference.derive.measured import FOLDER, Configuration, parse
from inference.derive.memory import GpuMemory, gpu_memory
from scripts.measured_servers import model_of, name_of

_HEAD: Final = """\
# GPU memory per replica

Written by `make docs` from the model and the figures themselves. For each GPU of a replica, in GiB:

```
usable     = memory that CUDA reports × gpuMemoryUtilization
weights    = parameters × bytes of a weight / (tensor × pipeline parallelism)
LoRA       = maxLoras × weights × 0.005 × maxRank / 16
reserve    = 1.25, or 0.95 on each of several GPUs
             + 6 bytes × tokens of a step × MLP width / tensor parallelism
             + CUDA graphs: 0.33 + 1.11e-6 × layers of one GPU × MLP width / tensor parallelism
                            + 0.3 with LoRA
KV cache   = usable - weights - LoRA - reserve
a layer    = 2 × KV heads of one GPU × head size × bytes of a cached value
a request  = (full layers × maxModelLen + other layers × (window + tokens of a step)) × a layer
concurrency <= KV cache / a request
```

vLLM refuses to start when the KV cache does not hold one request of `maxModelLen` tokens. How
many it must hold is set by the model's `concurrency`, 1 when unset; the plan shows how many it
does hold. Weights that alone exceed the usable memory stop the stack: that is arithmetic. The
rest only warns: the reserve is measured, not computed. It was fitted to vLLM 0.32.0 and is used
since 0.21, which sets memory for CUDA graphs aside. Where the width of the MLP (`intermediate_size`
of config.json) is not known, as of a mixture of experts, a model of your own or one whose
`parametersBillion` is set, and before 0.21, it is

```
reserve    = 0.8 + 1.7 × tokens of a step / 8192 + 0.6 for CUDA graphs since vLLM 0.21
             + 2.0 on several GPUs + 3.5 with vLLM before 0.17
```

A step has as many tokens as vLLM takes by the GPU (2048, 8192 or 16384), or
`--max-num-batched-tokens`. Followed too: `--quantization` and names of repositories such as `-AWQ`
and `-FP8`, `--kv-cache-dtype`, `--cpu-offload-gb`, `--enforce-eager`, `--pipeline-parallel-size`
and `--data-parallel-size`.

`--quantization` leaves embeddings and head in 16 bit, which is counted where their size is in the
catalog. Left out, so that it holds less: encoders of images, what else a quantised format leaves in
16 bit, and speculative decoding. Before vLLM had its present engine, activations were of another
size: [9.4 GiB](https://github.com/vllm-project/vllm/issues/12330) for 8B on an A100 with 40 GB in
early 2025, which the model does not follow.
"""


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


def _starts() -> Iterator[str]:
    """The section of the starts that the reserve was fitted to."""
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


def _rows() -> Iterator[str]:
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


def cited(source: Source) -> str:
    """A source with its link, level and date."""
    title = f"[{source.title}]({source.url})" if source.url else source.title
    return f"{title} ({source.level}, read {source.date})"


def memory_page() -> str:
    """The page's text."""
    return "\n".join(
        [
            _HEAD,
            "## Measured\n",
            *_starts(),
            "",
            "## Published\n",
            (
                f"Against what vLLM was published to report, weights differ by at most "
                f"{WEIGHTS_ERROR:.0%}, the reserve by {RESERVE_ERROR_GIB:g} GiB and the KV cache "
                f"by {CACHE_ERROR_GIB:g} GiB of each GPU. Columns: computed, published, difference."
            ),
            "",
            (
                "| model | GPUs, utilisation | vLLM | weights | | | reserve | | | KV cache | | | "
                "source |"
            ),
            "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
            *_rows(),
            "",
            f"GPU memory: {cited(REPORTED_MEMORY_SOURCE)}. Models: {cited(MODELS_SOURCE)}.",
            "",
        ]
    )
