"""Every check of these modules finds what it is for and lets near misses pass."""

from collections import Counter
from typing import Final

import pytest
import test_autopilot_and_disk
import test_capacity
import test_contradictions
import test_engine
import test_environment_and_volumes
import test_existing_gateway
import test_memory
import test_mirror
import test_names_network_release
import test_network_policy
import test_observability_checks
import test_picker_and_autoscaling
import test_refusals
import test_sglang
import test_simulation
import test_surface_and_system_pool
import test_throughput
import test_tpu
import test_traffic
import test_versions
import test_vpc_and_cluster
import test_weights
from preflight_cases import Table, Values

from inference.preflight import autopilot, capacity, disk, engine, lora, offers, throughput
from inference.preflight.check import CHECKS

TABLES: Final = (
    Table.of_cases((autopilot,), test_autopilot_and_disk.AUTOPILOT_CASES),
    Table.of_cases((capacity, offers), test_capacity.CASES),
    Table.of_cases((disk,), test_autopilot_and_disk.DISK_CASES),
    Table.of_cases((engine, lora), test_engine.CASES),
    Table.of_cases(test_memory.MODULES, test_memory.CASES),
    test_contradictions.TABLE,
    test_names_network_release.TABLE,
    test_network_policy.TABLE,
    test_sglang.TABLE,
    test_refusals.TABLE,
    Table.of_cases((throughput,), test_throughput.CASES),
    test_simulation.TABLE,
    test_picker_and_autoscaling.TABLE,
    test_mirror.TABLE,
    test_versions.TABLE,
    test_surface_and_system_pool.TABLE,
    test_observability_checks.TABLE,
    test_vpc_and_cluster.TABLE,
    test_traffic.TABLE,
    test_tpu.TABLE,
    test_weights.TABLE,
    test_environment_and_volumes.TABLE,
    test_existing_gateway.TABLE,
)
_LEAST_ROWS: Final = 2
_ELSEWHERE: Final = ("config.", "identity.", "preflight.", "replacement.")
"""Checks of more than settings, which have tests of their own."""
_IDS: Final = sorted({row[0] for table in TABLES for row in (*table.trips, *table.passes)})
_SAYS: Final = [pytest.param(table, *row, id=row[0]) for table in TABLES for row in table.words]


def test_every_check_has_rows_on_both_sides() -> None:
    for side in ("trips", "passes"):
        rows = Counter(row[0] for table in TABLES for row in getattr(table, side))
        few = {identifier for identifier in CHECKS if rows[identifier] < _LEAST_ROWS}

        assert {identifier for identifier in few if not identifier.startswith(_ELSEWHERE)} == set()


@pytest.mark.parametrize("identifier", _IDS)
def test_a_check_finds_what_it_is_for_and_lets_pass_what_only_looks_alike(identifier: str) -> None:
    for table in TABLES:
        for _, sections, path in table.trips_of(identifier):
            paths = [finding.path for finding in table.of(identifier, sections)]
            assert paths, sections
            assert path is None or paths == [path], sections
        for name, sections in table.passes:
            assert name != identifier or table.of(identifier, sections) == [], sections


@pytest.mark.parametrize(("table", "identifier", "sections", "message", "fix"), _SAYS)
def test_the_words_of_a_finding(
    *, table: Table, identifier: str, sections: Values, message: str, fix: str
) -> None:
    (finding,) = table.of(identifier, sections)

    assert (finding.message, finding.fix) == (message, fix)


@pytest.mark.parametrize("table", [table for table in TABLES if table.severities])
def test_how_grave_a_finding_is(table: Table) -> None:
    for identifier, severity in table.severities.items():
        _, sections, _ = table.trips_of(identifier)[0]
        assert {finding.severity for finding in table.of(identifier, sections)} == {severity}
