"""Writes what a server loads: configuration, a tokenizer, and LoRA adapters of random weights.

Nothing is downloaded. The base model's weights are made by vLLM itself (`--load-format=dummy`).
"""

import json
import random
from collections.abc import Iterator
from itertools import count
from math import prod
from pathlib import Path
from typing import Final

from measurement.shapes import Shape

_SIGN: Final = bytes(byte & 0x80 | 0x3C for byte in range(256))
"""High bytes of bfloat16 values: either sign, and an exponent that makes them about 0.01."""
_MANTISSA: Final = bytes(byte & 0x7F for byte in range(256))
_TEMPLATE: Final = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "
)


def _byte_letters() -> Iterator[str]:
    """The letters that stand for the 256 bytes in byte-level tokenizers."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = count(256)
    for byte in range(256):
        yield chr(byte) if byte in printable else chr(next(others))


def _tokenizer(size: int) -> dict[str, object]:
    """tokenizer.json: one token a byte, so that an ASCII letter of a prompt is one token."""
    letters = sorted(_byte_letters())
    names = [*letters, *(f"w{number}" for number in range(len(letters), size))]
    byte_level = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {name: number for number, name in enumerate(names)},
            "merges": [],
        },
    }


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def write_model(folder: Path, shape: Shape) -> None:
    """Write all but the weights of a base model."""
    folder.mkdir(parents=True, exist_ok=True)
    config = shape.config_json()
    _write(folder / "config.json", config)
    ends = {key: config[key] for key in ("bos_token_id", "eos_token_id")}
    _write(folder / "generation_config.json", ends)
    _write(folder / "tokenizer.json", _tokenizer(shape.vocabulary))
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": f"w{shape.vocabulary - 2}",
            "eos_token": f"w{shape.vocabulary - 1}",
            "chat_template": _TEMPLATE,
            "model_max_length": shape.context,
        },
    )


def _values(number: int, source: random.Random) -> bytes:
    """So many random bfloat16 values."""
    found = bytearray(2 * number)
    found[0::2] = source.randbytes(number).translate(_MANTISSA)
    found[1::2] = source.randbytes(number).translate(_SIGN)
    return bytes(found)


def write_adapter(folder: Path, shape: Shape, rank: int) -> None:
    """Write a LoRA adapter of all linear layers, in the format of safetensors."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = shape.linear_layers()
    sizes: dict[str, tuple[int, int]] = {}
    for layer in range(shape.layers):
        for part, (inner, outer) in parts.items():
            name = f"base_model.model.model.layers.{layer}.{part}"
            sizes[f"{name}.lora_A.weight"] = (rank, inner)
            sizes[f"{name}.lora_B.weight"] = (outer, rank)
    header: dict[str, object] = {}
    offset = 0
    for name, size in sizes.items():
        end = offset + 2 * prod(size)
        header[name] = {"dtype": "BF16", "shape": size, "data_offsets": (offset, end)}
        offset = end
    head = json.dumps(header).encode()
    source = random.Random(rank)  # noqa: S311 weights need not be secret
    with (folder / "adapter_model.safetensors").open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for size in sizes.values():
            file.write(_values(prod(size), source))
    _write(
        folder / "adapter_config.json",
        {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "r": rank,
            "lora_alpha": 2 * rank,
            "lora_dropout": 0.0,
            "bias": "none",
            "target_modules": [part.rpartition(".")[2] for part in parts],
            "base_model_name_or_path": "",
        },
    )
