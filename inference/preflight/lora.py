"""LoRA adapters: how many there may be, of which rank, and which are unloaded."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.engine_arguments import VLLM_ARGUMENTS
from inference.catalog.facts import VLLM_LORA
from inference.catalog.vllm import LORA_RANKS, LORA_RANKS_SOURCE
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import edit
from inference.config.models import Model
from inference.derive.engines import image
from inference.derive.versions import released_version
from inference.preflight.registry import error, own_rule, warning

RANK: Final = error(
    id="lora.rank",
    cause="maxRank is not a rank that vLLM has kernels for.",
    consequence="vLLM refuses to start.",
    fix="Choose the next rank in the list.",
    source=LORA_RANKS_SOURCE,
)
MORE_THAN_CACHED: Final = warning(
    id="lora.more-than-cached",
    cause="More adapters are served than maxCpuLoras keeps in host memory.",
    consequence="Adapters evict each other, and are reloaded on each use.",
    fix="Raise maxCpuLoras.",
    source=LORA_RANKS_SOURCE,
)
SERVED_AND_RETIRED: Final = own_rule(
    id="lora.served-and-retired",
    cause="An adapter is listed both to be loaded and to be unloaded.",
    consequence="It would be loaded and unloaded in turn.",
    fix="Remove it from one of the two lists.",
)
FEWER_CACHED_THAN_BATCHED: Final = error(
    id="lora.fewer-cached-than-batched",
    cause="maxCpuLoras is below maxLoras.",
    consequence="vLLM refuses to start.",
    fix="Raise maxCpuLoras, or lower maxLoras.",
    source=VLLM_LORA,
)


def _vllm(path: str, model: Model) -> Iterator[Finding]:
    lora = model.lora
    if lora is None:
        return
    if lora.max_rank not in LORA_RANKS:
        above = next((rank for rank in LORA_RANKS if rank > lora.max_rank), LORA_RANKS[-1])
        ranks = ", ".join(str(rank) for rank in LORA_RANKS)
        yield RANK.to_set(
            f"{path}.maxRank",
            f"{lora.max_rank} is not one of {ranks}: vLLM would refuse to start",
            str(above),
            # Another version may know others.
            Severity.ERROR
            if released_version(image(model)) == VLLM_ARGUMENTS.version
            else Severity.WARNING,
        )
    if len(lora.adapters) > lora.max_cpu_loras:
        yield MORE_THAN_CACHED.to_set(
            f"{path}.maxCpuLoras",
            f"{len(lora.adapters)} adapters are served, but only {lora.max_cpu_loras} are kept in "
            "memory",
            str(len(lora.adapters)),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the adapters of each model."""
    for index, model in enumerate(settings.models):
        lora, path = model.lora, f"models[{index}].lora"
        if lora is None:
            continue
        if model.engine is Engine.VLLM:
            yield from _vllm(path, model)
        both = sorted({adapter.name for adapter in lora.adapters} & set(lora.retired))
        if both:
            yield SERVED_AND_RETIRED.finding(
                f"{path}.retired",
                f"{', '.join(both)}: an adapter cannot be both served and retired",
                edit({f"{path}.retired[{lora.retired.index(both[0])}]": None}),
            )
        if lora.max_cpu_loras < lora.max_loras:
            yield FEWER_CACHED_THAN_BATCHED.to_set(
                f"{path}.maxCpuLoras",
                f"{lora.max_cpu_loras} must not be below maxLoras {lora.max_loras}: vLLM would "
                "refuse to start",
                str(lora.max_loras),
            )
