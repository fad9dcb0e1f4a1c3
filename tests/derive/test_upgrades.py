"""How much time for upgrades a maintenance policy leaves, in hours of the worst 32 days."""

from typing import Any

import pytest

from inference.config.maintenance import Maintenance
from inference.derive.addresses import addresses_a_node
from inference.derive.upgrades import least_maintenance

_EVERY_DAY: dict[str, Any] = {"hours": 4}
_SALE = {"name": "sale", "scope": "noUpgrades", "start": "2026-11-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("policy", "hours"),
    [
        ({}, 768),
        ({"window": _EVERY_DAY}, 128),
        ({"window": {"hours": 24}}, 768),
        # 32 days have at least four of each day.
        ({"window": {"days": ["SA"], "hours": 12}}, 48),
        ({"window": {"days": ["SA"], "hours": 11}}, 44),
        ({"window": {"days": ["SA", "SU"], "hours": 6}}, 48),
        ({"exclusions": [{**_SALE, "end": "2026-11-30T23:59:00Z"}]}, 48 + 1 / 60),
        ({"exclusions": [{**_SALE, "end": "2026-12-01T00:00:00Z"}]}, 48),
        ({"exclusions": [{**_SALE, "end": "2026-12-01T01:00:00Z"}]}, 47),
        # From 27 October on: the 31st, of which midnight takes two hours, and 21 November.
        (
            {
                "window": {"days": ["SA"], "hours": 24},
                "exclusions": [{**_SALE, "end": "2026-11-15T00:00:00Z"}],
            },
            46,
        ),
        # Only all upgrades together leave GKE nothing to do.
        (
            {
                "exclusions": [
                    {**_SALE, "end": "2027-03-01T00:00:00Z", "scope": "noMinorOrNodeUpgrades"}
                ]
            },
            768,
        ),
        # Between two exclusions three hours are left, which do not count.
        (
            {
                "exclusions": [
                    {**_SALE, "end": "2026-11-15T00:00:00Z"},
                    {
                        **_SALE,
                        "name": "next",
                        "start": "2026-11-15T03:00:00Z",
                        "end": "2026-12-01T00:00:00Z",
                    },
                ]
            },
            48,
        ),
    ],
)
def test_least_time_for_upgrades(policy: dict[str, Any], hours: float) -> None:
    maintenance = Maintenance.model_validate(policy)

    assert least_maintenance(maintenance).total_seconds() / 3600 == pytest.approx(hours)


@pytest.mark.parametrize(
    ("pods", "addresses"), [(8, 16), (9, 32), (32, 64), (64, 128), (110, 256), (256, 512)]
)
def test_addresses_that_a_node_takes(pods: int, addresses: int) -> None:
    assert addresses_a_node(pods) == addresses
