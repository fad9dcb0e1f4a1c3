"""Stacks with a few values changed at random are accepted or refused, and nothing else.

`make mutations` plans 5,000 of them.
"""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from mutated_stacks import mutated, plan


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(random=st.randoms(use_true_random=True))
def test_a_mutated_stack_is_accepted_or_refused(random: Random) -> None:
    with TemporaryDirectory() as folder:
        status, printed, _ = plan(mutated(random), Path(folder))

    event("accepted" if status == 0 else "refused")
    assert status in {0, 2}, printed
    assert "Traceback" not in printed
