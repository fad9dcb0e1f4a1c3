"""Words that several generated pages use: a source, and a server that was measured."""

from inference.catalog.source import Source
from inference.config.models import Model
from inference.derive.measured import Configuration


def cited(source: Source) -> str:
    """A source with its link, level and date."""
    title = f"[{source.title}]({source.url})" if source.url else source.title
    return f"{title} ({source.level}, read {source.date})"


def model_of(measured: Configuration) -> Model:
    """A model as it was measured."""
    return Model.model_validate(
        {
            "model": measured.model,
            "gpu": {"accelerator": measured.accelerator, "count": measured.gpus},
            "extraArgs": ["--quantization=fp8"] if measured.in_8_bit else [],
            "lora": {} if measured.with_lora else None,
        }
    )


def name_of(measured: Configuration) -> str:
    """What was measured, in words."""
    kind = ", FP8" if measured.in_8_bit else ""
    lora = ", LoRA" if measured.with_lora else ""
    return f"{measured.model} on {measured.gpus} × {measured.accelerator}{kind}{lora}"
