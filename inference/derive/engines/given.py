"""Reads `extraArgs` as the server's own parser does: spellings, abbreviations and values."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from typing import Final, final

from inference.catalog.engine_arguments import EngineArguments, Form


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Dialect:
    """What a server's parser takes. There is one of each server: they are compared as objects."""

    names: Collection[str] = ()
    """Long names of all arguments; empty where they are not known, so that none is completed."""
    short: Mapping[str, str] = field(default_factory=dict[str, str])
    """Long name of each other name."""
    abbreviates: bool = False
    """Whether a beginning that only one argument has stands for it, as in Python's argparse."""
    underscores: bool = False
    """Whether `_` may stand for `-`."""
    switches: Collection[str] = ()
    """Long names of those that take no value, where they are known."""
    negatable: Collection[str] = ()
    """Long names of the switches that `--no-…` turns off."""
    version: tuple[int, int, int] | None = None
    """The version whose names these are; None where an unknown name is not reported by it."""


def dialect_of(arguments: EngineArguments, *, underscores: bool = False) -> Dialect:
    """The dialect of a server whose arguments are in the catalog; its parser is argparse."""
    return Dialect(
        names=arguments.forms.keys(),
        short=arguments.short,
        abbreviates=True,
        underscores=underscores,
        switches=arguments.of(Form.SWITCH, Form.NEGATABLE),
        negatable=arguments.of(Form.NEGATABLE),
        version=arguments.version,
    )


@final
@dataclass(frozen=True, kw_only=True)
class Given:
    """One argument of `extraArgs`."""

    position: int
    written: str
    """The argument's name as it is written."""
    names: tuple[str, ...]
    """Long names that it stands for; several where the parser calls it ambiguous."""
    value: str | None
    """The first value; None where no word that may be one follows."""
    end: int
    """Position behind the last word that may be a value of it."""
    off: bool = False
    """Whether it is written as `--no-…`."""


_NO: Final = "--no-"
_DIGITS: Final = 18
_NEGATIVE: Final = re.compile(r"-(\d*\.)?\d+")
"""What Python's argparse takes for a negative number."""


def _written(argument: str) -> str:
    """The name, without a value, and without a part of a value such as `.level`."""
    name = argument.partition("=")[0]
    return name.partition(".")[0] if name.startswith("-") else name


def _spelt(written: str, dialect: Dialect) -> str:
    name = written.replace("_", "-") if dialect.underscores and written[:2] == "--" else written
    return dialect.short.get(name, name)


def _is_off(name: str, dialect: Dialect) -> bool:
    """Whether a name is that of a switch, turned off."""
    return name.startswith(_NO) and f"--{name.removeprefix(_NO)}" in dialect.negatable


def _named(written: str, dialect: Dialect) -> tuple[str, ...]:
    name = _spelt(written, dialect)
    if name in dialect.names or not name.startswith("--"):
        return (name,)
    if _is_off(name, dialect):
        return (f"--{name.removeprefix(_NO)}",)
    if not dialect.abbreviates:
        return (name,)
    begins = {known for known in (*dialect.names, *dialect.short) if known.startswith(name)}
    return tuple(sorted({dialect.short.get(known, known) for known in begins})) or (name,)


def _is_name(word: str) -> bool:
    """Whether a parser takes a word for an argument: not with a space before its value."""
    spaced = " " in word.partition("=")[0]
    return word.startswith("-") and not spaced and _NEGATIVE.fullmatch(word) is None


def strays(arguments: Sequence[str], dialect: Dialect, switches: Collection[str]) -> Iterator[int]:
    """Positions of words that the parser takes for no argument and for no argument's value.

    `switches` are the arguments that are known to take no value in the image's version.
    """
    takes = False
    for position, word in enumerate(arguments):
        if _is_name(word):
            takes = "=" not in word and _named(word, dialect)[0] not in switches
        elif not takes:
            yield position


@lru_cache(maxsize=512)
def arguments_given(arguments: tuple[str, ...], dialect: Dialect) -> tuple[Given, ...]:
    """The arguments in order; words that are no argument's name are values."""
    return tuple(_given(arguments, dialect))


def _given(arguments: Sequence[str], dialect: Dialect) -> Iterator[Given]:
    starts = [position for position, word in enumerate(arguments) if _is_name(word)]
    for position, following in zip_longest(starts, starts[1:], fillvalue=len(arguments)):
        argument = arguments[position]
        _, separator, value = argument.partition("=")
        end = position + 1 if separator else following
        written = _written(argument)
        yield Given(
            position=position,
            written=written,
            names=_named(written, dialect),
            value=value if separator else next(iter(arguments[position + 1 : end]), None),
            end=end,
            off=_is_off(_spelt(written, dialect), dialect),
        )


def value(arguments: tuple[str, ...], name: str, dialect: Dialect) -> str | None:
    """The value of an argument, the last of a repeated one; None where it is not given."""
    values = [one.value for one in arguments_given(arguments, dialect) if one.names == (name,)]
    return values[-1] if values else None


def whole(text: str | None) -> int:
    """A value as a whole number; 0 where it is none, or longer than any that makes sense."""
    return int(text) if text is not None and text.isdecimal() and len(text) < _DIGITS else 0
