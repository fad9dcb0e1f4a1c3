"""`cluster.maintenance`: when GKE may upgrade, in UTC."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, final

from pydantic import AfterValidator, Field

from inference.catalog.limits import EXCLUSIONS, LEAST_WINDOW_HOURS
from inference.config.patterns import MOMENT_PATTERN, TIME_PATTERN
from inference.config.section import ResourceName, Section, each_once

_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"
_SATURDAY: Final = datetime(2000, 1, 1)  # noqa: DTZ001 everything here is UTC
"""A day in the past that a window is counted from; its weekday is not used."""


class Day(StrEnum):
    """Days of the week, in UTC, as RFC 5545 writes them, Monday first as in Python."""

    MONDAY = "MO"
    TUESDAY = "TU"
    WEDNESDAY = "WE"
    THURSDAY = "TH"
    FRIDAY = "FR"
    SATURDAY = "SA"
    SUNDAY = "SU"


_ORDER: Final = tuple(Day)


class ExclusionScope(StrEnum):
    """What an exclusion forbids."""

    NO_UPGRADES = "noUpgrades"
    NO_MINOR_UPGRADES = "noMinorUpgrades"
    NO_MINOR_OR_NODE_UPGRADES = "noMinorOrNodeUpgrades"


def _moment(text: str) -> str:
    datetime.strptime(text, _FORMAT)  # noqa: DTZ007 the pattern demands the Z of UTC
    return text


Moment = Annotated[str, Field(pattern=MOMENT_PATTERN), AfterValidator(_moment)]
"""A moment in UTC; other offsets come back from GKE as another text at each refresh."""


def moment(text: str) -> datetime:
    """A moment as a time without zone, which is UTC."""
    return datetime.strptime(text, _FORMAT)  # noqa: DTZ007 everything here is UTC


@final
class MaintenanceWindow(Section):
    """When GKE may upgrade control plane and nodes by itself."""

    days: Annotated[tuple[Day, ...], Field(min_length=1), AfterValidator(each_once)] = tuple(Day)
    """Days on which the window starts, from `MO` to `SU`; every day when unset."""
    start: Annotated[str, Field(pattern=TIME_PATTERN)] = "02:00Z"
    """Start time in UTC, such as `02:00Z`."""
    hours: Annotated[int, Field(ge=LEAST_WINDOW_HOURS, le=24)] = 6
    """Length in hours; GKE requires at least 4."""

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return timedelta(hours=self.hours)

    @property
    def first(self) -> datetime:
        """A beginning in the past, on the first of its days."""
        hour, minute = self.start.removesuffix("Z").split(":")
        offset = min((_ORDER.index(day) - _SATURDAY.weekday()) % 7 for day in self.days)
        return _SATURDAY + timedelta(days=offset, hours=int(hour), minutes=int(minute))

    @property
    def start_time(self) -> str:
        """The first beginning, as GKE takes it."""
        return self.first.strftime(_FORMAT)

    @property
    def end_time(self) -> str:
        """The end of the first one."""
        return (self.first + self.length).strftime(_FORMAT)

    @property
    def recurrence(self) -> str:
        """The rule of RFC 5545."""
        if len(self.days) == len(_ORDER):
            return "FREQ=DAILY"
        return f"FREQ=WEEKLY;BYDAY={','.join(sorted(self.days, key=_ORDER.index))}"


@final
class MaintenanceExclusion(Section):
    """A time in which GKE leaves the cluster as it is."""

    name: ResourceName
    """Name of the exclusion."""
    start: Moment
    """Start, in UTC, such as `2026-12-18T00:00:00Z`."""
    end: Moment
    """End, in UTC."""
    scope: ExclusionScope = ExclusionScope.NO_MINOR_OR_NODE_UPGRADES
    """`noUpgrades`, `noMinorUpgrades`, or `noMinorOrNodeUpgrades`, which leaves nodes alone."""


@final
class Maintenance(Section):
    """Upgrades that GKE makes by itself; at any time when unset."""

    window: MaintenanceWindow | None = None
    """When GKE may upgrade; at any time when unset."""
    exclusions: Annotated[tuple[MaintenanceExclusion, ...], Field(max_length=EXCLUSIONS)] = ()
    """When GKE may not upgrade."""
