"""What the commands of `inference` have in common: which stack, and how a command is run."""

import argparse
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from shlex import quote
from typing import Any, Final, TypeAlias

from inference.config.origin import Origin
from inference.config.stack_file import ROOT, StackFile, read_file, read_stack, stack_name

DEFAULT_STACK: Final = "dev"
COMMAND: Final = ".venv/bin/inference"
"""As people call it from the project's folder, whether or not they entered the environment."""
_STACK_NAME: Final = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001
"""Where a package adds its commands."""


class Arguments(argparse.Namespace):
    """What the user typed, as far as all commands take it."""

    run: "Callable[[Arguments], int]"
    """The command: returns the exit status."""
    refused: Mapping[str, Any]
    """The command's JSON object where the stack is refused, but for its name and the findings."""
    stack: str | None
    config: Path | None
    json: bool = False


def stack_options() -> argparse.ArgumentParser:
    """The options that name a stack, as a parent of a command's parser."""
    parent = argparse.ArgumentParser(add_help=False)
    which = parent.add_mutually_exclusive_group()
    which.add_argument("--stack", metavar="NAME", help=f"read Pulumi.NAME.yaml ({DEFAULT_STACK})")
    which.add_argument("--config", type=Path, metavar="FILE", help="read this stack file")
    return parent


def new_stack(name: str) -> str:
    """The name of a stack to write, as Pulumi takes it.

    Raises:
        argparse.ArgumentTypeError: where it does not.
    """
    if _STACK_NAME.fullmatch(name) is None:
        message = (
            f"{name!r} is no stack name: use letters, digits, dots, underscores and, but for the "
            "first, dashes"
        )
        raise argparse.ArgumentTypeError(message)
    return name


def positive(text: str) -> float:
    """A number above 0, such as of seconds.

    Raises:
        argparse.ArgumentTypeError: where it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        message = f"{text!r} is not a number above 0"
        raise argparse.ArgumentTypeError(message)
    return value


def at_least_1(text: str) -> int:
    """A whole number from 1 on.

    Raises:
        argparse.ArgumentTypeError: where it is none.
    """
    if not text.isdecimal() or not int(text):
        message = f"{text!r} is not a whole number from 1 on"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def select_command(name: str) -> str:
    """Makes a stack the current one, whether or not Pulumi has it yet."""
    return f"pulumi stack select --create {quote(name)}"


def name_of(arguments: Arguments) -> str:
    """The name of the stack that the user means."""
    file = arguments.config
    return stack_name(file) if file is not None else arguments.stack or DEFAULT_STACK


def read(arguments: Arguments) -> StackFile:
    """The stack file that the user means.

    Raises:
        RefusedError: where it is not there or cannot be read.
    """
    if arguments.config is not None:
        return read_file(arguments.config)
    return read_stack(DEFAULT_STACK if arguments.stack is None else arguments.stack)


def origin_of(arguments: Arguments) -> Origin:
    """The file of the stack that the user means."""
    name = name_of(arguments)
    if arguments.config is None:
        return Origin(ROOT / f"Pulumi.{name}.yaml", name)
    # Only a file in the project's folder is a stack's; it may itself be a link.
    file = arguments.config.parent.resolve() / arguments.config.name
    is_named = file == ROOT / f"Pulumi.{name}.yaml"
    return Origin(arguments.config, name if is_named else None)
