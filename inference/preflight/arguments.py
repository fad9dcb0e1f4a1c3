"""`extraArgs`: what they must leave to this program, and what the server does not know."""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Final

from inference.catalog.facts import VLLM_PARSER
from inference.catalog.limits import ARGUMENT_BYTES, ARGUMENT_LENGTH
from inference.catalog.sglang import COUNTERPARTS, SGLANG_SOURCE
from inference.catalog.simulator import SIMULATOR_SOURCE
from inference.catalog.vllm import FLAGS
from inference.config import Finding, Settings
from inference.config.engine import Engine
from inference.config.finding import Fix, edit
from inference.config.models import Model
from inference.derive.engines import SERVERS, server_of
from inference.derive.engines.given import Dialect, Given, arguments_given, strays
from inference.derive.engines.server import Owned
from inference.derive.engines.vllm import DIVIDING, groups
from inference.preflight.argument_edits import instead, is_described, named, removed, switches
from inference.preflight.registry import refusal, warning

VLLM_ARGUMENT_OWNED: Final = refusal(
    id="vllm.argument-owned",
    cause="`extraArgs` has an argument that this program sets (port, name, GPUs, context, "
    "adapters, drain, download folder), or that no server behind the Gateway can have (TLS, keys, "
    "no metrics, no text, another configuration file, other hosts, help).",
    consequence="The last of a repeated argument wins: it silently overrides what was checked and "
    "what the rest of the stack expects.",
    fix="Remove the argument, and set the key shown instead.",
    source=VLLM_PARSER,
    also=(SGLANG_SOURCE, SIMULATOR_SOURCE),
)
VLLM_ARGUMENT_UNKNOWN: Final = warning(
    id="vllm.argument-unknown",
    cause="`extraArgs` has an argument that the version of the image does not have.",
    consequence="The server exits at once with a usage error, and the Pod restarts indefinitely.",
    fix="Correct the name, use the engine's own argument, or remove it.",
    source=VLLM_PARSER,
    also=(SGLANG_SOURCE,),
)
VLLM_PARALLEL_GPUS: Final = refusal(
    id="vllm.parallel-gpus",
    cause="A replica's GPU count is not divisible by pipeline stages times data-parallel copies "
    "of the model.",
    consequence="vLLM needs a GPU for each worker, and exits on startup.",
    fix="Choose sizes whose product divides gpu.count.",
    source=VLLM_PARSER,
)
VLLM_ARGUMENT_TOO_LONG: Final = refusal(
    id="vllm.argument-too-long",
    cause="An argument is longer than Linux allows.",
    consequence="The container never starts: argument list too long.",
    fix="Put the value into a file in the image, and pass the file's path.",
    source=ARGUMENT_LENGTH,
)
VLLM_ARGUMENT_STRAY: Final = refusal(
    id="vllm.argument-stray",
    cause="`extraArgs` has a word that is not the value of any argument.",
    consequence="vLLM takes it for the model to serve, and other servers exit on startup.",
    fix="Remove the word, or write the argument's name before it.",
    source=VLLM_PARSER,
)

_DASHES: Final = "-\u2013\u2014"
"""The hyphen, and what word processors make of two."""

_SET: Final = ("--enable-lora",)
"""Switches among the owned that this program sets; of the others it sets none."""
_OTHER: Final = {
    Engine.SGLANG: (Engine.VLLM, COUNTERPARTS),
    Engine.VLLM: (Engine.SGLANG, {there: here for here, there in COUNTERPARTS.items()}),
}
"""The engine whose arguments may be given to an engine by mistake, and what stands for them."""
_OPTIMIZATION: Final = "-O"
"""vLLM's parser takes `-O3` as --optimization-level=3."""
_SHOWN: Final = 8
"""How many arguments are listed that an abbreviation may stand for."""


def _left_to(index: int, model: Model, one: Given, owned: Owned) -> Fix:
    removal = instead(index, model, one, None)
    return removal + f"; `models[{index}].{owned.key}` sets it" if owned.key else removal


def _owned(index: int, model: Model, one: Given, name: str, owned: Owned) -> Finding:
    path = f"models[{index}].extraArgs[{one.position}]"
    key = f"models[{index}].{owned.key}"
    stands = "stands" if len(one.names) == 1 else "may stand"
    source = f", which sets it from {key}" if owned.key else ""
    short = "" if name == one.written else f" {stands} for {name}, which"
    return VLLM_ARGUMENT_OWNED.finding(
        path,
        f"{one.written}{short} belongs to this program{source}"
        f": {model.engine.label} {owned.effect}",
        _left_to(index, model, one, owned),
    )


@cache
def _nearest(name: str, dialect: Dialect, *, switch: bool) -> str | None:
    """The argument, with or without a value, that is most like a name; None if none is."""
    if name.startswith("--no-"):
        # What is like it without `no` is its opposite.
        return None
    alike = [known for known in dialect.names if (known in dialect.switches) == switch]
    return next(iter(get_close_matches(name, sorted(alike), n=1)), None)


def _elsewhere(model: Model, one: Given) -> tuple[str, str | None]:
    """Whose argument it is, if another engine's, and what the model's own has in its place."""
    other, counterparts = _OTHER[model.engine]
    theirs = SERVERS[other].dialect
    (there,) = arguments_given((one.written,), theirs)
    if len(there.names) > 1:
        return "", None
    name = there.names[0].replace("--", "--no-", 1) if there.off else there.names[0]
    dialect = server_of(model).dialect
    aliases = (alias for alias, long in theirs.short.items() if long == name)
    own = counterparts.get(name, dialect.short.get(name, name))
    own = next((alias for alias in aliases if alias in dialect.names), own)
    has = own in dialect.names or own in counterparts.values()
    aged = other is Engine.VLLM and name in {flag.name for flag in FLAGS}
    known = aged or there.names[0] in theirs.names
    return f", but of {other.label}" if known else "", own if has else None


def _unknown(index: int, model: Model, one: Given) -> Iterator[Finding]:
    server = server_of(model)
    dialect, vllm = server.dialect, model.engine is Engine.VLLM
    known = len(one.names) == 1 and one.names[0] in dialect.names
    aged = any(flag.name in one.names for flag in FLAGS) or one.written.startswith(_OPTIMIZATION)
    if not is_described(model) or known or (vllm and aged):
        return
    of = f"{model.engine.label} {'.'.join(map(str, dialect.version or ()))}"
    if len(one.names) > 1:
        meant = f"is short for {len(one.names)} arguments of {of}"
        some = f"one of {', '.join(one.names[:_SHOWN])}{' …' if len(one.names) > _SHOWN else ''}"
        near = _OTHER[model.engine][1].get(one.written, some)
    else:
        also, near = _elsewhere(model, one)
        meant = f"is not an argument of {of}{also}"
        # For another engine's argument only its counterpart will do, however alike others look.
        near = near if also else _nearest(one.names[0], dialect, switch=one.value is None)
    owned = server.owned.get(near or "")
    yield VLLM_ARGUMENT_UNKNOWN.finding(
        f"models[{index}].extraArgs[{one.position}]",
        f"{one.written} {meant}: the server would exit on startup and restart indefinitely",
        f"write {near}, or remove it"
        if near and not owned
        else _left_to(index, model, one, owned or Owned(effect="")),
    )


def _each(index: int, model: Model) -> Iterator[Finding]:
    server = server_of(model)
    for one in arguments_given(model.extra_args, server.dialect):
        name = next((name for name in one.names if name in server.owned), None)
        if name is not None and one.off and name not in _SET:
            # It says what holds anyway.
            continue
        if name is not None:
            yield _owned(index, model, one, name, server.owned[name])
        elif model.engine in _OTHER:
            yield from _unknown(index, model, one)


def _parallel(index: int, model: Model) -> Iterator[Finding]:
    if model.gpu.count % groups(model):
        path = f"models[{index}].gpu.count"
        dividing = named(model, *DIVIDING)
        yield VLLM_PARALLEL_GPUS.finding(
            path,
            f"{model.gpu.count} GPUs cannot be divided by "
            f"{' × '.join(f'{one.written} {one.value}' for one in dividing)}: vLLM would wait for "
            "GPUs that its Pod does not have",
            removed(index, model, dividing)[1]
            + f", or set `{path}` to a multiple of {groups(model)}",
        )


def _meant(word: str, model: Model) -> str | None:
    """What a word without two hyphens, or with a space before its value, is meant to be."""
    name, space, value = f"--{word.lstrip(_DASHES)}".partition(" ")
    meant = f"{name}={value.strip()}" if space else name
    server = server_of(model)
    names = {name for one in arguments_given((meant,), server.dialect) for name in one.names}
    return meant if names and names <= {*server.dialect.names} - server.owned.keys() else None


def _strays(index: int, model: Model) -> Iterator[Finding]:
    for position in strays(model.extra_args, server_of(model).dialect, switches(model)):
        path, word = f"models[{index}].extraArgs[{position}]", model.extra_args[position]
        meant = _meant(word, model)
        # What is behind the name may be a key.
        shown = word.partition(" ")[0] if word.startswith("-") else word
        spaced = " with a space behind it" if shown != word else ""
        yield VLLM_ARGUMENT_STRAY.finding(
            path,
            f"{shown!r}{spaced} is not the value of any argument: the server would take it for its "
            "model, or exit on startup",
            edit({path: meant})
            if meant
            else edit({path: None}) + ", or write its argument before it",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the arguments that a stack adds to a server's own."""
    for index, model in enumerate(settings.models):
        yield from _each(index, model)
        if model.engine is Engine.VLLM:
            yield from _parallel(index, model)
        yield from _strays(index, model)
        for position, argument in enumerate(model.extra_args):
            length = len(argument.encode())
            if length > ARGUMENT_BYTES:
                yield VLLM_ARGUMENT_TOO_LONG.finding(
                    f"models[{index}].extraArgs[{position}]",
                    f"has {length:,} bytes, but Linux allows at most {ARGUMENT_BYTES:,} per "
                    "argument",
                )
