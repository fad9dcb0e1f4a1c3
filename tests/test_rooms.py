"""The rooms keep apart what must not know of each other."""

import ast
from pathlib import Path

import pytest

from stack_files.stack_file import ROOT

_KEPT_APART = {
    "offline": {"live"},
    "live": {"offline", "components"},
    "stack_files": {"live", "offline", "components"},
    "catalog": {"config", "derive", "preflight", "components", "live", "offline", "stack_files"},
}


def _imported(file: Path) -> set[str]:
    """Rooms and packages that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize(("room", "others"), _KEPT_APART.items(), ids=_KEPT_APART)
def test_a_room_imports_nothing_of_those_it_must_not_know(room: str, others: set[str]) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    for file in files:
        assert not _imported(file) & others, file


@pytest.mark.parametrize("room", ["config", "derive", "preflight", "components", "stack_files"])
def test_clients_of_running_services_are_not_loaded_by_a_plan(room: str) -> None:
    for file in (ROOT / room).rglob("*.py"):
        assert not _imported(file) & {"openai", "google", "requests"}, file
