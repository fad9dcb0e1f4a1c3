"""Times to start and to stop, against the tutorial's derivation done by hand."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.models import Drain, Model
from derive.timing import (
    deployment_times,
    grace_period,
    shutdown_timeout,
    startup_budget,
    startup_failures,
)

_TUTORIAL: Mapping[str, Any] = {
    "replicas": 3,
    "lora": {
        "maxLoras": 2,
        "maxCpuLoras": 12,
        "adapters": [
            {"name": "food-review", "source": "Kawon/llama3.1-food-finetune_v14_r8"},
            {"name": "cad-fabricator", "source": "redcathode/fabricator"},
        ],
    },
}
_MARGIN = 5
"""Seconds that vLLM keeps to exit."""


def _drain(tokens: int, speed: int, pre_stop: int) -> Drain:
    return Drain.model_validate(
        {"maxOutputTokens": tokens, "tokensPerSecond": speed, "preStopSeconds": pre_stop}
    )


def _model(**values: object) -> Model:
    return Model.model_validate(values)


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
    assert grace_period(drain) == seconds


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
    assert shutdown_timeout(drain) == seconds


@settings(deadline=None)
@given(_drains)
def test_sleep_drain_and_exit_fit_into_the_grace_period(drain: Drain) -> None:
    stop = drain.pre_stop_seconds + shutdown_timeout(drain) + _MARGIN
    assert stop <= grace_period(drain)


@settings(deadline=None)
@given(_drains)
def test_the_longest_answer_fits_into_the_shutdown_timeout(drain: Drain) -> None:
    longest = drain.max_output_tokens / drain.tokens_per_second * 1.4
    assert shutdown_timeout(drain) >= longest


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
    timeout = shutdown_timeout(drain)
    assert timeout >= longest
    assert drain.pre_stop_seconds + timeout + _MARGIN <= grace_period(drain)


@pytest.mark.parametrize(
    ("repository", "seconds"),
    [
        # Twice 1.5 min to start, GB / 6 min to download and 2.7 min to warm up: 504 + 20 * GB.
        ("meta-llama/Llama-3.1-8B-Instruct", 826),  # 16.06 GB: 825.2
        ("Qwen/Qwen3-8B", 832),  # 16.38 GB: 831.6
        ("openai/gpt-oss-20b", 797),  # 14.63 GB: 796.6
        ("openai/gpt-oss-120b", 1883),  # 68.912 GB: 1882.24
    ],
)
def test_startup_budget_is_twice_the_expected_start(repository: str, seconds: int) -> None:
    assert startup_budget(_model(model=repository)) == seconds


def test_adapters_do_not_change_the_start_as_they_come_later() -> None:
    assert startup_budget(_model(**_TUTORIAL)) == 826


@settings(deadline=None)
@given(
    st.floats(min_value=0.1, max_value=500),
    st.floats(min_value=0.1, max_value=500),
)
def test_startup_budget_grows_with_the_model(first: float, second: float) -> None:
    small, large = sorted((first, second))
    assert startup_budget(_model(parametersBillion=small)) <= startup_budget(
        _model(parametersBillion=large)
    )


@pytest.mark.parametrize(
    ("repository", "failures"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", 166),  # 826 / 5 = 165.2
        ("Qwen/Qwen3-8B", 167),  # 832 / 5 = 166.4
        ("openai/gpt-oss-20b", 160),  # 797 / 5
    ],
)
def test_startup_probe_every_5_seconds_lasts_the_whole_budget(
    repository: str, failures: int
) -> None:
    assert startup_failures(_model(model=repository)) == failures


def test_deployment_is_waited_for_as_long_as_nodes_image_and_start_may_take() -> None:
    times = deployment_times(_model(replicas=3))
    # An hour for a node, twice 5 min for the image, 826 for the start.
    assert times.progress_deadline == 3600 + 600 + 826
    assert times.create == 5026 + 60
    # Each further replica: 132 to stop, then image and start.
    assert times.update == 5086 + 2 * (132 + 600 + 826)


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=50), st.floats(min_value=0.1, max_value=500))
def test_kubernetes_gives_up_before_the_engine_does(replicas: int, billion: float) -> None:
    times = deployment_times(_model(replicas=replicas, parametersBillion=billion))
    assert times.progress_deadline < times.create <= times.update


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=50))
def test_a_replica_more_lengthens_the_roll_out_alone(replicas: int) -> None:
    fewer = deployment_times(_model(replicas=replicas))
    more = deployment_times(_model(replicas=replicas + 1))
    assert more.create == fewer.create
    assert more.update > fewer.update
