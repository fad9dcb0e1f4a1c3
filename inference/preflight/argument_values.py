"""`extraArgs`: the values that arguments take, and those that they need beside them."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from inference.catalog.engine_arguments import VLLM_ARGUMENTS, Form
from inference.catalog.facts import VLLM_PARSER
from inference.catalog.sglang import SGLANG_SOURCE
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import edit
from inference.config.models import Model
from inference.derive.engines import server_of
from inference.derive.engines.given import Given, arguments_given
from inference.preflight.argument_edits import instead, is_described, switches
from inference.preflight.registry import refusal, warning

VLLM_ARGUMENT_VALUE: Final = refusal(
    id="vllm.argument-value",
    cause="An argument that takes a number, JSON or one of a few values has another value, or "
    "none, or a switch has a value.",
    consequence="The server exits at once with a usage error, and the Pod restarts indefinitely.",
    fix="Set a value that it takes.",
    source=VLLM_PARSER,
    also=(SGLANG_SOURCE,),
)
VLLM_ARGUMENT_NEEDED: Final = refusal(
    id="vllm.argument-needed",
    cause="`extraArgs` has an argument that vLLM rejects without another one.",
    consequence="vLLM exits at once, and the Pod restarts indefinitely.",
    fix="Set the other one too, or remove it.",
    source=VLLM_PARSER,
)
VLLM_RANDOM_WEIGHTS: Final = warning(
    id="vllm.random-weights",
    cause="`--load-format=dummy` fills the model with random values.",
    consequence="The server is healthy, and every answer is noise.",
    fix="Remove the argument, except for a rehearsal.",
    source=VLLM_PARSER,
)

_FROM_ONE: Final = (
    "--data-parallel-size",
    "--max-num-batched-tokens",
    "--max-num-seqs",
    "--pipeline-parallel-size",
    "--prefill-context-parallel-size",
)
"""Arguments that vLLM refuses as 0 and below."""
_NUMBERS: Final = (
    (
        _FROM_ONE,
        "a whole number from 1 on",
        re.compile(r"0*[1-9]\d{0,16}(?:\.\d{1,16})?[kKmMgGtT]?"),
    ),
    (VLLM_ARGUMENTS.of(Form.WHOLE), "a whole number", re.compile(r"-?\d+")),
    (
        VLLM_ARGUMENTS.of(Form.ROUNDED),
        "a whole number",
        re.compile(r"-?\d+|\d+(?:\.\d+)?[kmgt]|\d+[KMGT]"),
    ),
    (
        VLLM_ARGUMENTS.of(Form.FRACTION),
        "a number",
        re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"),
    ),
)
"""Arguments that are numbers, what they want, and its form; each row that names one counts."""
_JSON: Final = VLLM_ARGUMENTS.of(Form.JSON)
_NO_VALUE: Final = ("", "None")
"""What vLLM's parser takes for a value that is not given."""
_SUFFIXED: Final = re.compile(r"\b\d+(?:\.\d+)?[kKmMgGtT]\b")
"""A number that vLLM expands in JSON before it reads it."""
_SECTION: Final = "-config"
"""How arguments end that are sections of vLLM's configuration."""
_FEW: Final = 8
_PLUGINS: Final[Mapping[str, str]] = {
    "--reasoning-parser": "--reasoning-parser-plugin",
    "--tool-call-parser": "--tool-parser-plugin",
}
"""What adds values to an argument."""
_NEEDS: Final[Mapping[str, str]] = {
    "--enable-auto-tool-choice": "--tool-call-parser",
    "--enable-eplb": "--enable-expert-parallel",
    "--enable-log-outputs": "--enable-log-requests",
    "--numa-bind-cpus": "--numa-bind",
    "--numa-bind-nodes": "--numa-bind",
}
"""What vLLM refuses without another argument."""
_LOAD_FORMAT: Final = "--load-format"
_DUMMY: Final = "dummy"
_EXITS: Final = "the server would exit at its start, and be restarted indefinitely"


def _is_json(name: str, value: str) -> bool:
    try:
        found = json.loads(_SUFFIXED.sub("0", value))
    except (RecursionError, ValueError):
        return False
    return isinstance(found, dict) or not name.endswith(_SECTION)


def _wanted(one: Given, *, dotted: bool) -> str | None:
    """What vLLM's parser wants instead of an argument's value; None where it takes it.

    `dotted` is a name such as --speculative-config.method, whose value is a part of the JSON.
    """
    name, value = one.names[0], one.value
    for names, wanted, form in _NUMBERS:
        if name in names and value not in _NO_VALUE and not form.fullmatch(value or ""):
            return wanted
    if name in _JSON and not dotted and value not in _NO_VALUE and not _is_json(name, value or ""):
        return "an object in JSON"
    return None


def _not_among(one: Given, model: Model) -> tuple[str, str | None] | None:
    """What an argument with few values wants, and the nearest; None where it has one of them."""
    name, value = one.names[0], one.value
    values = VLLM_ARGUMENTS.choices(name)
    known = (value or "").lower() if name == _LOAD_FORMAT else value
    plugin = _PLUGINS.get(name, "")
    added = any(argument.startswith(plugin) for argument in model.extra_args) if plugin else False
    if not values or added or known in {*values, *_NO_VALUE}:
        return None
    near = difflib.get_close_matches(known or "", values, n=1, cutoff=0.6)
    some = f"one of {', '.join(values)}" if len(values) <= _FEW else f"one of {len(values)} values"
    return f"{some} in vLLM {'.'.join(map(str, VLLM_ARGUMENTS.version))}", near[0] if near else None


def _switch(index: int, model: Model, one: Given) -> Finding:
    """A switch that is written with a value."""
    path, name = f"models[{index}].extraArgs[{one.position}]", one.names[0]
    off = (one.value or "").lower() in {"false", "0", "no"} and not one.off
    negatable = name in server_of(model).dialect.negatable
    return VLLM_ARGUMENT_VALUE.finding(
        path,
        f"{one.written} takes no value, but has {one.value!r}: {_EXITS}",
        instead(index, model, one, None)
        if off and not negatable
        else edit({path: f"--no-{name.removeprefix('--')}" if off else one.written}),
    )


def _values(index: int, model: Model, one: Given) -> Iterator[Finding]:
    path, name = f"models[{index}].extraArgs[{one.position}]", one.names[0]
    written = model.extra_args[one.position].partition("=")[0]
    shown = "has none" if one.value is None else f"has {one.value!r}"
    wanted, near = _wanted(one, dotted=written != one.written), None
    certain = True
    if wanted is None and is_described(model):
        wanted, near = _not_among(one, model) or (None, None)
        # An image of one's own may have plugins.
        certain = name not in VLLM_ARGUMENTS.open or model.image is None
    if wanted is not None:
        yield VLLM_ARGUMENT_VALUE.finding(
            path,
            f"{one.written} takes {wanted}, but {shown}: {_EXITS}",
            instead(index, model, one, near) + ", or set another value",
            VLLM_ARGUMENT_VALUE.severity if certain else Severity.WARNING,
        )
    elif name == _LOAD_FORMAT and one.value == _DUMMY:
        yield VLLM_RANDOM_WEIGHTS.finding(
            path,
            f"{one.written} {_DUMMY} fills the model with random values: every answer is noise",
            instead(index, model, one, None),
        )


def _needs(index: int, given: Sequence[Given]) -> Iterator[Finding]:
    names = {one.names[0] for one in given if not one.off}
    for one in given:
        needed = _NEEDS.get(one.names[0])
        if needed is not None and needed not in names and not one.off:
            path = f"models[{index}].extraArgs[{one.position}]"
            yield VLLM_ARGUMENT_NEEDED.finding(
                path,
                f"vLLM refuses {one.written} without {needed}: the server would exit at its start",
                edit({path: None}) + f", or give {needed} too",
            )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the values of arguments that a stack adds to a server's own."""
    for index, model in enumerate(settings.models):
        server, vllm = server_of(model), model.engine is Engine.VLLM
        given = arguments_given(model.extra_args, server.dialect)
        if vllm:
            yield from _needs(index, given)
        for one in given:
            if len(one.names) > 1 or one.names[0] in server.owned:
                continue
            if one.names[0] in switches(model) and "=" in model.extra_args[one.position]:
                yield _switch(index, model, one)
            elif vllm:
                yield from _values(index, model, one)
