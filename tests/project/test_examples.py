"""Every stack of `examples/`: it says what it is for, is accepted, and can be rendered."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import pytest
from conftest import run_of

from inference.config.stack_file import ROOT, read_file
from inference.offline.plan import make_plan
from inference.offline.render import render
from scripts.stack_schema import MODELINE

EXAMPLES: Final = sorted((ROOT / "examples").glob("*.yaml"))
_EXPECTED: Final = {
    "capacity.downtime",  # The cheapest have one server.
    "identity.project-placeholder",
    "identity.token-missing",
    "values.documentation-range",  # In place of the reader's.
    "values.reserved-domain",
}
_FEWEST: Final = 7
_STORED: Final = re.compile(r"\d+|(?!\d*000m)\d+m|\d+[KMGT]i")
"""Quantities as the API server gives them back: another spelling would be drift at a refresh."""
_AMOUNTS: Final = frozenset({"cpu", "memory", "ephemeral-storage", "sizeLimit", "averageValue"})


def _amounts(inputs: Any) -> Iterator[Any]:  # noqa: ANN401 any JSON
    """The quantities of a resource, wherever they stand."""
    keyed = isinstance(inputs, dict)
    parts = cast("dict[Any, Any]", inputs).items() if keyed else enumerate(inputs)
    for key, value in parts:
        if key in _AMOUNTS:
            yield value
        elif isinstance(value, (dict, list)):
            yield from _amounts(value)


def test_there_is_one_for_each_need() -> None:
    assert len(EXAMPLES) >= _FEWEST


def test_an_example_finds_its_schema_here_and_as_a_copy_in_the_root() -> None:
    relative = MODELINE.partition("$schema=")[2]
    here = ROOT / "examples" / relative

    reference = json.loads(here.read_text(encoding="utf-8"))["$ref"]
    assert (here.parent / reference).resolve() == ROOT / relative
    assert (ROOT / relative).is_file()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_says_what_it_is_for_and_is_planned_and_rendered(
    file: Path, tmp_path: Path
) -> None:
    schema, purpose, *_ = file.read_text(encoding="utf-8").splitlines()
    assert schema == MODELINE
    assert purpose.startswith("# ")

    plan = make_plan(run_of(read_file(file)))

    left = [one for one in plan.run.findings if one.silenced is None]
    assert {one.id for one in left if one.severity != "info"} <= _EXPECTED
    objects = [one.inputs for one in plan.run.resources if not one.type.endswith(":Release")]
    assert [one for one in _amounts(objects) if not _STORED.fullmatch(str(one))] == []
    written = render(plan, tmp_path)
    assert {"Deployment", "HTTPRoute"} <= {
        line.removeprefix("kind: ")
        for path in written
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("kind: ")
    }
