"""Where a stack file says what a finding is about."""

from pathlib import Path
from typing import Final

import pytest

from inference.config import Finding, Severity
from inference.config.origin import Origin, Span

_TEXT: Final = """\
config:
  gcp:project: mine
  gke-inference-gateway:models:
    - &base
      name: a
      gpu: {count: "1"}
    - *base
  other:namespace: b
"""


def _found(folder: Path, path: str, identifier: str = "config.invalid-value") -> Span | None:
    file = folder / "stack.yaml"
    file.write_text(_TEXT, encoding="utf-8")
    finding = Finding(id=identifier, severity=Severity.ERROR, path=path, message="", fix="")
    return Origin(file, None).find(finding)


@pytest.mark.parametrize(
    ("path", "line", "start", "end"),
    [
        pytest.param("gcp:project", 2, 15, 19, id="key of a provider"),
        pytest.param("models", 3, 2, 30, id="key of the project"),
        pytest.param("models[0].name", 5, 12, 13, id="value"),
        pytest.param("models[0].gpu.count", 6, 19, 22, id="value with quotes"),
        pytest.param("models[1].gpu.count", 6, 19, 22, id="value by an alias"),
        pytest.param("models[0].gpu.capacity", 6, 6, 9, id="key that is not written"),
        pytest.param("models[0].lora.adapters[2].name", 4, 6, 7, id="section that is not written"),
        pytest.param("namespace", 8, 2, 17, id="key of a project of another name"),
    ],
)
def test_a_finding_is_found_in_the_file(
    tmp_path: Path, path: str, line: int, start: int, end: int
) -> None:
    found = _found(tmp_path, path, "config.unknown-key" if path == "namespace" else "a.b")

    assert found == Span(line=line, start=start, end=end)


@pytest.mark.parametrize("path", ["", "--out", "cluster.mode", "Deployment llama3-8b"])
def test_what_the_file_does_not_say_has_no_line(tmp_path: Path, path: str) -> None:
    assert _found(tmp_path, path) is None


@pytest.mark.parametrize("text", [None, "config: [", "a: &a [*a]\n", "- a\n", "config: {a: !x b"])
def test_a_file_that_cannot_be_read_has_no_lines(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "stack.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    finding = Finding(id="a.b", severity=Severity.ERROR, path="namespace", message="", fix="")

    assert Origin(file, None).find(finding) is None
    assert Origin(file, None).has(finding)
