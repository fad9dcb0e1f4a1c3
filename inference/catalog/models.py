"""Open models: how large they are and whether Hugging Face asks for a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from inference.catalog.source import Level, medium

MODELS_SOURCE: Final = medium("model cards and config.json on Hugging Face")


@final
@dataclass(frozen=True, kw_only=True)
class Attention:
    """What the KV cache of a model is computed from."""

    layers: int
    heads: int
    kv_heads: int
    head_size: int
    context: int
    """Longest context in tokens, as the model's own configuration gives it."""
    full_layers: int | None = None
    """Layers that attend to the whole context; None for all."""
    window: int = 0
    """Tokens that each of the other layers attends to."""

    @property
    def whole_layers(self) -> int:
        """Layers that cache the whole context."""
        return self.layers if self.full_layers is None else self.full_layers


@final
@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """A model repository on Hugging Face. Bytes are of the checkpoint's own weight format."""

    name: str
    parameters_billion: float
    bytes_per_weight: float
    gated: bool
    gated_level: Level = Level.MEDIUM
    """How well it is known that Hugging Face asks for a token."""
    attention: Attention | None = None
    """None for a model of which only the size is known."""
    mlp_width: int | None = None
    """`intermediate_size` of its config.json; None for a mixture of experts, or where unknown."""
    embeddings_billion: float = 0
    """Parameters of embeddings and head, which `--quantization` leaves as they are."""

    @property
    def weights_gb(self) -> float:
        """Size of the checkpoint in GB."""
        return self.parameters_billion * self.bytes_per_weight


GATED_NAMES: Final = ("meta-llama/", "google/gemma-")
"""What repositories begin with that ask for a token, where the catalog has no more (level M)."""
_BF16: Final = 2.0


def _model(  # noqa: PLR0913, PLR0917 a row of a table
    name: str,
    billion: float,
    layers: int,
    heads: int,
    kv_heads: int,
    head_size: int,
    context: int,
    width: float = _BF16,
    *,
    gated: bool = False,
    gated_level: Level = Level.MEDIUM,
    full_layers: int | None = None,
    window: int = 0,
    mlp: tuple[int, float] | None = None,
) -> ModelFacts:
    """A row of the table below; `mlp` is the width of its MLP and the size of its embeddings."""
    mlp_width, embeddings = mlp or (None, 0)
    return ModelFacts(
        name=name,
        parameters_billion=billion,
        bytes_per_weight=width,
        gated=gated,
        gated_level=gated_level,
        mlp_width=mlp_width,
        embeddings_billion=embeddings,
        attention=Attention(
            layers=layers,
            heads=heads,
            kv_heads=kv_heads,
            head_size=head_size,
            context=context,
            full_layers=full_layers,
            window=window,
        ),
    )


_LLAMA_8B: Final = (8.03, 32, 32, 8, 128, 131072)
_LLAMA_70B: Final = (70.6, 80, 64, 8, 128, 131072)
_LLAMA_8B_MLP: Final = (14336, 1.05)
_LLAMA_70B_MLP: Final = (28672, 2.1)

MODELS: Final[Mapping[str, ModelFacts]] = {
    model.name: model
    for model in (
        # The tutorial has its licence accepted and a token made.
        _model(
            "meta-llama/Llama-3.1-8B-Instruct",
            *_LLAMA_8B,
            gated=True,
            gated_level=Level.HIGH,
            mlp=_LLAMA_8B_MLP,
        ),
        _model("meta-llama/Llama-3.1-70B-Instruct", *_LLAMA_70B, gated=True, mlp=_LLAMA_70B_MLP),
        _model("meta-llama/Llama-3.3-70B-Instruct", *_LLAMA_70B, gated=True, mlp=_LLAMA_70B_MLP),
        _model("Qwen/Qwen3-4B", 4.02, 36, 32, 8, 128, 40960, mlp=(9728, 0.39)),
        _model("Qwen/Qwen3-8B", 8.19, 36, 32, 8, 128, 40960, mlp=(12288, 1.24)),
        _model("Qwen/Qwen3-14B", 14.8, 40, 40, 8, 128, 40960, mlp=(17408, 1.56)),
        _model("Qwen/Qwen3-32B", 32.8, 64, 64, 8, 128, 40960, mlp=(25600, 1.56)),
        _model("Qwen/Qwen3-30B-A3B", 30.5, 48, 32, 4, 128, 40960),
        _model("google/gemma-3-4b-it", 4.3, 34, 8, 4, 256, 131072, gated=True),
        _model(
            "google/gemma-3-12b-it",
            12.2,
            48,
            16,
            8,
            256,
            131072,
            gated=True,
            full_layers=8,
            window=1024,
        ),
        _model(
            "google/gemma-3-27b-it",
            27.4,
            62,
            32,
            16,
            128,
            131072,
            gated=True,
            full_layers=10,
            window=1024,
        ),
        _model("mistralai/Mistral-7B-Instruct-v0.3", 7.25, 32, 32, 8, 128, 32768, gated=True),
        _model("mistralai/Mistral-Small-3.2-24B-Instruct-2506", 23.6, 40, 32, 8, 128, 131072),
        # As vLLM holds them, a little more than the files.
        _model("openai/gpt-oss-20b", 20.9, 24, 64, 8, 64, 131072, 0.7, full_layers=12, window=128),
        _model(
            "openai/gpt-oss-120b",
            116.8,
            36,
            64,
            8,
            64,
            131072,
            0.59,
            full_layers=18,
            window=128,
        ),
        _model("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", *_LLAMA_8B),
        _model("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", *_LLAMA_70B),
        _model("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", 7.62, 28, 28, 4, 128, 131072),
        _model("deepseek-ai/DeepSeek-R1-Distill-Qwen-14B", 14.8, 48, 40, 8, 128, 131072),
        _model("deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", 32.8, 64, 40, 8, 128, 131072),
    )
}
