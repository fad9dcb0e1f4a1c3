"""Every command in the documentation exists, with the options that it is given."""

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from inference.cli import parser
from tests.doc_commands import PAGES, ROOT, all_commands, commands

_MAKEFILE: Final = (ROOT / "Makefile").read_text("utf-8")


def _line(page: Path, words: list[str]) -> str:
    return f"{page.name}: {shlex.join(words)}"


_COMMANDS: Final = all_commands("inference")
_WRITING: Final = {"render", "graph", "timeline", "report"}
_NEEDED: Final = {
    "--model": "M",
    "--rate": "1",
    "--input": "1",
    "--output": "1",
    "--ttft": "1",
    "--itl": "1",
}
"""What `size` cannot do without."""


@pytest.mark.parametrize(
    ("page", "words"), _COMMANDS, ids=[_line(page, words) for page, words in _COMMANDS]
)
def test_a_command_takes_the_options_that_a_page_gives_it(
    page: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    # A page may name a command without all that it needs; it must not name what it does not take.
    given = ["--out", "FILE"] if words[0] in _WRITING and "--out" not in words else []
    if words[0] == "size":
        needed = (pair for pair in _NEEDED.items() if pair[0] not in words)
        given += [word for pair in needed for word in pair]
    try:
        parser().parse_args([*words, *given])
    except SystemExit:
        pytest.fail(f"{_line(page, words)}: {capsys.readouterr().err}")


def test_there_are_commands_on_the_pages() -> None:
    assert len(_COMMANDS) > 25


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_variable_that_make_is_given_is_read(page: Path) -> None:
    for words in commands(page, "make"):
        for word in words:
            name, equals, _ = word.partition("=")
            if equals:
                assert f"$({name})" in _MAKEFILE, word


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_and_script_that_a_page_runs_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    for module in re.findall(r"python -m ([\w.]+)", text):
        assert importlib.util.find_spec(module), module
    for script in re.findall(r"`(scripts/[\w-]+)", text):
        assert (ROOT / script).exists(), script


@pytest.mark.parametrize(
    ("text", "program", "found"),
    [
        ("```sh\nmake plan   # what\n```\n", "make", [["plan"]]),
        ("see `make plan STACK=NAME`.", "make", [["plan", "STACK=NAME"]]),
        (
            "```sh\n.venv/bin/inference doctor --json\n```\n",
            "inference",
            [["doctor", "--json"]],
        ),
        ("```sh\na; pulumi up --yes && b\n```\n", "pulumi", [["up", "--yes"]]),
        (
            '```sh\neval "$(pulumi stack output curl)"\n```\n',
            "pulumi",
            [["stack", "output", "curl"]],
        ),
        ("the Pulumi CLI, `pulumi`, and `pulumi-gcp`", "pulumi", []),
        ("```yaml\npulumi up\n```\n", "pulumi", []),
    ],
)
def test_commands_are_found(
    text: str, program: str, found: list[list[str]], tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, "utf-8")

    assert list(commands(page, program)) == found
