"""Every check of capacity, memory and engine finds what it is for and lets near misses pass."""

from types import ModuleType
from typing import Final

import pytest
import test_capacity
import test_engine
import test_memory
from preflight_cases import Case, Values

from config.settings import Settings
from preflight import capacity, engine, memory
from preflight.registry import Check

_TABLES: Final[tuple[tuple[ModuleType, tuple[Check, ...], tuple[Case, ...]], ...]] = (
    (capacity, capacity.CHECKS, test_capacity.CASES),
    (engine, engine.CHECKS, test_engine.CASES),
    (memory, memory.CHECKS, test_memory.CASES),
)
_TRIPS: Final = [
    pytest.param(module, case.id, raw, id=f"{case.id}: {name}")
    for module, _, cases in _TABLES
    for case in cases
    for name, raw in case.trips.items()
]
_PASSES: Final = [
    pytest.param(module, case.id, raw, id=f"{case.id}: {name}")
    for module, _, cases in _TABLES
    for case in cases
    for name, raw in case.passes.items()
]


def _ids(module: ModuleType, raw: Values) -> set[str]:
    return {finding.id for finding in module.findings(Settings.model_validate(raw))}


def test_every_check_has_cases_on_both_sides() -> None:
    for _, checks, cases in _TABLES:
        assert {case.id for case in cases} == {check.id for check in checks}
        assert all(len(case.trips) >= 2 and len(case.passes) >= 2 for case in cases)


@pytest.mark.parametrize(("module", "identifier", "raw"), _TRIPS)
def test_a_check_finds(module: ModuleType, identifier: str, raw: Values) -> None:
    assert identifier in _ids(module, raw)


@pytest.mark.parametrize(("module", "identifier", "raw"), _PASSES)
def test_a_near_miss_passes(module: ModuleType, identifier: str, raw: Values) -> None:
    assert identifier not in _ids(module, raw)
