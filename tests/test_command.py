"""The command line as a whole: its help, and how it ends when something is wrong with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from inference import arguments, cli
from inference.arguments import Arguments
from inference.config.stack_file import ROOT, StackFile
from inference.terminal import UNBROKEN, Hanging

_SECRET = "aTokenThatNobodyMaySee"  # noqa: S105 made up


@pytest.fixture(params=["80", "20"])
def project(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The project's folder, seen from a terminal of some columns."""
    monkeypatch.setattr(arguments, "ROOT", tmp_path)
    monkeypatch.setenv("COLUMNS", request.param)
    return tmp_path


def test_help_shows_two_groups_with_an_example_a_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    offline, live = capsys.readouterr().out.split("online, query")

    assert ended.value.code == 0
    assert "  plan  " in offline
    assert "  doctor  " in live
    for name, options in cli.EXAMPLES.items():
        assert f"inference {name} {options}\n" in offline + live
        assert cli.parser().parse_args([name, *options.split()])


def test_every_command_has_an_example() -> None:
    (commands,) = (action for action in cli.parser()._actions if action.choices)  # noqa: SLF001

    assert set(commands.choices or ()) == set(cli.EXAMPLES)


def test_the_help_of_a_command_ends_with_its_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["doctor", "--help"])
    shown = capsys.readouterr().out

    assert shown.startswith("usage: inference doctor [-h]")
    assert shown.endswith("example: inference doctor --stack dev\n")


@pytest.mark.parametrize(
    ("command", "indent"),
    [
        (["plan", "--stack", "nowhere"], 8),
        (["size", *cli.EXAMPLES["size"].split()], 4),
    ],
)
def test_what_is_long_hangs_on_a_terminal_and_is_one_line_in_a_pipe(
    command: list[str],
    indent: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cli.main(command)
    piped = "".join(capsys.readouterr())
    monkeypatch.setenv("COLUMNS", "80")
    cli.main(command)
    lines = "".join(capsys.readouterr()).splitlines()

    assert max(map(len, piped.splitlines())) > 80 >= max(map(len, lines))
    assert all(line == line.rstrip() for line in lines)
    assert "".join("".join(lines).split()) == "".join(piped.split())
    assert any(line.startswith(" " * indent) and line[indent] != " " for line in lines)


@pytest.mark.parametrize(
    ("name", "quoted", "is_link"), [("a", "a", False), ("a b", "'a b'", False), ("a", "a", True)]
)
def test_a_command_in_a_fix_names_the_stack_and_is_in_one_line(
    name: str,
    quoted: str,
    is_link: bool,  # noqa: FBT001 a column of the table
    project: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = project / f"Pulumi.{name}.yaml"
    if is_link:
        file.symlink_to(project / "elsewhere.yaml")
    file.write_text("config:\n  models: [{maxModelLen: 99999999}]\n", encoding="utf-8")

    assert cli.main(["plan", "--config", str(file)]) == 2

    key = "'gke-inference-gateway:models[0].maxModelLen'"
    command = f"pulumi config set --stack {quoted} --path {key} 10000000"
    assert f"({command})" in [line.strip() for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (24, ["one two three four fiver", "        six seven"]),
        (20, ["one two three four", "fiver six seven"]),
        (UNBROKEN, ["one two three four fiver six seven"]),
    ],
)
def test_only_later_lines_are_indented_and_none_on_a_narrow_terminal(
    columns: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Console(width=columns).print(Hanging(Text("one two three four fiver six seven"), 8))

    assert capsys.readouterr().out.splitlines() == lines


def test_a_shell_completes_commands(tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    environment = {
        **os.environ,
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "COMP_LINE": "inference do",
        "COMP_POINT": "12",
    }
    subprocess.run(
        [sys.executable, "-m", "inference"], env=environment, cwd=ROOT, check=True, timeout=120
    )

    assert answer.read_text(encoding="utf-8").strip() == "doctor"


@pytest.mark.parametrize("words", [[], ["no-such-command"], ["plan", "--no-such-option"]])
def test_a_command_line_that_is_none_ends_with_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)

    assert ended.value.code == 2
    assert "usage: inference" in capsys.readouterr().err


@pytest.mark.parametrize("wanted", [True, False])
def test_an_internal_error_says_so_and_shows_its_origin_on_request_alone(
    *, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wanted: bool
) -> None:
    def fail(arguments: Arguments) -> StackFile:
        del arguments
        raise KeyError(_SECRET)

    monkeypatch.setattr("inference.offline.commands.read", fail)
    if wanted:
        monkeypatch.setenv("INFERENCE_TRACEBACK", "1")
    status = cli.main(["plan"])
    err = capsys.readouterr().err

    assert status == 70
    assert "internal error: KeyError at test_command.py:" in err
    assert ("Traceback" in err) is wanted
    assert (_SECRET in err) is wanted
