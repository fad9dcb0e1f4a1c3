"""What was measured, as a model and in words, for the pages that compare with it."""

from inference.config.models import Model
from inference.derive.measured import Configuration


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
