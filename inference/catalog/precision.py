"""Bits of a weight by vLLM's quantisation methods and by what repositories are named.

Formats of 4 bits keep a scale for each group of weights: 4.25 bits in all. What a format leaves in
16 bit, such as embeddings, is not counted.
"""

import re
from collections.abc import Mapping
from typing import Final

from inference.catalog.source import medium

PRECISION_SOURCE: Final = medium(
    "vLLM 0.32.0, vllm/model_executor/layers/quantization; formats of model cards"
)
FULL_BITS: Final = 16.0
_EIGHT: Final = 8.0
_FOUR: Final = 4.25
FP8_METHODS: Final = (
    "deepseek_v4_fp8",
    "fbgemm_fp8",
    "fp8",
    "fp8_per_block",
    "fp8_per_channel",
    "fp8_per_tensor",
    "modelopt",
    "modelopt_mxfp8",
    "mxfp8",
    "w8a8_fp8",
)
"""Values of `--quantization` with weights in FP8, which GPUs that have it compute faster in."""
METHOD_BITS: Final[Mapping[str, float]] = {
    **dict.fromkeys(
        (*FP8_METHODS, "experts_int8", "int8_per_channel_weight_only", "w8a8_int8"),
        _EIGHT,
    ),
    **dict.fromkeys(
        (
            "auto_awq",
            "auto_gptq",
            "awq",
            "awq_marlin",
            "bitsandbytes",
            "gpt_oss_mxfp4",
            "gptq",
            "gptq_marlin",
            "modelopt_fp4",
            "moe_wna16",
            "mxfp4",
            "nvfp4_per_token",
        ),
        _FOUR,
    ),
}
"""Bits by value of `--quantization`; values that are not here say nothing of the bits."""
STORED_METHODS: Final = frozenset(
    {
        "auto_awq",
        "auto_gptq",
        "awq",
        "awq_marlin",
        "compressed-tensors",
        "gptq",
        "gptq_marlin",
        "inc",
        "modelopt",
        "modelopt_fp4",
        "modelopt_mixed",
        "modelopt_mxfp8",
        "moe_wna16",
        "quark",
        "torchao",
    }
)
"""Values of `--quantization` whose parameters vLLM reads from the checkpoint."""
DEPRECATED_METHODS: Final = frozenset({"fbgemm_fp8", "fp_quant"})
_NAMES: Final = (
    (re.compile(r"4[-_]?bit|int4|w4a(?:16|8)|(?:nv|mx)fp4|\bfp4\b|\bawq\b|\bgptq\b"), _FOUR),
    (re.compile(r"8[-_]?bit|int8|w8a(?:16|8)|\bfp8\b|\bmxfp8\b"), _EIGHT),
)
_EIGHT_IN_FOUR: Final = re.compile(r"(?:awq|gptq)[-_]?(?:8[-_]?bit|int8|w8a16)")
CACHE_BYTES: Final[Mapping[str, int]] = {"fp8": 1, "int8": 1}
"""Bytes of a cached value by what `--kv-cache-dtype` begins with; 2 for everything else."""


def bits_by_name(repository: str) -> float:
    """Bits of a weight in a repository, by its name; 16 where the name says nothing of it."""
    name = repository.lower().replace("_", "-")
    if _EIGHT_IN_FOUR.search(name):
        return _EIGHT
    return next((bits for pattern, bits in _NAMES if pattern.search(name)), FULL_BITS)
