"""Every check of these modules finds what it is for and lets near misses pass."""

from collections import Counter
from typing import Final

import pytest
import test_autopilot_and_disk
import test_capacity
import test_engine
import test_memory
import test_names_network_release
import test_network_policy
import test_picker_and_autoscaling
import test_refusals
import test_sglang
import test_simulation
import test_surface_and_system_pool
import test_throughput
import test_traffic
import test_vpc_and_cluster
import test_watching
import test_weights
from preflight_cases import Table, Values

from inference.config import Severity
from inference.preflight import autopilot, capacity, disk, engine, memory, throughput

_TABLES: Final = (
    Table.of_cases(autopilot, test_autopilot_and_disk.AUTOPILOT_CASES),
    Table.of_cases(capacity, test_capacity.CASES),
    Table.of_cases(disk, test_autopilot_and_disk.DISK_CASES),
    Table.of_cases(engine, test_engine.CASES),
    Table.of_cases(memory, test_memory.CASES),
    Table.of_cases(throughput, test_throughput.CASES),
    test_names_network_release.TABLE,
    test_network_policy.TABLE,
    test_sglang.TABLE,
    test_simulation.TABLE,
    test_picker_and_autoscaling.TABLE,
    test_refusals.TABLE,
    test_surface_and_system_pool.TABLE,
    test_watching.TABLE,
    test_vpc_and_cluster.TABLE,
    test_traffic.TABLE,
    test_weights.TABLE,
)
_FINDS: Final = [
    pytest.param(table, *row, id=f"{row[0]}: {index}")
    for table in _TABLES
    for index, row in enumerate(table.trips)
]
_LETS_PASS: Final = [
    pytest.param(table, *row, id=f"{row[0]}: {index}")
    for table in _TABLES
    for index, row in enumerate(table.passes)
]
_SAYS: Final = [pytest.param(table, *row, id=row[0]) for table in _TABLES for row in table.words]
_WEIGHS: Final = [
    pytest.param(table, *row, id=row[0]) for table in _TABLES for row in table.severities.items()
]


@pytest.mark.parametrize("table", _TABLES)
def test_every_check_has_its_rows_in_the_tables(table: Table) -> None:
    checks = {check.id for module in table.modules for check in module.CHECKS}

    assert not table.words or checks == {row[0] for row in table.words}
    for rows in (table.trips, table.passes):
        count = Counter(row[0] for row in rows)
        assert {identifier for identifier in checks if count[identifier] < 2} == set()


@pytest.mark.parametrize(("table", "identifier", "sections", "path"), _FINDS)
def test_a_check_finds_what_it_is_for(
    table: Table, identifier: str, sections: Values, path: str | None
) -> None:
    paths = [finding.path for finding in table.of(identifier, sections)]

    assert paths
    assert path is None or paths == [path]


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


@pytest.mark.parametrize(("table", "identifier", "severity"), _WEIGHS)
def test_how_grave_a_finding_is(table: Table, identifier: str, severity: Severity) -> None:
    sections = next(row[1] for row in table.trips if row[0] == identifier)

    assert {finding.severity for finding in table.of(identifier, sections)} == {severity}
