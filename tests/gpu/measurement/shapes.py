"""Shapes of models, as their own config.json gives them: sizes are real, weights are made up."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, final


@final
@dataclass(frozen=True, kw_only=True)
class Shape:
    """One architecture. `config` is what stands in config.json beside the sizes."""

    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    context: int
    config: Mapping[str, Any]

    def config_json(self) -> dict[str, Any]:
        """The whole config.json."""
        return {
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_size,
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.context,
            "hidden_act": "silu",
            "attention_bias": False,
            "tie_word_embeddings": False,
            "torch_dtype": "bfloat16",
            **self.config,
        }

    def linear_layers(self) -> dict[str, tuple[int, int]]:
        """Names of a layer's linear parts to their widths, in and out."""
        query, key = self.heads * self.head_size, self.kv_heads * self.head_size
        return {
            "self_attn.q_proj": (self.hidden, query),
            "self_attn.k_proj": (self.hidden, key),
            "self_attn.v_proj": (self.hidden, key),
            "self_attn.o_proj": (query, self.hidden),
            "mlp.gate_proj": (self.hidden, self.intermediate),
            "mlp.up_proj": (self.hidden, self.intermediate),
            "mlp.down_proj": (self.intermediate, self.hidden),
        }


_LLAMA: Final = MappingProxyType(
    {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "mlp_bias": False,
        "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0,
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192,
        },
        "bos_token_id": 128000,
        "eos_token_id": [128001, 128008, 128009],
    }
)
_QWEN3: Final = MappingProxyType(
    {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "rms_norm_eps": 1e-6,
        "rope_theta": 1000000.0,
        "bos_token_id": 151643,
        "eos_token_id": 151645,
    }
)
SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "meta-llama/Llama-3.1-8B-Instruct": Shape(
            hidden=4096,
            intermediate=14336,
            layers=32,
            heads=32,
            kv_heads=8,
            head_size=128,
            vocabulary=128256,
            context=131072,
            config=_LLAMA,
        ),
        "meta-llama/Llama-3.1-70B-Instruct": Shape(
            hidden=8192,
            intermediate=28672,
            layers=80,
            heads=64,
            kv_heads=8,
            head_size=128,
            vocabulary=128256,
            context=131072,
            config=_LLAMA,
        ),
        "Qwen/Qwen3-32B": Shape(
            hidden=5120,
            intermediate=25600,
            layers=64,
            heads=64,
            kv_heads=8,
            head_size=128,
            vocabulary=151936,
            context=40960,
            config=_QWEN3,
        ),
    }
)
"""By the name of the repository."""
