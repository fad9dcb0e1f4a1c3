"""Every check of these modules finds what it is for and lets near misses pass."""

from collections import Counter
from types import ModuleType
from typing import Final

import pytest
import test_autopilot_and_disk
import test_capacity
import test_engine
import test_memory
import test_names_network_release
import test_network_policy
import test_picker_and_autoscaling
import test_simulation
import test_surface_and_system_pool
import test_traffic
import test_vpc_and_cluster
import test_watching
from preflight_cases import Case, Table, Values

from config.settings import Settings
from preflight import autopilot, capacity, disk, engine, memory
from preflight.registry import Check

_TABLES: Final[tuple[tuple[ModuleType, tuple[Check, ...], tuple[Case, ...]], ...]] = (
    (autopilot, autopilot.CHECKS, test_autopilot_and_disk.AUTOPILOT_CASES),
    (capacity, capacity.CHECKS, test_capacity.CASES),
    (disk, disk.CHECKS, test_autopilot_and_disk.DISK_CASES),
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


_OTHERS: Final = (
    test_names_network_release.TABLE,
    test_network_policy.TABLE,
    test_simulation.TABLE,
    test_picker_and_autoscaling.TABLE,
    test_surface_and_system_pool.TABLE,
    test_watching.TABLE,
    test_vpc_and_cluster.TABLE,
    test_traffic.TABLE,
)
_FINDS: Final = [
    pytest.param(table, *row, id=f"{row[0]}: {index}")
    for table in _OTHERS
    for index, row in enumerate(table.trips)
]
_LETS_PASS: Final = [
    pytest.param(table, *row, id=f"{row[0]}: {index}")
    for table in _OTHERS
    for index, row in enumerate(table.passes)
]
_SAYS: Final = [pytest.param(table, *row, id=row[0]) for table in _OTHERS for row in table.words]


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


@pytest.mark.parametrize("table", _OTHERS)
def test_every_check_has_its_rows_in_the_tables(table: Table) -> None:
    checks = {check.id for module in table.modules for check in module.CHECKS}

    assert checks == {row[0] for row in table.words}
    for rows in (table.trips, table.passes):
        count = Counter(row[0] for row in rows)
        assert {identifier for identifier in checks if count[identifier] < 2} == set()


@pytest.mark.parametrize(("table", "identifier", "sections", "path"), _FINDS)
def test_a_check_finds_what_it_is_for(
    table: Table, identifier: str, sections: Values, path: str
) -> None:
    assert [finding.path for finding in table.of(identifier, sections)] == [path]


@pytest.mark.parametrize(("table", "identifier", "sections"), _LETS_PASS)
def test_a_check_lets_pass_what_only_looks_alike(
    table: Table, identifier: str, sections: Values
) -> None:
    assert table.of(identifier, sections) == []


@pytest.mark.parametrize(("table", "identifier", "sections", "message", "fix"), _SAYS)
def test_the_words_of_a_finding(
    *, table: Table, identifier: str, sections: Values, message: str, fix: str
) -> None:
    (finding,) = table.of(identifier, sections)

    assert (finding.message, finding.fix) == (message, fix)
