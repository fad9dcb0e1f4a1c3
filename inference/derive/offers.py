"""In which capacities and zones a machine can be had, by how it is asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, final

from inference.catalog.machines import ZONES, Capacity, Machine


class Asked(Enum):
    """Who asks Google for the nodes."""

    NODE_POOL = auto()
    """A node pool of this stack."""
    POD = auto()
    """A Pod on Autopilot, by its node selector."""
    COMPUTE_CLASS = auto()
    """A ComputeClass on Autopilot, which has several capacities to try."""


_CAPACITIES: Final = {
    Asked.NODE_POOL: frozenset(Capacity),
    Asked.POD: frozenset({Capacity.ON_DEMAND, Capacity.SPOT}),
    Asked.COMPUTE_CLASS: frozenset({Capacity.ON_DEMAND, Capacity.SPOT, Capacity.FLEX_START}),
}
"""What this program knows to ask for, in each way."""


@final
@dataclass(frozen=True, kw_only=True)
class Offer:
    """What there is of a machine."""

    capacities: tuple[Capacity, ...]
    """In alphabetical order."""
    zones: frozenset[str]
    """Zones known to have it; empty where no zone is known, so that every one may."""

    def lacks(self, zones: Collection[str]) -> list[str]:
        """The zones among these that are not known to have it."""
        return [zone for zone in zones if self.zones and zone not in self.zones]


def offered(machine: Machine, asked: Asked) -> Offer:
    """Capacities and zones in which a machine can be had when it is asked for in this way."""
    return Offer(
        capacities=tuple(sorted(machine.capacities & _CAPACITIES[asked])),
        zones=ZONES.get(machine.name, frozenset()),
    )
