"""How long a server gets to stop, against the tutorial's derivation done by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.config.models import Drain
from inference.derive.drain import whole_drain, whole_grace_period

_MARGIN = 5
"""Seconds that servers keep to exit."""


def _drain(tokens: int, speed: int, pre_stop: int) -> Drain:
    return Drain.model_validate(
        {"maxOutputTokens": tokens, "tokensPerSecond": speed, "preStopSeconds": pre_stop}
    )


_drains = st.builds(
    _drain,
    # Answers of 10 seconds or more: for shorter ones see the test of short answers.
    st.integers(min_value=10_000, max_value=200_000),
    st.integers(min_value=1, max_value=1000),
    st.integers(min_value=0, max_value=120),
)


@pytest.mark.parametrize(
    ("drain", "seconds"),
    [
        # (4096 / 100 * 1.4 + 30) * 1.5 = (57.344 + 30) * 1.5 = 131.016
        (_drain(4096, 100, 30), 132),
        # (10 * 1.4 + 30) * 1.5 = 66
        (_drain(1000, 100, 30), 66),
        # (57.344 + 0) * 1.5 = 86.016
        (_drain(4096, 100, 0), 87),
        # (327.68 * 1.4 + 45) * 1.5 = (458.752 + 45) * 1.5 = 755.628
        (_drain(16_384, 50, 45), 756),
    ],
)
def test_grace_period_follows_the_tutorials_derivation(drain: Drain, seconds: int) -> None:
    assert whole_grace_period(drain) == seconds


def test_defaults_are_the_tutorials_numbers() -> None:
    assert Drain() == _drain(4096, 100, 30)


@pytest.mark.parametrize(
    ("drain", "seconds"),
    [
        # What is left of 132 after 30 of preStop and 5 to exit.
        (_drain(4096, 100, 30), 97),
        (_drain(1000, 100, 30), 31),
        (_drain(4096, 100, 0), 82),
    ],
)
def test_shutdown_timeout_is_what_the_grace_period_leaves(drain: Drain, seconds: int) -> None:
    assert whole_drain(drain) == seconds


@given(_drains)
def test_sleep_drain_and_exit_fit_into_the_grace_period(drain: Drain) -> None:
    stop = drain.pre_stop_seconds + whole_drain(drain) + _MARGIN
    assert stop <= whole_grace_period(drain)


@given(_drains)
def test_the_longest_answer_fits_into_the_whole_drain(drain: Drain) -> None:
    longest = drain.max_output_tokens / drain.tokens_per_second * 1.4
    assert whole_drain(drain) >= longest


@pytest.mark.parametrize(
    ("drain", "longest"),
    [
        (_drain(1, 100, 0), 0.014),
        (_drain(64, 100, 0), 0.896),
        (_drain(300, 100, 2), 4.2),
        (_drain(500, 100, 0), 7),
    ],
)
def test_short_answers_too_may_end_before_the_server_is_killed(
    drain: Drain, longest: float
) -> None:
    timeout = whole_drain(drain)
    assert timeout >= longest
    assert drain.pre_stop_seconds + timeout + _MARGIN <= whole_grace_period(drain)
