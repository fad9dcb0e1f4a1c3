"""What a replica serves: the replay against arithmetic, and measured points before it."""

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.config.models import Model
from inference.derive.capacity import Confidence, Rate, corrected_rate, rate
from inference.derive.computed_rates import Objectives, computed_rate
from inference.derive.engines.sizing import in_8_bit
from inference.derive.measured import Configuration, Point, matching, parse
from inference.derive.measured_rates import measured_rate
from inference.derive.replay import Lengths, replay
from inference.derive.roofline import StepCost, step_cost

_COST: Final = StepCost(
    fixed=0.001,
    weights=0.005,
    active_share=1,
    running=0,
    cached_token=5e-8,
    prompt_token=3e-5,
    prompt_square=0,
    prompt=0,
    token=0,
    request=0.01,
    adapters=0,
    large_adapters=0,
    token_budget=8192,
    most_running=256,
    cache_tokens=400_000,
)
_CHAT: Final = Lengths(input=1000, output=200)
_WANTED: Final = Objectives(first_token=500, inter_token=60)


def _model(**values: Any) -> Model:  # noqa: ANN401 any key of the section
    return Model.model_validate(values)


def _cost(**values: Any) -> StepCost:  # noqa: ANN401 as above
    found = step_cost(_model(**values))
    assert found is not None
    return found


def _gpu(accelerator: str, count: int = 1) -> dict[str, Any]:
    return {"accelerator": accelerator, "count": count}


def test_a_request_alone_takes_one_step_for_its_prompt_and_one_for_each_token() -> None:
    found = replay(_COST, _CHAT, 0.01)

    # 10 ms of the request, 1 ms of the step, and 30 µs for each of 1,000 tokens.
    assert found.first_token_p95 == pytest.approx(41, rel=0.01)
    # 1 ms and the weights, and some 1,100 tokens of the cache.
    assert found.inter_token_p95 == pytest.approx(6.05, rel=0.01)
    assert found.keeps_up


def test_prompts_of_others_show_in_the_slowest_gaps_and_a_shared_prefix_takes_them_away() -> None:
    busy = replay(_COST, _CHAT, 12)
    shared = replay(_COST, replace(_CHAT, shared_prefix=0.75), 12)

    assert busy.inter_token_p95 > 30
    assert shared.inter_token_p95 < busy.inter_token_p95 / 2
    assert shared.first_token_p95 < busy.first_token_p95 / 2


def test_a_long_prompt_takes_several_steps_and_a_full_cache_lets_requests_wait() -> None:
    long = replay(_COST, Lengths(input=20_000, output=10), 0.01)
    room_for_two = replace(_COST, cache_tokens=2500)

    assert long.first_token_p95 == pytest.approx(10 + 20_000 * 0.03 + 3, rel=0.02)
    assert not replay(room_for_two, _CHAT, 8).keeps_up
    assert replay(_COST, _CHAT, 8).keeps_up


def test_tokens_that_are_sent_slower_than_they_are_made_let_requests_wait() -> None:
    """1,000 tokens a second, which are five answers."""
    sent = replace(_COST, token=0.001)

    assert replay(sent, _CHAT, 3).first_token_p95 < 500
    assert replay(sent, _CHAT, 6).first_token_p95 > 2000
    assert computed_rate(sent, _CHAT, _WANTED) < 5 < computed_rate(_COST, _CHAT, _WANTED)


@given(st.floats(min_value=0.5, max_value=15), st.floats(min_value=1.1, max_value=1.5))
def test_a_higher_rate_is_no_faster(rate: float, more: float) -> None:
    slow, fast = replay(_COST, _CHAT, rate), replay(_COST, _CHAT, rate * more)

    assert fast.first_token_p95 >= slow.first_token_p95 * 0.85
    assert fast.inter_token_p95 >= slow.inter_token_p95 * 0.85


def test_more_time_faster_gpus_and_more_of_them_serve_more() -> None:
    h100 = _cost()
    rates = {
        "strict": computed_rate(h100, _CHAT, Objectives(first_token=100, inter_token=30)),
        "as wanted": computed_rate(h100, _CHAT, _WANTED),
        "mild": computed_rate(h100, _CHAT, Objectives(first_token=2000)),
        "two GPUs": computed_rate(_cost(gpu=_gpu("nvidia-h100-80gb", 2)), _CHAT, _WANTED),
        "H200": computed_rate(_cost(gpu=_gpu("nvidia-h200-141gb")), _CHAT, _WANTED),
        "A100": computed_rate(_cost(gpu=_gpu("nvidia-a100-80gb")), _CHAT, _WANTED),
        "8 bit": computed_rate(_cost(extraArgs=["--quantization=fp8"]), _CHAT, _WANTED),
        "8 at once": computed_rate(_cost(extraArgs=["--max-num-seqs=8"]), _CHAT, _WANTED),
        "small steps": computed_rate(
            _cost(extraArgs=["--max-num-batched-tokens=512"]), _CHAT, Objectives(inter_token=30)
        ),
        "whole prompts": computed_rate(_cost(), _CHAT, Objectives(inter_token=30)),
        "8-bit cache": computed_rate(_cost(extraArgs=["--kv-cache-dtype=fp8"]), _CHAT, _WANTED),
    }

    assert 0 < rates["strict"] < rates["as wanted"] < rates["mild"]
    assert rates["A100"] < rates["as wanted"] < rates["two GPUs"]
    assert rates["as wanted"] <= rates["H200"]
    assert rates["as wanted"] < rates["8 bit"]
    assert rates["8 at once"] < rates["A100"]
    assert rates["whole prompts"] < rates["small steps"]
    assert rates["as wanted"] < rates["8-bit cache"]


@pytest.mark.parametrize(
    ("method", "is_fp8"),
    [
        ("fp8", True),
        ("mxfp8", True),
        ("w8a8_fp8", True),
        ("modelopt", True),
        ("w8a8_int8", False),
        ("awq", False),
    ],
)
def test_a_method_that_leaves_fp8_is_computed_in_8_bit(method: str, *, is_fp8: bool) -> None:
    assert in_8_bit(_model(extraArgs=[f"--quantization={method}"])) is is_fp8


def test_only_the_server_that_was_measured_is_called_measured() -> None:
    gpu, lengths = _gpu("nvidia-h200-141gb"), Lengths(input=1024, output=256)

    def found(*arguments: str) -> Rate:
        known = rate(_model(gpu=gpu, extraArgs=list(arguments)), lengths, _WANTED)
        assert known is not None
        return known

    plain, seeded, few = found(), found("--seed=1"), found("--max-num-seqs=8")
    assert plain.confidence is Confidence.MEASURED
    assert found("--quantization", "fp8") == found("-q=fp8")
    assert seeded.confidence is few.confidence is Confidence.INTERPOLATED
    assert seeded.requests_per_second == plain.requests_per_second
    assert few.requests_per_second < plain.requests_per_second / 2


def test_what_can_never_hold_is_no_rate() -> None:
    assert computed_rate(_COST, _CHAT, Objectives(first_token=30)) == 0
    assert computed_rate(_COST, Lengths(input=300_000, output=200_000), _WANTED) == 0
    assert step_cost(_model(model="owner/unknown")) is None
    assert step_cost(_model(engine="simulator")) is None
    assert step_cost(_model(model="Qwen/Qwen3-32B", gpu=_gpu("nvidia-l4"))) is None


def _point(
    rate: float, first: float, inter: float, lengths: Lengths = _CHAT, *, steady: bool = True
) -> Point:
    return Point(
        rate=rate,
        lengths=lengths,
        first_token_p95=first,
        inter_token_p95=inter,
        steady=steady,
    )


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([_point(10, 100, 20), _point(16, 1000, 50)], 10 + 6 * 0.699),
        ([_point(16, 1000, 50), _point(10, 100, 20)], 10 + 6 * 0.699),
        ([_point(10, 100, 20), _point(16, 200, 90)], 10 + 6 * 0.730),
        ([_point(10, 100, 20), _point(16, 200, 40)], None),
        ([_point(10, 900, 20), _point(16, 2000, 40)], None),
        (
            [_point(10, 100, 20), _point(12, 110, 20, steady=False), _point(16, 1000, 50)],
            10 + 6 * 0.699,
        ),
        ([_point(10, 100, 20), _point(16, 1000, 50, steady=False)], 10 + 6 * 0.699),
        ([_point(10, 100, 20), _point(17, 1000, 50)], None),
        ([], None),
    ],
    ids=[
        "first token",
        "in any order",
        "inter token",
        "none is missed",
        "all are",
        "one that holds while requests gather",
        "one that is missed then",
        "too far apart",
        "none",
    ],
)
def test_a_measured_rate_stands_between_the_points_that_enclose_it(
    points: list[Point], expected: float | None
) -> None:
    found = measured_rate(points, _WANTED)

    assert found == (None if expected is None else pytest.approx(expected, rel=0.01))


def _measured(*points: Point) -> Configuration:
    return Configuration(
        model="meta-llama/Llama-3.1-8B-Instruct",
        accelerator="nvidia-h100-80gb",
        gpus=1,
        in_8_bit=False,
        with_lora=False,
        date="2026-11-28",
        points=points,
    )


def test_what_was_measured_goes_before_what_is_computed_and_corrects_it_elsewhere() -> None:
    alone = computed_rate(_COST, _CHAT, _WANTED)
    half = alone / 2
    measured = _measured(_point(half * 0.99, 499, 20), _point(half * 1.01, 501, 20))
    longer = Lengths(input=2000, output=400)

    here = corrected_rate(_COST, measured, _CHAT, _WANTED)
    elsewhere = corrected_rate(_COST, measured, longer, _WANTED)
    nowhere = corrected_rate(_COST, _measured(_point(1, 100, 20)), _CHAT, _WANTED)

    assert here.confidence is Confidence.MEASURED
    assert here.requests_per_second == pytest.approx(half, rel=0.01)
    assert elsewhere.confidence is Confidence.INTERPOLATED
    computed = computed_rate(_COST, longer, _WANTED)
    assert computed / 2 < elsewhere.requests_per_second < computed
    assert nowhere.confidence is Confidence.ESTIMATED
    assert nowhere.requests_per_second == alone


_SERIES: Final[dict[str, Any]] = {
    "model": "meta-llama/Llama-3.1-8B-Instruct",
    "inputTokens": 1024,
    "outputTokens": 256,
    "sharedPrefix": 0.0,
    "points": [
        {
            "rate": 12,
            "seconds": 10,
            "requests": 120,
            "runningGrowthPerSecond": 3,
            "ttftMs": {"p50": 85, "p95": 171},
            "interTokenMs": {"p50": 9.2, "p95": 45},
        },
        {
            "rate": 40,
            "seconds": 10,
            "requests": 400,
            "runningGrowthPerSecond": 20,
            "ttftMs": {"p50": None, "p95": None},
            "interTokenMs": {"p50": None, "p95": None},
        },
    ],
}
_FILE: Final[dict[str, Any]] = {
    "date": "2026-11-28",
    "machine": {"accelerator": "nvidia-h100-80gb", "gpusUsed": 1},
    "settings": {
        "model": "meta-llama/Llama-3.1-8B-Instruct",
        "lora": {"maxLoras": 2},
        "quantization": None,
    },
    "load": [{**_SERIES, "points": []}, {**_SERIES, "model": "an-adapter"}],
}


def test_a_file_of_measurements_is_read_and_found_by_shape_gpus_and_adapters() -> None:
    found = parse(_FILE)

    assert [point.rate for point in found.points] == [12, 40]
    assert [point.steady for point in found.points] == [True, False]
    assert found.points[0].inter_token_p95 == 45
    assert not _WANTED.hold(found.points[1].first_token_p95, found.points[1].inter_token_p95)
    lora = {"adapters": [{"name": "a", "source": "owner/a"}]}
    twin = "deepseek-ai/DeepSeek-R1-Distill-Llama-8B"
    assert matching(_model(lora=lora), [found]) is found
    assert matching(_model(model=twin, lora=lora), [found]) is found
    for other in (
        _model(),
        _model(model="Qwen/Qwen3-8B", lora=lora),
        _model(lora=lora, gpu=_gpu("nvidia-h100-80gb", 2)),
        _model(lora=lora, gpu=_gpu("nvidia-a100-80gb")),
        _model(lora=lora, extraArgs=["--quantization", "fp8"]),
    ):
        assert matching(other, [found]) is None


def test_adapters_make_every_step_slower_and_those_above_a_cuda_graph_most() -> None:
    plain, adapted = _cost(), _cost(lora={"adapters": [{"name": "a", "source": "owner/a"}]})

    more = [
        adapted.seconds(running, 0, prompt, 0) - plain.seconds(running, 0, prompt, 0)
        for running, prompt in ((1, 0), (256, 256), (257, 256), (0, 8192))
    ]
    # 32 layers. The memory of the adapters' slots makes reading the weights no longer.
    assert more == pytest.approx([0.0026, 0.0026, 0.0352, 0.0352], abs=2e-4)
