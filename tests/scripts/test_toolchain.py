"""What the tests of the engine and the data path need and cannot have is named, with status 77."""

from pathlib import Path

import pytest

from scripts import toolchain


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PATH has nothing but the programs of this folder, and what is built ends beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(toolchain, "OUTPUT", tmp_path / "out")
    return folder


def _go(programs: Path, download: str) -> None:
    """A Go that knows its version, and answers `go mod download` so."""
    file = programs / "go"
    file.write_text(
        f"#!/bin/sh\ncase $1 in version) echo go version go1.26 ;; mod) {download} ;; esac\n",
        encoding="utf-8",
    )
    file.chmod(0o755)


@pytest.mark.parametrize("arguments", [[], ["--data-path"]])
def test_without_go(
    programs: Path,
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(programs))

    assert toolchain.main(arguments) == toolchain.IMPOSSIBLE == 77
    assert capsys.readouterr().out == (
        "The tests cannot run here: Go is not installed; the programs of the tests are built with "
        "it\n"
    )


@pytest.mark.parametrize(
    "download",
    [
        """echo '{"Path": "m", "Error": "m@v1: module lookup disabled"}'; exit 1""",
        """echo 'go: m@v1: module lookup disabled' >&2; exit 1""",
    ],
)
def test_with_a_module_that_cannot_be_had(
    programs: Path, download: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _go(programs, download)

    assert toolchain.main([]) == toolchain.IMPOSSIBLE
    said = capsys.readouterr().out
    assert said.startswith(
        "The tests cannot run here: module sigs.k8s.io/gateway-api (gateway-api)"
    )
    assert said.endswith("m@v1: module lookup disabled\n")
