"""What a replica is expected to show, what was measured here, and when servers are added."""

from typing import Any, Final

import pytest

from inference.config.settings import Settings
from inference.derive.capacity import capacity, rate
from inference.derive.computed_rates import Objectives, lengths_of
from inference.derive.expected import busy_at, expected, scale_out
from inference.derive.measured_rates import server_measured
from inference.derive.replay import Lengths, replay
from inference.derive.roofline import step_cost

_WANTED: Final = Objectives(first_token=500, inter_token=60)
_TRAFFIC: Final = {"requestsPerSecond": 20, "inputTokens": 1024, "outputTokens": 256}
_SLO: Final = {"timeToFirstTokenP95Ms": 500, "interTokenP95Ms": 60}


def _settings(**model: Any) -> Settings:  # noqa: ANN401 any key of the section
    return Settings.model_validate({"models": [model], "traffic": _TRAFFIC, "slo": _SLO})


def _measurement(settings: Settings, **values: Any) -> dict[str, Any]:  # noqa: ANN401 as above
    return {
        "date": "2026-11-28",
        "server": server_measured(settings.models[0]),
        "replicas": 2,
        "requestsPerSecond": 10,
        "inputTokens": 1024,
        "outputTokens": 256,
        "timeToFirstTokenP95Ms": 100,
        "interTokenP95Ms": 20,
        **values,
    }


_PLAIN: Final[dict[str, Any]] = {}
_GOOD: Final = {"requestsPerSecond": 90}
_BAD: Final = {"requestsPerSecond": 24, "timeToFirstTokenP95Ms": 900}
_COMPUTED: Final = rate(_settings().models[0], Lengths(input=1024, output=256), _WANTED)


@pytest.mark.parametrize(
    ("measured", "requests_per_second", "how"),
    [
        pytest.param([_GOOD], 45, "measured here", id="more held than is computed"),
        pytest.param([_PLAIN], None, "measured here", id="less held, and nothing was too much"),
        pytest.param([_BAD], 12, "estimated here", id="less was too much"),
        pytest.param([_PLAIN, _BAD], 12, "measured here", id="between what held and what did not"),
        pytest.param([_GOOD, _BAD], 45, "measured here", id="what held above what once did not"),
        pytest.param([{**_BAD, "server": "another"}], None, "estimated", id="another server"),
        pytest.param([{**_BAD, "inputTokens": 2048}], None, "estimated", id="other lengths"),
    ],
)
def test_what_was_measured_here_bounds_what_is_computed(
    measured: list[dict[str, Any]], requests_per_second: float | None, how: str
) -> None:
    plain = _settings()
    settings = _settings(measurements=[_measurement(plain, **values) for values in measured])
    found = capacity(settings, settings.models[0])

    assert found is not None
    assert _COMPUTED is not None
    wanted = requests_per_second or _COMPUTED.requests_per_second
    assert found.each.requests_per_second == pytest.approx(wanted)
    assert found.each.how == how


def test_a_model_that_nothing_is_known_of_serves_what_was_measured_here() -> None:
    unknown = {"model": "someone/unheard-of"}
    assert capacity(_settings(**unknown), _settings(**unknown).models[0]) is None
    measured = [_measurement(_settings(**unknown), **_GOOD)]
    settings = _settings(**unknown, measurements=measured)
    found = capacity(settings, settings.models[0])
    assert found is not None
    assert (found.each.requests_per_second, found.each.how) == (45, "measured here")


def test_between_measured_points_the_latencies_are_between_theirs() -> None:
    gpu = {"accelerator": "nvidia-h200-141gb"}
    model = _settings(gpu=gpu).models[0]
    found = expected(model, Lengths(input=1024, output=256), _WANTED, 9)

    assert found is not None
    # The points beside it: 75.2 and 13.6 ms at 7.3 requests a second, 74.1 and 18.9 at 10.9.
    assert 74.1 < found.first_token_ms < 75.2
    assert 13.6 < found.inter_token_ms < 18.9


@pytest.mark.parametrize(
    ("accelerator", "lengths", "corrected"),
    [
        # Measured at other lengths, and not measured at all.
        ("nvidia-h200-141gb", Lengths(input=2000, output=300), True),
        ("nvidia-h100-80gb", Lengths(input=1024, output=256), False),
    ],
)
def test_more_load_is_expected_to_take_longer(
    *, accelerator: str, lengths: Lengths, corrected: bool
) -> None:
    model = _settings(gpu={"accelerator": accelerator}).models[0]
    low, high = (expected(model, lengths, _WANTED, rate) for rate in (2, 12))
    assert low is not None
    assert high is not None
    assert high.first_token_ms > low.first_token_ms
    assert high.inter_token_ms > low.inter_token_ms
    cost = step_cost(model)
    assert cost is not None
    assert (high.first_token_ms != replay(cost, lengths, 12).first_token_p95) is corrected


def test_the_order_of_magnitude_of_an_h100_is_right() -> None:
    """The only open-loop point of one, of a base model: TTFT p95 171 ms, between tokens p95 45."""
    model = _settings().models[0]
    found = expected(model, Lengths(input=1024, output=256), _WANTED, 12)
    assert found is not None
    assert 171 / 2.5 < found.first_token_ms < 171 * 2.5
    assert 45 / 2 < found.inter_token_ms < 45 * 2


def test_servers_are_added_before_the_objectives_are_missed() -> None:
    settings = _settings(autoscaling={"max": 4})
    model = settings.models[0]
    assert model.autoscaling is not None
    found, limit = scale_out(settings, model, model.autoscaling), busy_at(settings, model, 1)

    assert limit is not None
    assert found.kv_cache_usage is not None
    assert 0.2 * limit.kv_cache_usage < found.kv_cache_usage < limit.kv_cache_usage < 0.8
    assert found.queue_depth == 1


@pytest.mark.parametrize(
    ("keys", "slo", "queue_depth", "kv_cache_usage"),
    [
        ({"queueDepth": 9, "kvCacheUsage": 0.7}, _SLO, 9, 0.7),
        ({"queueDepth": None, "kvCacheUsage": 0.7}, _SLO, None, 0.7),
        ({}, {"errorRate": 0.1}, 5, 0.8),
        ({}, {"timeToFirstTokenP95Ms": 0.1}, 5, 0.8),
    ],
)
def test_what_the_file_gives_is_taken_and_constants_where_nothing_follows(
    keys: dict[str, Any], slo: dict[str, float], queue_depth: int | None, kv_cache_usage: float
) -> None:
    values = {"models": [{"autoscaling": {"max": 4, **keys}}], "traffic": _TRAFFIC, "slo": slo}
    settings = Settings.model_validate(values)
    model = settings.models[0]
    assert model.autoscaling is not None
    found = scale_out(settings, model, model.autoscaling)
    assert (found.queue_depth, found.kv_cache_usage) == (queue_depth, kv_cache_usage)


def test_lengths_of_traffic_and_of_a_measurement_are_read_alike() -> None:
    settings = _settings(measurements=[_measurement(_settings(), sharedPrefix=0.5)])
    found = lengths_of(settings.models[0].measurements[0])
    assert found == Lengths(input=1024, output=256, shared_prefix=0.5)
