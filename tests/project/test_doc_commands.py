"""Every command in the documentation exists, with the options that it is given."""

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Final

import pytest
from inference.offline.cli import command_parser as offline_parser

from inference.live.commands import parser as live_parser
from tests.doc_commands import PAGES, ROOT, all_commands, commands

_MODULES: Final = {"offline": offline_parser(), "live": live_parser(None)}
_MAKEFILE: Final = (ROOT / "Makefile").read_text("utf-8")


def _line(page: Path, words: list[str]) -> str:
    return f"{page.name}: {shlex.join(words)}"


_OF_MODULES: Final = [
    (module, page, words)
    for module in _MODULES
    for page, words in [
        *all_commands(f"python -m {module}"),
        # Within a line, the documentation leaves out what begins each of them.
        *((page, words) for page in PAGES for words in commands(page, module)),
    ]
]


@pytest.mark.parametrize(
    ("module", "page", "words"), _OF_MODULES, ids=[_line(p, w) for _, p, w in _OF_MODULES]
)
def test_a_command_takes_the_options_that_a_page_gives_it(
    module: str, page: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    # A page may name a command without all that it needs; it must not name what it does not take.
    needed = ["--out", "FILE"] if module == "offline" and words[0] != "plan" else []
    given = [] if "--out" in words else needed
    try:
        _MODULES[module].parse_args([*words, *given])
    except SystemExit:
        pytest.fail(f"{_line(page, words)}: {capsys.readouterr().err}")


def test_there_are_commands_on_the_pages() -> None:
    assert len(_OF_MODULES) > 25
    assert {module for module, _, _ in _OF_MODULES} == set(_MODULES)


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
