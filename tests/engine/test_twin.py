"""The plan's timeline against a run in which every step takes its expected time.

Ratios of speed are `make bench`'s; here it is only whether the engine waits for what is foretold.
"""

from pathlib import Path

from harness.twin import play

_PACE = 4.0
"""Seconds in which a minute is played."""
_BEGIN = 15.0
"""Seconds that the engine and its plugins may take to begin a step, such as to start the provider
of waits, which is a Python program. A node pool, a Gateway and a server take longer at this pace:
an update that waits for one where the plan shows no edge begins a step later than that."""


def test_steps_begin_when_what_the_plan_foretells_is_ready(tmp_path: Path) -> None:
    twin = play(tmp_path, "dev", _PACE)

    assert set(twin.measured) == set(twin.expected)
    assert len(twin.lags) > 7
    assert {step: lag for step, lag in twin.lags.items() if not 0 <= lag < _BEGIN} == {}
    servers = twin.expected.keys() - twin.lags.keys()
    late = {step: twin.measured[step] - twin.expected[step] for step in servers}
    assert {step: seconds for step, seconds in late.items() if not -1 < seconds < _BEGIN} == {}
    assert servers
