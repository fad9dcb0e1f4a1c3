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


def test_a_command_takes_the_options_that_a_page_gives_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = all_commands("inference")

    assert len(found) > 25
    for page, words in found:
        # A page may name a command without all it needs, but must not name what it does not take.
        given = ["--out", "FILE"] if words[0] in _WRITING and "--out" not in words else []
        if words[0] == "size":
            needed = (pair for pair in _NEEDED.items() if pair[0] not in words)
            given += [word for pair in needed for word in pair]
        try:
            parser().parse_args([*words, *given])
        except SystemExit:
            pytest.fail(f"{page.name}: {shlex.join(words)}: {capsys.readouterr().err}")


def test_a_variable_that_make_is_given_is_read() -> None:
    for page in PAGES:
        for words in commands(page, "make"):
            for word in words:
                name, equals, _ = word.partition("=")
                assert not equals or f"$({name})" in _MAKEFILE, f"{page.name}: {word}"


def test_every_module_and_script_that_a_page_runs_exists() -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        for module in re.findall(r"python -m ([\w.]+)", text):
            assert importlib.util.find_spec(module), f"{page.name}: {module}"
        for script in re.findall(r"`(scripts/[\w-]+)", text):
            assert (ROOT / script).exists(), f"{page.name}: {script}"


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
