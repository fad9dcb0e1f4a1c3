"""Replicas beside the declared traffic: by table, around the number that the model computes."""

from typing import Any, Final

import pytest
from conftest import make_settings
from preflight_cases import Case, Values

from inference.derive.capacity import capacity
from inference.preflight import throughput

_SLO: Final[Values] = {"timeToFirstTokenP95Ms": 500, "interTokenP95Ms": 60}


def _stack(rate: float, machine: str = "a3-highgpu-1g", **model: Any) -> dict[str, Any]:  # noqa: ANN401 any key
    return {
        "nodePools": [{"machineType": machine, "nodes": 20}],
        "models": [model],
        "slo": _SLO,
        "traffic": {"requestsPerSecond": rate, "peakFactor": 1},
    }


def _each() -> float:
    """What one replica serves."""
    settings = make_settings(_stack(1))
    found = capacity(settings, settings.models[0])
    assert found is not None
    return found.each.requests_per_second


_ONE: Final = _each()
_UNREACHABLE: Final[Values] = {"timeToFirstTokenP95Ms": 1}
CASES: Final = (
    Case(
        id="throughput.too-few-replicas",
        trips={
            "fixed": _stack(3.5 * _ONE, replicas=3),
            "autoscaled": _stack(3.5 * _ONE, autoscaling={"max": 3}),
        },
        passes={
            "enough": _stack(2.9 * _ONE, replicas=3),
            "no traffic": {key: v for key, v in _stack(99, replicas=1).items() if key != "traffic"},
            "no latency": {**_stack(99 * _ONE, replicas=1), "slo": {"errorRate": 0.1}},
        },
    ),
    Case(
        id="throughput.too-many-replicas",
        trips={
            "fixed": _stack(0.9 * _ONE, replicas=3),
            "always running": _stack(0.9 * _ONE, autoscaling={"min": 3, "max": 4}),
        },
        passes={
            "twice": _stack(0.9 * _ONE, replicas=2),
            "only at most": _stack(0.9 * _ONE, autoscaling={"min": 1, "max": 4}),
        },
    ),
    Case(
        id="throughput.late-scale-out",
        trips={
            "most of the cache": _stack(2, autoscaling={"max": 3, "kvCacheUsage": 0.8}),
            "half of it": _stack(2, autoscaling={"max": 3, "kvCacheUsage": 0.5}),
        },
        passes={
            "follows": _stack(2, autoscaling={"max": 3}),
            "little of the cache": _stack(2, autoscaling={"max": 3, "kvCacheUsage": 0.1}),
            "the queue alone": _stack(2, autoscaling={"max": 3, "kvCacheUsage": None}),
        },
    ),
    Case(
        id="throughput.node-loss",
        trips={
            "none to spare": _stack(2.9 * _ONE, replicas=3),
            "two on a node": _stack(2.9 * _ONE, "a3-highgpu-2g", replicas=4),
        },
        passes={
            "one to spare": _stack(2.9 * _ONE, replicas=4),
            "two to spare": _stack(2.9 * _ONE, "a3-highgpu-2g", replicas=5),
        },
    ),
    Case(
        id="throughput.unreachable-objective",
        trips={
            "first token": {**_stack(1), "slo": _UNREACHABLE},
            "between tokens": {**_stack(1), "slo": {"interTokenP95Ms": 0.1}},
        },
        passes={
            "reachable": _stack(1),
            "simulated": {**_stack(1), "models": [{"engine": "simulator"}]},
        },
    ),
)


@pytest.mark.parametrize("sections", CASES[0].trips.values(), ids=CASES[0].trips)
def test_too_few_replicas_are_told_with_the_number_that_suffices(sections: dict[str, Any]) -> None:
    (found,) = (
        finding
        for finding in throughput.findings(make_settings(sections))
        if finding.id == "throughput.too-few-replicas"
    )

    assert found.fix.endswith(" 4, with nodes and quota for 4 nvidia-h100-80gb")
