"""Arguments of `extraArgs` that only size a model: they are the user's, and memory follows them."""

import re
from typing import Final

from inference.catalog.machines import ACCELERATORS, TPU
from inference.catalog.precision import CACHE_BYTES, FP8_METHODS, FULL_BITS, METHOD_BITS
from inference.config.models import Model
from inference.derive.engines import server_of
from inference.derive.engines.given import arguments_given, value

_FULL_CACHE_BYTES: Final = 2
_STEPS: Final = ((160, 16384, 1024), (70, 8192, 1024), (0, 2048, 256))
"""GiB of a GPU from which vLLM computes so many tokens in one step, for so many requests
(engine/arg_utils.py, H)."""
_TPU_STEP: Final = (1024, 256)
"""Of a TPU v6e."""
_A100: Final = "a100"
"""GPUs that vLLM gives the smallest number, whatever their memory."""
_NUMBER: Final = re.compile(r"^(?P<number>\d{1,18}(?:\.\d{1,18})?)(?P<unit>[kKmMgGtT]?)$")
_UNITS: Final = {
    "": 1,
    **{unit: 1000**power for power, unit in enumerate("kmgt", start=1)},
    **{unit: 1024**power for power, unit in enumerate("KMGT", start=1)},
}
METHOD: Final = "--quantization"
_CACHE: Final = "--kv-cache-dtype"
CACHE_SIZE: Final = "--kv-cache-memory-bytes"


def _text(model: Model, name: str) -> str | None:
    return value(model.extra_args, name, server_of(model).dialect)


def _number(model: Model, name: str) -> float | None:
    """A number as vLLM's parser reads it: `8k` is 8000, `8K` 8192."""
    match = _NUMBER.match(_text(model, name) or "")
    return float(match["number"]) * _UNITS[match["unit"]] if match else None


def held_share(model: Model) -> float:
    """What `--quantization` leaves of the checkpoint's weights, 1 without."""
    bits = METHOD_BITS.get(_text(model, METHOD) or "", FULL_BITS)
    facts = model.facts
    if facts is None:
        return bits / FULL_BITS
    if facts.bytes_per_weight * 8 < FULL_BITS:
        # A checkpoint that is quantised already is loaded as it is.
        return 1
    kept = facts.embeddings_billion / facts.parameters_billion
    return kept + (1 - kept) * bits / FULL_BITS


def in_8_bit(model: Model) -> bool:
    """Whether weights are FP8, as `--quantization` or the repository's name says."""
    return _text(model, METHOD) in FP8_METHODS or "fp8" in model.model.lower()


def cache_bytes(model: Model) -> int:
    """Bytes of a cached value."""
    kind = _text(model, _CACHE) or ""
    return next((n for key, n in CACHE_BYTES.items() if kind.startswith(key)), _FULL_CACHE_BYTES)


def _step(model: Model) -> tuple[int, int]:
    gpu = ACCELERATORS[model.gpu.accelerator]
    if gpu.kind is TPU:
        return _TPU_STEP
    gib = 0 if _A100 in gpu.name else gpu.memory_gib
    return next((tokens, requests) for least, tokens, requests in _STEPS if gib >= least)


def batched_tokens(model: Model) -> int:
    """Tokens that are computed in one step, by --max-num-batched-tokens or the GPU."""
    given = _number(model, "--max-num-batched-tokens")
    return _step(model)[0] if given is None else int(given)


def running_requests(model: Model) -> int:
    """Requests that are answered in one step, by --max-num-seqs or the GPU."""
    given = _number(model, "--max-num-seqs")
    return min(_step(model)[1], batched_tokens(model)) if given is None else int(given)


def offloaded_weights_gib(model: Model) -> float:
    """Weights of each GPU that stay in host memory, by --cpu-offload-gb."""
    return _number(model, "--cpu-offload-gb") or 0


def offloaded_cache_gib(model: Model) -> float:
    """Host memory for what leaves the GPUs' KV cache, by --kv-offloading-size, of all together."""
    return _number(model, "--kv-offloading-size") or 0


def given_cache_gib(model: Model) -> float | None:
    """GiB of each GPU's KV cache, by --kv-cache-memory-bytes; None where vLLM computes them.

    It does so for 0 too.
    """
    given = _number(model, CACHE_SIZE)
    return given / 2**30 if given else None


def captures_graphs(model: Model) -> bool:
    """Whether CUDA graphs are captured: not with --enforce-eager."""
    dialect = server_of(model).dialect
    return not any(
        one.names == ("--enforce-eager",) and not one.off
        for one in arguments_given(model.extra_args, dialect)
    )
