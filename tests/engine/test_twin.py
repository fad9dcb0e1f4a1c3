"""The plan's timeline against a run in which every step takes its expected time.

Ratios of speed are `make bench`'s; here it is only whether the order is the one foretold.
"""

from itertools import combinations
from pathlib import Path

from harness.twin import Twin, play

_EARLY = 0.75
"""Seconds before its expected end at which a step cannot be over."""
_APART = {1.0: 0.75, 4.0: 6.0}
"""By the seconds in which a minute is played: steps whose expected ends are further apart than so
many seconds must end in that order. The engine and its plugins take seconds of their own to begin
a step, some five in all on a slow machine; an order that the graph lacks is wrong at every pace."""


def _swapped(twin: Twin, apart: float) -> list[tuple[str, str]]:
    """Steps that ended in another order than foretold."""
    return [
        (first, second)
        for first, second in combinations(sorted(twin.expected, key=twin.expected.__getitem__), 2)
        if twin.expected[second] - twin.expected[first] > apart
        and twin.measured[second] <= twin.measured[first]
    ]


def test_steps_end_in_the_order_that_the_plan_foretells(tmp_path: Path) -> None:
    swapped: list[list[tuple[str, str]]] = []
    for pace, apart in _APART.items():
        folder = tmp_path / f"{pace:g}"
        folder.mkdir()
        twin = play(folder, "dev", pace)
        assert set(twin.measured) == set(twin.expected)
        assert len(twin.expected) > 8
        early = [
            step for step in twin.expected if twin.measured[step] < twin.expected[step] - _EARLY
        ]
        assert early == [], "a step that is over before what it waits for would show a missing edge"
        swapped.append(_swapped(twin, apart))
        if not swapped[-1]:
            return
    raise AssertionError(swapped)
