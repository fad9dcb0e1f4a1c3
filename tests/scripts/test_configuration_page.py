"""The page of the configuration: every key, what it takes, and examples that hold."""

import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import AfterValidator, Field

from inference.config.patterns import PATTERNS
from inference.config.read_settings import read_settings
from inference.config.section import Section
from inference.config.settings import Settings
from inference.config.stack_file import read_file
from scripts import configuration_page
from scripts.configuration_page import examples, keys, sections


def test_every_key_of_every_section_has_a_row() -> None:
    text = "\n".join(keys())
    names = {
        key
        for section in Settings.model_json_schema(by_alias=True)["$defs"].values()
        for key in section.get("properties", ())
    }

    assert len(names) > 60
    assert "Raises:" not in text, "a docstring's part for callers is no part of the page"
    assert {
        key
        for key in names
        if not re.search(rf"^\| \**`[^`]*\b{key}(\.NAME|\[\])?`", text, re.MULTILINE)
    } == set()


def test_every_section_has_a_heading_and_an_example_on_the_page() -> None:
    for key in sections():
        assert f"## {key}" in keys()
        assert key in examples(), f"give {key} an example in {configuration_page.EXAMPLES.name}"


@pytest.mark.parametrize("key", examples())
def test_an_example_is_a_stack_file_that_is_accepted(key: str, tmp_path: Path) -> None:
    example = examples()[key]
    assert f"```yaml\n{example}\n```" in "\n".join(keys())
    file = tmp_path / "Pulumi.example.yaml"
    indented = "".join(f"  {line}\n" for line in example.splitlines())
    project = "  gcp:project: a-project\n" + ("" if key == "models" else "  models: [{}]\n")
    file.write_text(f"config:\n{project}{indented}", encoding="utf-8")

    settings = read_settings(read_file(file))

    name, _ = sections()[key]
    assert name in settings.model_fields_set


def _even(value: int) -> int:
    """Even."""
    return value


class _Sample(Section):
    plain: str = "text"
    count: Annotated[int, Field(ge=1, le=1000)] | None = None
    many: Annotated[int, Field(ge=1)] = 1
    few: Annotated[int, Field(le=2)] = 1
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    reason: Annotated[str, Field(min_length=8, max_length=40)]
    label: Annotated[str, Field(pattern=next(iter(PATTERNS)))] = "a"
    own: Annotated[str, Field(pattern="^x|y$")] = "x"
    each: tuple[Annotated[int, Field(ge=2)], ...] = ()
    even: Annotated[int, AfterValidator(_even)] = 2


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("plain", "text"),
        ("count", "whole number: 1 to 1,000"),
        ("many", "whole number: at least 1"),
        ("few", "whole number: at most 2"),
        ("share", "number: above 0; below 1"),
        ("reason", "text: at most 40 characters; at least 8 characters"),
        ("label", f"text: {next(iter(PATTERNS.values()))}"),
        ("own", "text: matches `^x\\|y$`"),
        ("each", "list of whole numbers: at least 2"),
        ("even", "whole number: even"),
    ],
)
def test_constraints_are_told_in_words(key: str, words: str) -> None:
    field = _Sample.model_fields[key]

    assert configuration_page.value(_Sample, field) == words
