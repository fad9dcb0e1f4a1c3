"""Open models: how large they are and whether Hugging Face asks for a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

from catalog.source import Level, Source

MODELS_SOURCE: Final = Source(
    title="model cards and config.json on Hugging Face", date="2026-11", level=Level.MEDIUM
)


@final
@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """A model repository on Hugging Face. Bytes are of the checkpoint's own weight format."""

    name: str
    parameters_billion: float
    bytes_per_weight: float
    gated: bool

    @property
    def weights_gb(self) -> float:
        """Size of the checkpoint in GB."""
        return self.parameters_billion * self.bytes_per_weight


MODELS: Final[Mapping[str, ModelFacts]] = MappingProxyType(
    {
        name: ModelFacts(name=name, parameters_billion=billion, bytes_per_weight=width, gated=gated)
        for name, billion, width, gated in (
            ("meta-llama/Llama-3.1-8B-Instruct", 8.03, 2, True),
            ("meta-llama/Llama-3.1-70B-Instruct", 70.6, 2, True),
            ("meta-llama/Llama-3.3-70B-Instruct", 70.6, 2, True),
            ("Qwen/Qwen3-8B", 8.19, 2, False),
            ("Qwen/Qwen3-32B", 32.8, 2, False),
            ("google/gemma-3-27b-it", 27.4, 2, True),
            ("mistralai/Mistral-7B-Instruct-v0.3", 7.25, 2, True),
            ("openai/gpt-oss-20b", 20.9, 0.66, False),
            ("openai/gpt-oss-120b", 116.8, 0.56, False),
        )
    }
)
