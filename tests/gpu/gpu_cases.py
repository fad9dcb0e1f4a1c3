"""The stacks whose model servers are tried on GPUs: dev's own, and variations of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast, final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
_STACK: Final = ROOT / "Pulumi.dev.yaml"
_MODELS: Final = "gke-inference-gateway:models"
_TWO_GPUS: Final = {"accelerator": "nvidia-h100-80gb", "count": 2}
_PLAIN: Final = {"lora": None, "objectives": None}
_ALONE: Final = {**_PLAIN, "replicas": 1}


@final
@dataclass(frozen=True, kw_only=True)
class Case:
    """A change of dev's model; None takes a setting away."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def gpus(self) -> int:
        """GPUs of one replica."""
        return int(self.changes.get("gpu", {}).get("count", 1))

    def write(self, folder: Path) -> Path:
        """Write the stack file, and return where."""
        stack = cast("dict[str, Any]", yaml.safe_load(_STACK.read_text(encoding="utf-8")))
        (model,) = stack["config"][_MODELS]
        changed = {**model, **self.changes}
        stack["config"][_MODELS] = [{k: v for k, v in changed.items() if v is not None}]
        path = folder / f"{self.name}.yaml"
        path.write_text(yaml.safe_dump(stack, sort_keys=False), encoding="utf-8")
        return path


CASES: Final = (
    Case(name="llama-3.1-8b-lora"),
    Case(name="llama-3.1-8b", changes=_PLAIN),
    Case(name="llama-3.1-8b-fp8", changes={**_PLAIN, "extraArgs": ["--quantization=fp8"]}),
    Case(
        name="qwen3-32b",
        changes={
            **_ALONE,
            "name": "qwen3-32b",
            "model": "Qwen/Qwen3-32B",
            # The whole context does not fit beside the weights.
            "maxModelLen": 24576,
        },
    ),
    Case(
        name="qwen3-32b-tp2",
        changes={**_ALONE, "name": "qwen3-32b", "model": "Qwen/Qwen3-32B", "gpu": _TWO_GPUS},
    ),
    Case(
        name="llama-3.1-70b-tp2",
        changes={
            **_ALONE,
            "name": "llama3-70b",
            "model": "meta-llama/Llama-3.1-70B-Instruct",
            "gpu": _TWO_GPUS,
            "maxModelLen": 10240,
        },
    ),
)
