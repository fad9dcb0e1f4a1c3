"""docs/memory.md: the memory model's formula, and its error against published figures."""

from collections.abc import Iterator
from typing import Final

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
from inference.config.models import Model
from inference.derive.memory import GpuMemory, gpu_memory

_HEAD: Final = """\
# GPU memory of a replica

Written by `make docs` from the model and the figures themselves. For each GPU of a replica, in GiB:

```
usable     = memory that CUDA reports × gpuMemoryUtilization
weights    = parameters × bytes of a weight / (tensor × pipeline parallelism)
LoRA       = maxLoras × weights × 0.005 × maxRank / 16
reserve    = 0.8 + 1.7 × tokens of a step / 8192 + 0.6 for CUDA graphs since vLLM 0.21
             + 2.0 on several GPUs + 3.5 with vLLM before 0.17
KV cache   = usable - weights - LoRA - reserve
a layer    = 2 × KV heads of one GPU × head size × bytes of a cached value
a request  = (full layers × maxModelLen + other layers × (window + tokens of a step)) × a layer
concurrency <= KV cache / a request
```

vLLM refuses to start when the KV cache does not hold one request of `maxModelLen` tokens. How many
it is to hold is stated by `concurrency` of the model, 1 when unset; the plan shows how many it does
hold. Weights that are alone beyond the usable memory refuse the stack: that is arithmetic. The rest
only warns: the reserve is what was seen, not counted. A step has as many tokens as vLLM takes by
the GPU (2048, 8192 or 16384), or `--max-num-batched-tokens`. Followed too: `--quantization` and
names of repositories such as `-AWQ` and `-FP8`, `--kv-cache-dtype`, `--cpu-offload-gb`,
`--enforce-eager`, `--pipeline-parallel-size` and `--data-parallel-size`.

Left out, so that it holds less: encoders of images, what a quantised format leaves in 16 bit, and
speculative decoding. Before vLLM had its present engine, activations were of another size:
[9.4 GiB](https://github.com/vllm-project/vllm/issues/12330) for 8B on an A100 with 40 GB in early
2025, which the model does not follow.
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
        message = f"{row.model} is not in the catalog"
        raise LookupError(message)
    return memory


def _beside(computed: float, published: float | None) -> str:
    if published is None:
        return f"{computed:.2f} | |"
    return f"{computed:.2f} | {published:.2f} | {computed - published:+.2f}"


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
            "## Error\n",
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
