"""Whoever does what an error says has one error less, and no other, until the stack is accepted."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from conftest import make_settings
from preflight_cases import Table, Values
from test_cases import TABLES

from inference.config import Configuration, Finding, Severity
from inference.config.finding import PROJECT, Edit, edit_first
from inference.config.yaml_loader import SafeLoader
from inference.preflight import check
from inference.preflight.check import CHECKS

_STEP: Final = re.compile(r'\["(?P<quoted>[^"]+)"\]|\[(?P<index>\d+)\]|(?P<key>[^.\[\]]+)')
_NO_EDIT: Final[Mapping[str, str]] = {
    "cluster.exclusion-ends-first": "the moment at which it ends",
    "cluster.no-context": "a context of the reader's kubeconfig",
    "env.endpoint": "the address of the reader's mirror",
    "gateway.secret-is-token": "the name of the reader's Secret",
    "google.exclusion-too-long": "which exclusion can go, or end earlier",
    "google.too-many-labels": "which labels can go",
    "google.too-many-nodes": "which pools can have fewer nodes",
    "names.same-authorization": "which hostname can be another",
    "network.few-node-addresses": "a range that is free in the reader's network",
    "network.few-pod-addresses": "a range that is free in the reader's network",
    "network.overlap": "a range that is free in the reader's network",
    "network.ranges-incomplete": "names of the reader's subnet and ranges",
    "node-pools.reservation-incomplete": "the name of the reader's reservation",
    "system-pool.too-small": "which models go to a stack of their own",
    "traffic.gke-only": "the name of the reader's certificate",
    "traffic.model-armor-region": "a template is made outside the stack",
    "values.image": "the image's digest",
    "values.reserved-domain": "a name in the reader's domain",
    "values.repository": "the repository",
    "values.hostname": "a name in the reader's domain",
    "vllm.argument-too-long": "the value goes into a file outside the stack",
    "volumes.adapter-address": "the reader's bucket or volume",
    "volumes.one-source": "the reader's claim or ConfigMap",
}
"""Errors that no single edit fixes, and what only the reader knows."""
_CASES: Final = Path(__file__).parents[1] / "cases"
_IDS: Final = sorted({row[0] for table in TABLES for row in table.trips})


def _sections(file: Path) -> Values:
    """What a stack file says, by section; nothing where the loader refuses it."""
    try:
        config = yaml.load(file.read_bytes(), Loader=SafeLoader)["config"]  # noqa: S506 safe
        named = {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}
        gcp = {key[4:]: named.pop(key) for key in list(named) if key.startswith("gcp:")}
        make_settings({"gcp": gcp, **named})
    except (yaml.YAMLError, ValueError):
        return {}
    return {"gcp": gcp, **named}


_FILES: Final = [
    file
    for file in (
        *sorted(_CASES.glob("refuse-*.yaml")),
        *sorted((_CASES.parents[2] / "shared" / "cases").glob("[rp]*.yaml")),
    )
    if _sections(file)
]


def _errors(sections: Values) -> dict[tuple[str, str], Finding]:
    return {(one.id, one.path): one for one in _found(sections) if one.severity is Severity.ERROR}


def _steps(path: str) -> list[str | int]:
    """Keys and positions of a path of Pulumi's, such as `nodePools[0].labels["a.b/c"]`."""
    return [
        int(step["index"]) if step["index"] else step["quoted"] or step["key"]
        for step in _STEP.finditer(path.replace(":", "."))
    ]


def _below(place: Any, step: str | int, empty: Any) -> Any:  # noqa: ANN401 YAML holds anything
    """What is below a step of a path, made where it is missing, as Pulumi does."""
    if isinstance(step, int):
        for _ in range(step + 1 - len(place)):
            place.append({})
    elif place.get(step) is None:
        place[step] = empty
    return place[step]


def _obeyed(sections: Values, edit: Edit) -> Values:
    """The stack after an edit."""
    result: Any = json.loads(json.dumps(sections))
    place: Any = result
    *steps, last = _steps(edit.path)
    for step, after in pairwise([*steps, last]):
        place = _below(place, step, [] if isinstance(after, int) else {})
    if edit.value is None:
        place.pop(last, None) if isinstance(place, dict) else place.pop(last)
    elif isinstance(last, int) and last == len(place):
        place.append(edit.value)
    else:
        place[last] = edit.value
    return result


@pytest.mark.parametrize("identifier", _IDS)
def test_a_fix_is_an_edit_first_and_leads_to_no_other_error(identifier: str) -> None:
    for table in TABLES:
        for _, sections, _ in table.trips_of(identifier):
            for finding in table.of(identifier, sections):
                read = edit_first(finding.fix, "Pulumi.dev.yaml", "dev")
                assert not read.startswith("pulumi "), read
            _assert_obeyed(table, identifier, sections)


@pytest.mark.parametrize(
    "identifier", [one for one in _IDS if CHECKS[one].severity is not Severity.ERROR]
)
def test_advice_is_not_given_again_once_obeyed_nor_leads_back(identifier: str) -> None:
    """Of warnings too: neither to what was refused before, nor by the advice that follows."""
    rows = [row for table in TABLES for row in table.trips_of(identifier)[:2]]
    for _, sections, _ in rows:
        before = {one for one in _found(sections) if one.edits}
        for finding in before:
            if finding.id == identifier:
                after = _obeyed_all(sections, finding)
                follows = {one for one in _found(after) if one.edits} - before
                assert (finding.id, finding.path) not in {(one.id, one.path) for one in follows}
                for one in follows:
                    assert _obeyed_all(after, one) != sections, (finding.fix, one.fix)


def _found(sections: Values) -> Sequence[Finding]:
    return _found_once(json.dumps(sections))


@cache
def _found_once(sections: str) -> Sequence[Finding]:
    """Of the same stack once: one test goes on from where another began."""
    settings = make_settings(json.loads(sections))
    return tuple(check(Configuration(settings=settings, token=None), offline=True))


def _obeyed_all(sections: Values, finding: Finding) -> Values:
    for one in finding.edits:
        sections = _obeyed(sections, one)
    return sections


def _assert_obeyed(table: Table, identifier: str, sections: Values) -> None:
    after = sections
    edits = [edits for edits in _edits(table, identifier, after) if edits]
    for _ in edits:
        for edit in next(_edits(table, identifier, after), ()):
            after = _obeyed(after, edit)

    assert not edits or _errors(after).keys() < _errors(sections).keys()


def _edits(table: Table, identifier: str, sections: Values) -> Iterator[tuple[Edit, ...]]:
    for finding in table.of(identifier, sections):
        if finding.severity is Severity.ERROR:
            yield finding.edits


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_edits_of_a_stack_file_lead_to_one_that_is_accepted(file: Path) -> None:
    after = _sections(file)
    before = _errors(after)
    for _ in before:
        for edit in next((one.edits for one in _errors(after).values() if one.edits), ()):
            after = _obeyed(after, edit)

    assert {identifier for identifier, _ in _errors(after)} <= _NO_EDIT.keys()
    assert _errors(after).keys() <= before.keys()


def test_errors_without_an_edit_are_known_with_what_only_the_reader_knows() -> None:
    without = {
        identifier
        for table in TABLES
        for identifier, sections, _ in table.trips
        if () in _edits(table, identifier, sections)
    }

    assert without == _NO_EDIT.keys()
