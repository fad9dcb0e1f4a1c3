"""`extraArgs`: what they must leave to this program, and what the server does not know."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from inference.catalog.facts import ARGUMENT_LENGTH, VLLM_PARSER
from inference.catalog.sglang import SGLANG_SOURCE
from inference.catalog.simulator import SIMULATOR_SOURCE
from inference.catalog.vllm import FLAGS
from inference.catalog.vllm_arguments import (
    CHOICES,
    FRACTIONS,
    JSON,
    OPEN,
    ROUNDED,
    SWITCHES,
    VERSION,
    WHOLE,
)
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import Edit, Fix, edit
from inference.config.models import Model
from inference.config.yaml_limits import LONGEST_VALUE
from inference.derive.engines import image, server_of
from inference.derive.engines.given import Given, arguments_given, strays
from inference.derive.engines.server import Owned
from inference.derive.engines.vllm import DIVIDING, groups
from inference.derive.versions import image_version
from inference.preflight.registry import Check

OWNED: Final = Check(
    id="vllm.argument-owned",
    severity=Severity.ERROR,
    cause="`extraArgs` has an argument that this program sets, or that no server behind the "
    "Gateway can have: its port, name, GPUs, context, adapters, drain, TLS or keys.",
    consequence="The last of a repeated argument wins: it silently overrides what was checked and "
    "what the rest of the stack expects.",
    fix="Remove the argument, and set the key shown instead.",
    source=VLLM_PARSER,
    also=(SGLANG_SOURCE, SIMULATOR_SOURCE),
    acceptable=False,
)
UNKNOWN: Final = Check(
    id="vllm.argument-unknown",
    severity=Severity.WARNING,
    cause="`extraArgs` has an argument that the version of the image does not have.",
    consequence="vLLM exits at once with a usage error, and the Pod restarts indefinitely.",
    fix="Correct the name, or remove the argument.",
    source=VLLM_PARSER,
)
PARALLEL: Final = Check(
    id="vllm.parallel-gpus",
    severity=Severity.ERROR,
    cause="A replica's GPU count is not divisible by pipeline stages times data-parallel copies "
    "of the model.",
    consequence="vLLM needs a GPU for each worker, and exits on startup.",
    fix="Choose sizes whose product divides gpu.count.",
    source=VLLM_PARSER,
    acceptable=False,
)
LONG: Final = Check(
    id="vllm.argument-too-long",
    severity=Severity.ERROR,
    cause="An argument is longer than Linux allows.",
    consequence="The container never starts: argument list too long.",
    fix="Put the value into a file in the image, and pass the file's path.",
    source=ARGUMENT_LENGTH,
    acceptable=False,
)
STRAY: Final = Check(
    id="vllm.argument-stray",
    severity=Severity.ERROR,
    cause="`extraArgs` has a word that is not the value of any argument.",
    consequence="vLLM takes it for the model to serve, and other servers exit on startup.",
    fix="Remove the word, or write the argument's name before it.",
    source=VLLM_PARSER,
    acceptable=False,
)
VALUE: Final = Check(
    id="vllm.argument-value",
    severity=Severity.ERROR,
    cause="An argument that takes a number, JSON or one of a few values has another value, or "
    "none, or a switch has a value.",
    consequence="vLLM exits at once with a usage error, and the Pod restarts indefinitely.",
    fix="Set a value that it takes.",
    source=VLLM_PARSER,
    acceptable=False,
)
NEEDED: Final = Check(
    id="vllm.argument-needed",
    severity=Severity.ERROR,
    cause="`extraArgs` has an argument that vLLM rejects without another one.",
    consequence="vLLM exits at once, and the Pod restarts indefinitely.",
    fix="Set the other one too, or remove it.",
    source=VLLM_PARSER,
    acceptable=False,
)
RANDOM: Final = Check(
    id="vllm.random-weights",
    severity=Severity.WARNING,
    cause="`--load-format=dummy` fills the model with random values.",
    consequence="The server is healthy, and every answer is noise.",
    fix="Remove the argument, except for a rehearsal.",
    source=VLLM_PARSER,
)
CHECKS: Final = (OWNED, UNKNOWN, PARALLEL, LONG, STRAY, VALUE, NEEDED, RANDOM)

_FROM_ONE: Final = (
    "--data-parallel-size",
    "--max-num-batched-tokens",
    "--max-num-seqs",
    "--pipeline-parallel-size",
    "--prefill-context-parallel-size",
)
"""Arguments that vLLM refuses as 0 and below."""
_NUMBERS: Final = (
    (_FROM_ONE, "a whole number from 1 on", re.compile(r"0*[1-9]\d*(?:\.\d+)?[kKmMgGtT]?")),
    (WHOLE, "a whole number", re.compile(r"-?\d+")),
    (ROUNDED, "a whole number", re.compile(r"-?\d+|\d+(?:\.\d+)?[kmgt]|\d+[KMGT]")),
    (FRACTIONS, "a number", re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")),
)
"""Arguments that are numbers, what they want, and its form; all that fit hold."""
_NO_VALUE: Final = ("", "None")
"""What vLLM's parser takes for a value that is not given."""
_SUFFIXED: Final = re.compile(r"\b\d+(?:\.\d+)?[kKmMgGtT]\b")
"""A number that vLLM expands in JSON before it reads it."""
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

_LABEL: Final = ".".join(str(part) for part in VERSION)
_OPTIMIZATION: Final = "-O"
"""vLLM's parser takes `-O3` as --optimization-level=3."""


def instead(index: int, model: Model, one: Given, value: str | None) -> Fix:
    """The edit that gives an argument of `extraArgs` another value, or takes both out."""
    path = f"models[{index}].extraArgs"
    joined = "=" in model.extra_args[one.position]
    if value is not None and joined:
        return edit({f"{path}[{one.position}]": f"{one.written}={value}"})
    if value is not None and one.value is not None:
        return edit({f"{path}[{one.position + 1}]": value})
    # From the last, as each removal moves those behind it.
    apart = one.value is not None and not joined and one.names[0] not in SWITCHES
    positions = [one.position + 1, one.position] if apart else [one.position]
    given = one.written if one.value is None else f"{one.written} and its value"
    edits = [Edit(path=f"{path}[{position}]", value=None) for position in positions]
    return Fix(f"remove {given} from `{path}` in the stack file", *edits)


def _owned(index: int, model: Model, one: Given, name: str, owned: Owned) -> Finding:
    path = f"models[{index}].extraArgs[{one.position}]"
    removal = instead(index, model, one, None)
    key = f"models[{index}].{owned.key}"
    stands = "stands" if len(one.names) == 1 else "may stand"
    source = f", which sets it from {key}" if owned.key else ""
    short = "" if name == one.written else f" {stands} for {name}, which"
    return OWNED.finding(
        path,
        f"{one.written}{short} belongs to this program{source}"
        f": {model.engine.label} {owned.effect}",
        removal + f"; `{key}` sets it" if owned.key else removal,
    )


def _unknown(index: int, model: Model, one: Given) -> Iterator[Finding]:
    dialect = server_of(model).dialect
    version = image_version(image(model))
    known = len(one.names) == 1 and one.names[0] in dialect.names
    elsewhere = any(flag.name in one.names for flag in FLAGS)
    blank = " " in one.written
    known_here = known and not blank
    if version != VERSION or known_here or elsewhere or one.written.startswith(_OPTIMIZATION):
        return
    path = f"models[{index}].extraArgs[{one.position}]"
    if blank:
        yield UNKNOWN.finding(
            path,
            f"{one.written!r} is one argument with a space, and vLLM {_LABEL} has none by that "
            "name: the server would exit on startup",
            f"write name and value as two entries of models[{index}].extraArgs",
        )
        return
    near = difflib.get_close_matches(one.names[0], sorted(dialect.names), n=1, cutoff=0.6)
    ambiguous = len(one.names) > 1
    meant = (
        f"is short for {' and '.join(one.names[:2])}"
        if ambiguous
        else f"is not an argument of vLLM {_LABEL}"
    )
    yield UNKNOWN.finding(
        path,
        f"{one.written} {meant}: the server would exit on startup and restart indefinitely",
        f"write {one.names[0] if ambiguous else near[0]}, or remove it"
        if near or ambiguous
        else instead(index, model, one, None),
    )


def _is_json(value: str) -> bool:
    try:
        json.loads(_SUFFIXED.sub("0", value))
    except ValueError:
        return False
    return True


def _wanted(one: Given, *, dotted: bool) -> str | None:
    """What vLLM's parser wants instead of an argument's value; None where it takes it.

    `dotted` is a name such as --speculative-config.method, whose value is a part of the JSON.
    """
    name, value = one.names[0], one.value
    for names, wanted, form in _NUMBERS:
        if name in names and value not in _NO_VALUE and not form.fullmatch(value or ""):
            return wanted
    if name in JSON and not dotted and value not in _NO_VALUE and not _is_json(value or ""):
        return "an object in JSON"
    return None


def _not_among(one: Given, model: Model) -> tuple[str, str | None] | None:
    """What an argument with few values wants, and the nearest; None where it has one of them."""
    name, value = one.names[0], one.value
    values = CHOICES.get(name, ())
    known = (value or "").lower() if name == _LOAD_FORMAT else value
    plugin = _PLUGINS.get(name, "")
    added = any(argument.startswith(plugin) for argument in model.extra_args) if plugin else False
    if not values or added or known in {*values, *_NO_VALUE}:
        return None
    near = difflib.get_close_matches(known or "", values, n=1, cutoff=0.6)
    some = f"one of {', '.join(values)}" if len(values) <= _FEW else f"one of {len(values)} values"
    return f"{some} in vLLM {_LABEL}", near[0] if near else None


def _values(index: int, model: Model, one: Given) -> Iterator[Finding]:
    path, name = f"models[{index}].extraArgs[{one.position}]", one.names[0]
    written, joined, _ = model.extra_args[one.position].partition("=")
    shown = "has none" if one.value is None else f"has {one.value!r}"
    exits = "the server would exit at its start, and be restarted indefinitely"
    if len(one.names) > 1:
        return
    if name in SWITCHES and joined:
        off = (one.value or "").lower() in {"false", "0", "no"} and name == one.written
        yield VALUE.finding(
            path,
            f"{one.written} takes no value, but {shown}: {exits}",
            edit({path: f"--no-{name.removeprefix('--')}" if off else written}),
        )
        return
    wanted, near = _wanted(one, dotted=written != one.written), None
    certain = True
    if wanted is None and image_version(image(model)) == VERSION:
        wanted, near = _not_among(one, model) or (None, None)
        # An image of one's own may have plugins.
        certain = name not in OPEN or model.image is None
    if wanted is not None:
        yield VALUE.finding(
            path,
            f"{one.written} takes {wanted}, but {shown}: {exits}",
            instead(index, model, one, near) + ", or set another value",
            VALUE.severity if certain else Severity.WARNING,
        )
    elif name == _LOAD_FORMAT and one.value == _DUMMY:
        yield RANDOM.finding(
            path,
            f"{one.written} {_DUMMY} fills the model with random values: every answer is noise",
            instead(index, model, one, None),
        )


def _needs(index: int, given: Sequence[Given]) -> Iterator[Finding]:
    names = {one.names[0] for one in given}
    for one in given:
        needed = _NEEDS.get(one.names[0])
        if needed is not None and needed not in names and not one.written.startswith("--no-"):
            path = f"models[{index}].extraArgs[{one.position}]"
            yield NEEDED.finding(
                path,
                f"vLLM refuses {one.written} without {needed}: the server would exit at its start",
                edit({path: None}) + f", or give {needed} too",
            )


def _each(index: int, model: Model) -> Iterator[Finding]:
    server = server_of(model)
    given = _parsed(model)
    if model.engine is Engine.VLLM:
        yield from _needs(index, given)
    for one in given:
        name = next((name for name in one.names if name in server.owned), None)
        if name is not None:
            yield _owned(index, model, one, name, server.owned[name])
        elif model.engine is Engine.VLLM:
            yield from _unknown(index, model, one)
            yield from _values(index, model, one)


def _parsed(model: Model) -> list[Given]:
    return list(arguments_given(model.extra_args, server_of(model).dialect))


def _parallel(index: int, model: Model) -> Iterator[Finding]:
    if model.gpu.count % groups(model):
        path = f"models[{index}].gpu.count"
        dividing = [one for one in _parsed(model) if one.names[0] in DIVIDING]
        edits = [
            edit for one in reversed(dividing) for edit in instead(index, model, one, None).edits
        ]
        yield PARALLEL.finding(
            path,
            f"{model.gpu.count} GPUs cannot be divided by "
            f"{' × '.join(f'{one.written} {one.value}' for one in dividing)}: vLLM would wait for "
            "GPUs that its Pod does not have",
            Fix(
                f"remove {' and '.join(one.written for one in dividing)} with their values from "
                f"`models[{index}].extraArgs` in the stack file, or set `{path}` to a multiple of "
                f"{groups(model)}",
                *edits,
            ),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the arguments that a stack adds to a server's own."""
    for index, model in enumerate(settings.models):
        yield from _each(index, model)
        if model.engine is Engine.VLLM:
            yield from _parallel(index, model)
        for position in strays(model.extra_args, server_of(model).dialect):
            path = f"models[{index}].extraArgs[{position}]"
            yield STRAY.finding(
                path,
                f"{model.extra_args[position]!r} is not the value of any argument: the server "
                "would take it for its model, or exit on startup",
                edit({path: None}) + ", or write its argument before it",
            )
        for position, argument in enumerate(model.extra_args):
            length = len(argument.encode())
            if length > LONGEST_VALUE:
                yield LONG.finding(
                    f"models[{index}].extraArgs[{position}]",
                    f"has {length:,} bytes, but Linux allows at most {LONGEST_VALUE:,} per "
                    "argument",
                    "put the value into a file in the image, and pass the file's path",
                )
