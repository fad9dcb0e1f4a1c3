"""In which capacities and zones a machine can be had."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import final

from inference.catalog.machines import ZONES, Capacity, Machine


@final
@dataclass(frozen=True, kw_only=True)
class Offer:
    """What there is of a machine."""

    capacities: tuple[Capacity, ...]
    """In alphabetical order."""
    zones: frozenset[str]
    """Zones known to have it; empty where no zone is known, so that every one may."""

    def zones_in(self, region: str | None) -> list[str] | None:
        """Zones that are known to have it, in a region or all; None where none is known."""
        prefix = f"{region}-" if region else ""
        return sorted(zone for zone in self.zones if zone.startswith(prefix)) or (
            [] if self.zones else None
        )

    def lacks(self, zones: Collection[str]) -> list[str]:
        """The zones among these that are not known to have it."""
        return [zone for zone in zones if self.zones and zone not in self.zones]


def offered(machine: Machine) -> Offer:
    """Capacities and zones in which a machine can be had."""
    return Offer(
        capacities=tuple(sorted(machine.capacities)),
        zones=ZONES.get(machine.name, frozenset()),
    )
