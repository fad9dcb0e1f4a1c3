"""How much time a maintenance policy leaves GKE for upgrades."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from inference.config.maintenance import ExclusionScope, Maintenance, MaintenanceWindow, moment

Opening = tuple[datetime, datetime]
SPAN: Final = timedelta(days=32)
"""GKE looks at every stretch of this length."""
SHORTEST: Final = timedelta(hours=4)
"""Shorter openings do not count."""


def _openings(window: MaintenanceWindow | None, begin: datetime, end: datetime) -> list[Opening]:
    """When upgrades may happen between two moments, exclusions aside."""
    if window is None:
        return [(begin, end)]
    days = set(window.days)
    names = tuple(type(window.days[0]))
    midnight = window.first.replace(hour=0, minute=0)
    clock = window.first - midnight
    found: list[Opening] = []
    day = begin.replace(hour=0, minute=0, second=0) - timedelta(days=1)
    while day < end:
        if names[day.weekday()] in days:
            opening = day + clock
            # A window of a whole day each day is one that never closes.
            if found and found[-1][1] == opening:
                found[-1] = (found[-1][0], opening + window.length)
            else:
                found.append((opening, opening + window.length))
        day += timedelta(days=1)
    return found


def _without(openings: list[Opening], begin: datetime, end: datetime) -> Iterator[Opening]:
    for first, last in openings:
        if last <= begin or first >= end:
            yield first, last
            continue
        if first < begin:
            yield first, begin
        if last > end:
            yield end, last


def _least(openings: list[Opening], begin: datetime, end: datetime) -> timedelta:
    """Least time in any stretch of `SPAN` between two moments.

    The least lies where a stretch begins with the end of an opening, or ends with a beginning.
    """
    starts = {begin, *(last for _, last in openings), *(first - SPAN for first, _ in openings)}
    least = SPAN
    for start in starts:
        if start < begin or start + SPAN > end:
            continue
        parts = ((max(a, start), min(b, start + SPAN)) for a, b in openings)
        counted = (b - a for a, b in parts if b - a >= SHORTEST)
        least = min(least, sum(counted, timedelta()))
    return least


def least_maintenance(maintenance: Maintenance) -> timedelta:
    """Least time for upgrades in any 32 days, around the exclusions of all upgrades."""
    excluded = [
        (moment(exclusion.start), moment(exclusion.end))
        for exclusion in maintenance.exclusions
        if exclusion.scope is ExclusionScope.NO_UPGRADES
    ]
    if maintenance.window is None and not excluded:
        return SPAN
    anchor = maintenance.window.first if maintenance.window else excluded[0][0]
    margin = SPAN + timedelta(days=7)
    begin = min((first for first, _ in excluded), default=anchor) - margin
    end = max((last for _, last in excluded), default=anchor) + margin
    openings = _openings(maintenance.window, begin, end)
    for first, last in excluded:
        openings = list(_without(openings, first, last))
    return _least(openings, begin, end)
