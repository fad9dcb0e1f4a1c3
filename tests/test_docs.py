"""Generated documentation is current, and the README's commands exist."""

import re
import subprocess
from pathlib import Path

import pytest
from conftest import COMMITTED_STACKS

from inference.cli import main
from inference.config.read_settings import read_settings
from inference.config.stack_file import read_stack
from scripts import capacity_page, docs

_ROOT = docs.ROOT


def test_decisions_are_numbered() -> None:
    page = docs.DECISIONS.read_text(encoding="utf-8")
    numbers = [int(heading.partition(".")[0]) for heading in docs.headings(page)]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    "file", sorted({*docs.PARTS} - {docs.CAPACITY}), ids=lambda file: file.name
)
def test_a_generated_page_is_current(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == docs.page(file), "run `make docs`"


def test_generated_files_are_current() -> None:
    for file, content in docs.whole_files().items():
        assert file.read_text(encoding="utf-8") == content, "run `make docs`"


def test_page_of_capacity_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    page = docs.CAPACITY.read_text(encoding="utf-8")
    known = capacity_page.configurations()
    # All rows take seconds; whatever changes them changes those of one configuration too.
    monkeypatch.setattr(capacity_page, "configurations", lambda: known[:1])
    lines = [line for line in docs.page(docs.CAPACITY).splitlines() if "each predicted" not in line]

    assert len(lines) > 20
    assert [line for line in lines if line not in page.splitlines()] == [], "run `make docs`"
    error = re.search(r"the median error is (\d+)% and the largest (\d+)%", page)
    assert error is not None
    assert int(error[1]) <= 15
    assert int(error[2]) <= 30


@pytest.mark.usefixtures("runs_once")
def test_offline_commands_of_their_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (docs.DOCS / "commands.md").read_text(encoding="utf-8")
    commands = re.findall(
        r"^\.venv/bin/inference ((?:plan|render|graph|timeline|report) .+)$", page, re.MULTILINE
    )
    monkeypatch.chdir(tmp_path)

    assert len(commands) >= 3
    for command in commands:
        assert main(command.split()) == 0
    capsys.readouterr()


def test_the_rehearsal_leads_from_a_cluster_to_requests() -> None:
    page = (docs.DOCS / "rehearsal.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^<!-- rehearsal -->\n```sh\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    lines = block.splitlines()
    stack = read_settings(read_stack("local"))

    assert lines[0].startswith("kind create cluster --name ")
    assert stack.cluster.context == f"kind-{lines[0].split()[-1]}"
    assert f"service/{stack.gateway.name} " in block
    assert lines[-1].startswith(".venv/bin/inference smoke --stack local --url http://127.")
    assert all(line and not line.startswith((" ", "#")) for line in lines)


def test_make_says_what_it_installs() -> None:
    shown = subprocess.run(
        ["make", "--always-make", "--dry-run", "test", "policy", "checkov"],  # noqa: S607
        cwd=_ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    said = re.findall(r"Installing ([^\s:]+)", shown)
    assert set(said) == set(re.findall(r"--requirement (\S+)", shown))


def test_the_committed_stacks_stand_in_the_readme() -> None:
    readme = (_ROOT / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `Pulumi\.(.+)\.yaml` \|", readme, re.MULTILINE)

    assert sorted(table) == sorted(COMMITTED_STACKS)
    assert all(f"`{file.stem}`" in readme for file in (_ROOT / "examples").glob("*.yaml"))
