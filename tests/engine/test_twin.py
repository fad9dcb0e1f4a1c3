"""The plan's timeline against a run in which every step takes its expected time.

Ratios of speed are `make bench`'s; here it is only whether the order is the one foretold.
"""

from itertools import combinations
from pathlib import Path

from harness.twin import play

_APART = 0.75
"""Steps whose expected ends are further apart than this, in seconds, must end in that order."""


def test_steps_end_in_the_order_that_the_plan_foretells(tmp_path: Path) -> None:
    twin = play(tmp_path, "dev")
    assert set(twin.measured) == set(twin.expected)
    assert len(twin.expected) > 8
    wrong = [
        (first, second)
        for first, second in combinations(sorted(twin.expected, key=twin.expected.__getitem__), 2)
        if twin.expected[second] - twin.expected[first] > _APART
        and twin.measured[second] <= twin.measured[first]
    ]
    assert wrong == []
    early = [step for step in twin.expected if twin.measured[step] < twin.expected[step] - _APART]
    assert early == [], "a step that is over before what it waits for would show a missing edge"
