"""Every `pulumi` command of the documentation is one of the real CLI, with the options it takes."""

import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from harness.toolchain import program

from tests.doc_commands import all_commands

_COMMANDS = all_commands("pulumi")


@cache
def _help(home: Path, *words: str) -> str:
    return subprocess.run(  # noqa: S603 the CLI that was built
        [program("pulumi"), *words, "--help"],
        env={**os.environ, "PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _usage(text: str) -> list[str]:
    """Words of the command that a help text is of; an alias shows its command's."""
    found = re.search(r"^  pulumi((?: [a-z-]+)*)", text.partition("Usage:")[2], re.MULTILINE)
    assert found, text
    return found[1].split()


def _complaint(words: Sequence[str], home: Path) -> str:
    """What the CLI does not know of a command; "" when it knows all of it."""
    plain: list[str] = []
    for word in words:
        if not re.fullmatch(r"[a-z][a-z-]*", word):
            break
        plain.append(word)
    while plain and len(_usage(_help(home, *plain))) < len(plain):
        plain.pop()
    text = _help(home, *plain)
    rest = words[len(plain) :]
    if "Available Commands:" in text and rest and re.fullmatch(r"[a-z][a-z-]*", rest[0]):
        return f"no command {rest[0]}"
    known = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", text.partition("Flags:")[2]))
    given = [word.partition("=")[0] for word in rest if word.startswith("-")]
    return ", ".join(f"no option {option}" for option in given if option not in known)


@pytest.mark.parametrize(
    ("page", "words"), _COMMANDS, ids=[f"{p.name}: {shlex.join(w)}" for p, w in _COMMANDS]
)
def test_the_cli_knows_the_command(
    page: Path, words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.getbasetemp() / "pulumi-home"

    assert not _complaint(words, home), page


def test_what_the_cli_does_not_know_is_found(tmp_path: Path) -> None:
    assert len(_COMMANDS) > 15
    assert _complaint(["stack", "explode"], tmp_path) == "no command explode"
    assert _complaint(["up", "--explode"], tmp_path) == "no option --explode"
    assert not _complaint(["stack", "init", "dev"], tmp_path)
