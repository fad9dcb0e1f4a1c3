"""Times to start and to stop, by hand."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.config.models import Model
from inference.derive.timing import (
    deployment_times,
    drain_seconds,
    grace_period,
    startup_budget,
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


def _model(**values: object) -> Model:
    return Model.model_validate(values)


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


@given(
    st.floats(min_value=0.1, max_value=500),
    st.floats(min_value=0.1, max_value=500),
)
def test_startup_budget_grows_with_the_model(first: float, second: float) -> None:
    small, large = sorted((first, second))
    assert startup_budget(_model(parametersBillion=small)) <= startup_budget(
        _model(parametersBillion=large)
    )


def test_deployment_is_waited_for_as_long_as_nodes_image_and_start_may_take() -> None:
    times = deployment_times(_model(replicas=3))
    # An hour for a node, twice 5 min for the image, 826 for the start.
    assert times.progress_deadline == 3600 + 600 + 826
    assert times.create == 5026 + 60
    # Each further replica: 132 to stop, then image and start.
    assert times.update == 5086 + 2 * (132 + 600 + 826)


@given(st.integers(min_value=1, max_value=50), st.floats(min_value=0.1, max_value=500))
def test_kubernetes_gives_up_before_the_engine_does(replicas: int, billion: float) -> None:
    times = deployment_times(_model(replicas=replicas, parametersBillion=billion))
    assert times.progress_deadline < times.create <= times.update


@given(st.integers(min_value=1, max_value=50))
def test_a_replica_more_lengthens_the_roll_out_alone(replicas: int) -> None:
    fewer = deployment_times(_model(replicas=replicas))
    more = deployment_times(_model(replicas=replicas + 1))
    assert more.create == fewer.create
    assert more.update > fewer.update


def test_a_simulator_is_waited_for_and_stopped_in_less_time() -> None:
    simulated = _model(engine="simulator", replicas=3)
    times = deployment_times(simulated)
    # Twice half a minute to start; 5 min for a node, twice half a minute for the image.
    assert startup_budget(simulated) == 60
    assert times.progress_deadline == 300 + 60 + 60
    assert times.update == 420 + 60 + 2 * (65 + 60 + 60)


@pytest.mark.parametrize(
    ("values", "grace", "drain"),
    [
        ({}, 132, 97),
        # The simulator gives running requests 30 s, whatever the grace period says.
        ({"engine": "simulator"}, 65, 30),
        ({"engine": "simulator", "drain": {"preStopSeconds": 5}}, 40, 30),
        # (10 * 1.4 / 10 + 5) * 1.5 = 9.6, but 5 + 2 + 5 so that the longest answer may end.
        ({"engine": "simulator", "drain": {"maxOutputTokens": 100, "preStopSeconds": 5}}, 12, 2),
    ],
)
def test_a_server_gets_as_long_to_stop_as_its_engine_uses(
    values: Mapping[str, Any], grace: int, drain: int
) -> None:
    model = _model(**values)
    assert (grace_period(model), drain_seconds(model)) == (grace, drain)
