"""What vLLM's parser takes one by one, and its configuration refuses together.

Each rule is one of the errors that vLLM 0.32.0 raises before it loads a model, in
vllm/config, vllm/entrypoints/cli/serve.py and
vllm/model_executor/model_loader/weight_utils.py.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias, cast

from inference.catalog.models import MODELS
from inference.catalog.precision import DEPRECATED_METHODS, FULL_BITS, METHOD_BITS, STORED_METHODS
from inference.catalog.vllm import NO_FLOAT16, VLLM_SOURCE
from inference.config import Finding, Settings
from inference.config.engine import Engine
from inference.config.finding import Fix, edit
from inference.config.models import Model
from inference.derive.engines import has_syncer
from inference.derive.engines.given import Given, arguments_given
from inference.derive.engines.sizing import METHOD, batched_tokens, running_requests
from inference.derive.engines.vllm import DIALECT, data_parallel, tensor_parallel, whole_number
from inference.derive.size import longest_context
from inference.derive.weights import downloads_model
from inference.preflight.argument_edits import instead
from inference.preflight.registry import refusal

VLLM_ARGUMENTS_TOGETHER: Final = refusal(
    id="vllm.arguments-together",
    cause="`extraArgs` has an argument that vLLM rejects beside another one, or beside a key of "
    "the model.",
    consequence="vLLM exits at once, and the Pod restarts indefinitely.",
    fix="Change one of the two.",
    source=VLLM_SOURCE,
)

_SERVERS: Final = "--api-server-count"
_REQUESTS: Final = "--max-num-seqs"
_TOKENS: Final = "--max-num-batched-tokens"
_CHUNKED: Final = "--enable-chunked-prefill"
_EXPERTS: Final = "--enable-expert-parallel"
_COPIES: Final = "--data-parallel-size"
_PARTS: Final = "--decode-context-parallel-size"
_KV_TRANSFER: Final = "--kv-transfer-config"
_SPECULATION: Final = "--speculative-config"
_NO_DRAFT: Final = ("ngram", "ngram_gpu")
_DEPRECATED: Final = "--allow-deprecated-quantization"
_TYPE: Final = "--dtype"
_NIBBLE: Final = 6
"""Bits of a weight between formats of 4 bits, with their scales, and of 8."""
_HALF: Final = ("float16", "half")

_Arguments: TypeAlias = Mapping[str, Given]
"""What is given, the last of a repeated one, by its long name."""
_Problem: TypeAlias = tuple[str, str, str | None]
"""The argument at fault, why, and the value that it may have; None where it may not be given."""


def _servers(model: Model, given: _Arguments) -> Iterator[_Problem]:
    """One API server for each copy, unless told otherwise; adapters reach one alone."""
    if model.lora is None or not has_syncer(model):
        return
    if whole_number(model, _SERVERS) > 1:
        yield _SERVERS, "adapters are loaded at run time, which takes one API server", "1"
    elif _SERVERS not in given and data_parallel(model) > 1:
        copies = data_parallel(model)
        yield (
            _COPIES,
            f"starts {copies} API servers, but adapters are loaded at run time, which takes one",
            None,
        )


def _bounded(model: Model, _: _Arguments) -> Iterator[_Problem]:
    """Numbers that may not exceed another."""
    context = longest_context(model)
    for name, most, what in (
        ("--max-num-active-seqs", running_requests(model), f"requests ({_REQUESTS})"),
        ("--long-prefill-token-threshold", context, "tokens of the context"),
    ):
        if most is not None and whole_number(model, name) > most:
            yield name, f"is more than the {most:,} {what}", str(most)


def _requests_of_a_step(model: Model, given: _Arguments) -> Iterator[_Problem]:
    """A step has a token at least for each request."""
    tokens, requests = batched_tokens(model), running_requests(model)
    if _REQUESTS in given and requests > tokens:
        yield _REQUESTS, f"is more than the {tokens:,} tokens of a step ({_TOKENS})", str(tokens)


def _whole_prompts(model: Model, given: _Arguments) -> Iterator[_Problem]:
    """Without chunks a step takes whole prompts."""
    off = given.get(_CHUNKED)
    context, tokens = longest_context(model), batched_tokens(model)
    if off is None or not off.off or _TOKENS not in given:
        return
    if context is not None and tokens < context:
        why = f"is less than the context, which a step must hold with {off.written}"
        yield _TOKENS, why, str(context)


def _experts(model: Model, given: _Arguments) -> Iterator[_Problem]:
    dense = model.facts is not None and model.facts.mlp_width is not None
    one = given.get(_EXPERTS)
    if dense and one is not None and not one.off:
        yield _EXPERTS, f"{model.model} is no mixture of experts", None


def _divided_contexts(model: Model, _: _Arguments) -> Iterator[_Problem]:
    """The KV cache of a context is divided over the GPUs that hold the same KV heads."""
    sizes = whole_number(model, _PARTS)
    attention = model.facts.attention if model.facts else None
    if sizes <= 1:
        return
    gpus = tensor_parallel(model)
    most = gpus // attention.kv_heads if attention else gpus
    if gpus % sizes or sizes > most:
        heads = f" and {attention.kv_heads} KV heads" if attention else ""
        yield _PARTS, f"does not fit {gpus} GPUs{heads}", None


def _quantised(model: Model, given: _Arguments) -> Iterator[_Problem]:
    """VLLM reads a checkpoint only in the format that it has; some formats it makes itself."""
    method = given[METHOD].value or "" if METHOD in given else ""
    # In a bucket or volume there may be another copy.
    facts, bits = MODELS.get(model.model), METHOD_BITS.get(method)
    if method in DEPRECATED_METHODS and _DEPRECATED not in given:
        yield METHOD, f"is deprecated, and refused without {_DEPRECATED}", None
    elif facts is None or not downloads_model(model):
        return
    elif facts.bytes_per_weight * 8 == FULL_BITS:
        if method in STORED_METHODS:
            why = f"reads its parameters from the checkpoint, and {model.model} is not quantised"
            yield METHOD, why, None
    elif bits is not None and (bits > _NIBBLE) != (facts.bytes_per_weight * 8 > _NIBBLE):
        yield METHOD, f"is not how {model.model} is quantised", None


def _half(model: Model, given: _Arguments) -> Iterator[_Problem]:
    if _TYPE in given and given[_TYPE].value in _HALF and model.model.startswith(NO_FLOAT16):
        yield _TYPE, f"{model.model} overflows in 16-bit floats", "bfloat16"


def _object(one: Given | None) -> Mapping[str, object]:
    """An argument in JSON; what is none, `vllm.argument-value` refuses."""
    try:
        found = json.loads((one.value if one else None) or "{}")
    except (RecursionError, ValueError):
        return {}
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


def _transfer(_: Model, given: _Arguments) -> Iterator[_Problem]:
    wanted = _object(given.get(_KV_TRANSFER))
    if wanted.get("kv_connector") and not wanted.get("kv_role"):
        both = json.dumps({**wanted, "kv_role": "kv_both"})
        yield _KV_TRANSFER, "names a connector without `kv_role`", both


def _speculation(_: Model, given: _Arguments) -> Iterator[_Problem]:
    """No draft model says how many tokens to guess."""
    wanted = _object(given.get(_SPECULATION))
    if wanted.get("method") in _NO_DRAFT and not wanted.get("num_speculative_tokens"):
        some = json.dumps({**wanted, "num_speculative_tokens": 4})
        yield _SPECULATION, "has no `num_speculative_tokens`", some


_RULES: Final[tuple[Callable[[Model, _Arguments], Iterator[_Problem]], ...]] = (
    _servers,
    _bounded,
    _requests_of_a_step,
    _whole_prompts,
    _experts,
    _divided_contexts,
    _quantised,
    _half,
    _transfer,
    _speculation,
)


def _fix(index: int, model: Model, one: Given, name: str, value: str | None) -> Fix:
    fix = instead(index, model, one, value)
    if name == _COPIES:
        added = {f"models[{index}].extraArgs[{len(model.extra_args)}]": f"{_SERVERS}=1"}
        return edit(added) + f", or {fix}"
    return fix


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about arguments of vLLM, each with what it does not go with."""
    for index, model in enumerate(settings.models):
        if model.engine is not Engine.VLLM or not model.extra_args:
            continue
        given = {one.names[0]: one for one in arguments_given(model.extra_args, DIALECT)}
        for rule in _RULES:
            for name, why, value in rule(model, given):
                one = given[name]
                shown = one.written if one.value is None else f"{one.written} {one.value}"
                yield VLLM_ARGUMENTS_TOGETHER.finding(
                    f"models[{index}].extraArgs[{one.position}]",
                    f"{shown}: {why}: the server would exit on each start",
                    _fix(index, model, one, name, value),
                )
