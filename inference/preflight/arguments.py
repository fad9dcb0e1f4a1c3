"""`extraArgs`: what they must leave to this program, and what the server does not know."""

import difflib
import re
from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import ARGUMENT_LENGTH, VLLM_PARSER
from inference.catalog.sglang import SGLANG_SOURCE
from inference.catalog.simulator import SIMULATOR_SOURCE
from inference.catalog.vllm import FLAGS
from inference.catalog.vllm_arguments import VERSION
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.models import Model
from inference.config.yaml_limits import LONGEST_VALUE
from inference.derive.engines import image, server_of
from inference.derive.engines.given import Given, arguments_given, strays
from inference.derive.engines.server import Owned
from inference.derive.engines.vllm import data_parallel, pipeline_parallel
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
    cause="An argument that takes an integer of at least 1 has another value, or none.",
    consequence="vLLM exits at once with a usage error, and the Pod restarts indefinitely.",
    fix="Set an integer.",
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
CHECKS: Final = (OWNED, UNKNOWN, PARALLEL, LONG, STRAY, VALUE, RANDOM)

_WHOLE: Final = re.compile("0*[1-9][0-9]*")
_ROUNDED: Final = re.compile(r"0*[1-9][0-9]*(?:\.[0-9]+)?[kKmMgGtT]?")
_SIZES: Final = {
    "--data-parallel-size": _WHOLE,
    "--pipeline-parallel-size": _WHOLE,
    "--max-num-batched-tokens": _ROUNDED,
    "--max-num-seqs": _ROUNDED,
}
"""Arguments that are whole numbers; of some vLLM takes 8k for 8000."""
_LOAD_FORMAT: Final = "--load-format"
_DUMMY: Final = "dummy"

_OPTIMIZATION: Final = "-O"
"""vLLM's parser takes `-O3` as --optimization-level=3."""


def _owned(index: int, engine: Engine, one: Given, name: str, owned: Owned) -> Finding:
    path = f"models[{index}].extraArgs[{one.position}]"
    given = one.written if one.value is None else f"{one.written} and its value"
    removal = f"remove {given} from models[{index}].extraArgs"
    key = f"models[{index}].{owned.key}"
    stands = "stands" if len(one.names) == 1 else "may stand"
    short = "" if name == one.written else f" {stands} for {name}, which"
    return OWNED.finding(
        path,
        f"{one.written}{short} belongs to this program"
        f"{f', which sets it from {key}' if owned.key else ''}: {engine.label} {owned.effect}",
        f"{removal}; `{key}` sets it" if owned.key else removal,
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
    label = ".".join(str(part) for part in VERSION)
    if blank:
        yield UNKNOWN.finding(
            path,
            f"{one.written!r} is one argument with a space, and vLLM {label} has none by that "
            "name: the server would exit on startup",
            f"write name and value as two entries of models[{index}].extraArgs",
        )
        return
    near = difflib.get_close_matches(one.names[0], sorted(dialect.names), n=1, cutoff=0.6)
    ambiguous = len(one.names) > 1
    meant = (
        f"is short for {' and '.join(one.names[:2])}"
        if ambiguous
        else f"is not an argument of vLLM {label}"
    )
    yield UNKNOWN.finding(
        path,
        f"{one.written} {meant}: the server would exit on startup and restart indefinitely",
        f"write {one.names[0] if ambiguous else near[0]}, or remove it"
        if near or ambiguous
        else f"remove it from models[{index}].extraArgs",
    )


def _values(index: int, one: Given) -> Iterator[Finding]:
    path = f"models[{index}].extraArgs[{one.position}]"
    name = one.names[0]
    pattern = _SIZES.get(name)
    if pattern and pattern.fullmatch(one.value or "") is None:
        yield VALUE.finding(
            path,
            f"{one.written} takes an integer of at least 1, but has {one.value or 'none'!r}: the "
            "server would exit on startup",
            f"write an integer after {one.written} in models[{index}].extraArgs, or remove both",
        )
    elif name == _LOAD_FORMAT and one.value == _DUMMY:
        yield RANDOM.finding(
            path,
            f"{one.written} {_DUMMY} fills the model with random values: every answer is noise",
            f"remove it from models[{index}].extraArgs",
        )


def _each(index: int, model: Model) -> Iterator[Finding]:
    server = server_of(model)
    for one in arguments_given(model.extra_args, server.dialect):
        name = next((name for name in one.names if name in server.owned), None)
        if name is not None:
            yield _owned(index, model.engine, one, name, server.owned[name])
        elif model.engine is Engine.VLLM:
            yield from _unknown(index, model, one)
            yield from _values(index, one)


def _parallel(index: int, model: Model) -> Iterator[Finding]:
    stages, copies = pipeline_parallel(model), data_parallel(model)
    if model.gpu.count % (stages * copies):
        path = f"models[{index}].gpu.count"
        yield PARALLEL.finding(
            path,
            f"{model.gpu.count} GPUs cannot be divided into {stages} pipeline stages × {copies} "
            "copies of the model: vLLM would wait for GPUs that its Pod does not have",
            f"set `{path}` to a multiple of {stages * copies}, or remove "
            "--pipeline-parallel-size and --data-parallel-size",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the arguments that a stack adds to a server's own."""
    for index, model in enumerate(settings.models):
        yield from _each(index, model)
        if model.engine is Engine.VLLM:
            yield from _parallel(index, model)
        for position in strays(model.extra_args):
            path = f"models[{index}].extraArgs[{position}]"
            yield STRAY.finding(
                path,
                f"{model.extra_args[position]!r} is not the value of any argument: the server "
                "would take it for its model, or exit on startup",
                f"remove it from models[{index}].extraArgs, or write its argument before it",
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
