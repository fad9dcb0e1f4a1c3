"""The plan's timeline against a run in which every step takes its expected time.

Ratios of speed are `make bench`'s; here it is only whether the order is the one foretold.
"""

from itertools import combinations
from pathlib import Path

from harness.twin import Twin, play

_APART = 0.75
"""Steps whose expected ends are further apart than this, in seconds, must end in that order."""
_PACES = (1.0, 4.0)
"""Seconds in which a minute is played. A busy machine delays each step by its own seconds, which a
slower play makes small; an order that the graph lacks is wrong at every pace."""


def _swapped(twin: Twin) -> list[tuple[str, str]]:
    """Steps that ended in another order than foretold."""
    return [
        (first, second)
        for first, second in combinations(sorted(twin.expected, key=twin.expected.__getitem__), 2)
        if twin.expected[second] - twin.expected[first] > _APART
        and twin.measured[second] <= twin.measured[first]
    ]


def test_steps_end_in_the_order_that_the_plan_foretells(tmp_path: Path) -> None:
    swapped: list[list[tuple[str, str]]] = []
    for pace in _PACES:
        folder = tmp_path / f"{pace:g}"
        folder.mkdir()
        twin = play(folder, "dev", pace)
        assert set(twin.measured) == set(twin.expected)
        assert len(twin.expected) > 8
        early = [
            step for step in twin.expected if twin.measured[step] < twin.expected[step] - _APART
        ]
        assert early == [], "a step that is over before what it waits for would show a missing edge"
        swapped.append(_swapped(twin))
        if not swapped[-1]:
            return
    raise AssertionError(swapped)
