"""Whoever does what an error says has one error less, and no other."""

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import pytest
from conftest import make_settings
from preflight_cases import Values
from test_cases import TABLES

from inference.config import Configuration, Finding, Severity
from inference.config.finding import edit_first
from inference.preflight import check

_COMMAND: Final = re.compile(
    r"pulumi config (?P<verb>set|rm)(?: --path)? '?(?:gke-inference-gateway:|(?P<gcp>gcp):)"
    r"(?P<path>[^', ]+)'?(?: (?P<value>[^,]+))?"
)
_BLANK: Final = re.compile(r"[A-Z_]{4,}")
"""What the reader is to fill in, such as NAME."""
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]*")
_STEP: Final = re.compile(r"[^.\[\]]+")
_IDS: Final = sorted({row[0] for table in TABLES for row in table.trips})


def _errors(sections: Values) -> dict[tuple[str, str], Finding]:
    settings = make_settings(sections)
    found = check(Configuration(settings=settings, token=None), offline=True)
    return {(one.id, one.path): one for one in found if one.severity is Severity.ERROR}


def _value(text: str) -> Any:  # noqa: ANN401 YAML holds anything
    """What `pulumi config set --path` takes a text for: a whole number, truth, or text."""
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if _WHOLE.fullmatch(text) else text


def _key(step: str) -> Any:  # noqa: ANN401 of a list or a mapping
    return int(step) if step.isdigit() else step


def _below(place: Any, step: str, empty: Any) -> Any:  # noqa: ANN401 YAML holds anything
    """What is below a step of a path, made where it is missing, as Pulumi does."""
    if step.isdigit():
        for _ in range(int(step) + 1 - len(place)):
            place.append({})
    elif place.get(step) is None:
        place[step] = empty
    return place[_key(step)]


def _obeyed(sections: Values, fix: str) -> Values | None:
    """The stack after the first command of a fix; None where it asks for a value, or is an edit."""
    match = _COMMAND.match(fix)
    if match is None or (match["value"] is not None and _BLANK.search(match["value"])):
        return None
    result: Any = json.loads(json.dumps(sections))
    place: Any = result
    *steps, last = [*([match["gcp"]] if match["gcp"] else []), *_STEP.findall(match["path"])]
    for step, after in pairwise([*steps, last]):
        place = _below(place, step, [] if after.isdigit() else {})
    if match["verb"] == "rm":
        del place[_key(last)]
    elif last.isdigit() and int(last) == len(place):
        place.append(_value(match["value"]))
    else:
        place[_key(last)] = _value(match["value"])
    return result


@pytest.mark.parametrize("identifier", _IDS)
def test_a_fix_is_an_edit_first_and_leads_to_no_other_error(identifier: str) -> None:
    for table in TABLES:
        for _, sections, _ in table.trips_of(identifier):
            _assert_obeyed(table.of(identifier, sections), sections)


def _assert_obeyed(found: Sequence[Finding], sections: Values) -> None:
    after, obeyed = sections, list[Finding]()
    for finding in found:
        read = edit_first(finding.fix, "Pulumi.dev.yaml", "dev")
        assert not read.startswith("pulumi "), read
        fixed = _obeyed(after, finding.fix) if finding.severity is Severity.ERROR else None
        if fixed is not None:
            obeyed.append(finding)
            after = fixed
    if not obeyed:
        return
    left, before = _errors(after), _errors(sections)
    assert left.keys() <= before.keys() - {(one.id, one.path) for one in obeyed}
