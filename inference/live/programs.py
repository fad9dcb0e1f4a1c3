"""Programs of the user's machine: `pulumi` and the like."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, final

from inference.config.stack_file import ROOT
from inference.live.errors import ServiceError, UnreachableError

INSTALL_PULUMI: Final = "https://www.pulumi.com/docs/install/"
_MISSING: Final = {"pulumi": f"install it: {INSTALL_PULUMI}"}
"""What fixes that a program is not there, where its caller's fix needs it."""
_SECONDS = 120
"""A backend in a bucket may be slow; a program that waits for an answer gets none."""


class ProgramError(ServiceError):
    """A program is missing or failed; the message is its own last word."""


@final
class MissingProgramError(ProgramError):
    """A program is missing, and with it whatever service it asks."""


def _last_words(written: str) -> str:
    """The error as the program gives it, which may go on for lines; else its last line."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    errors = [index for index, line in enumerate(lines) if line.lower().startswith("error")]
    return " ".join(lines[errors[-1] if errors else -1 :]) or "without any output"


def run(program: str, arguments: Sequence[str], fix: str, *, seconds: float = _SECONDS) -> str:
    """What a program writes that is started in the project's folder; it may hold a secret.

    Raises:
        ProgramError: when it fails; MissingProgramError when it is not there.
        UnreachableError: when it takes too long.
    """
    path, name = shutil.which(program), Path(program).name
    if path is None:
        raise MissingProgramError(f"{name} is not on PATH", _MISSING.get(name, fix))
    try:
        result = subprocess.run(  # noqa: S603 arguments are ours, and there is no shell
            [path, *arguments],
            cwd=ROOT,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"`{name} {arguments[0]}` did not respond within {seconds:g} s"
        raise UnreachableError(message, fix) from None
    except (OSError, UnicodeError) as error:
        raise ProgramError(f"{path} cannot be run: {type(error).__name__}", fix) from None
    if result.returncode:
        # What it wrote to stdout may be a secret; what it wrote to stderr is for people.
        raise ProgramError(f"`{name} {arguments[0]}` failed: {_last_words(result.stderr)}", fix)
    return result.stdout


def version_in(text: str) -> tuple[int, ...]:
    """The first version in what a program writes, such as (3, 259, 0); empty without one."""
    found = re.search(r"\d+\.\d+\.\d+", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
