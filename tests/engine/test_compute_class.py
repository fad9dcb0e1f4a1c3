"""Autopilot's capacities on the real engine: the class, the servers that select it, and its end."""

from collections.abc import Iterator
from typing import Any

import pytest
from harness.scenario import Scenario, scenario

_API = "cloud.google.com/v1"
_MODEL = "llama3-8b"


_H200 = {"accelerator": "nvidia-h200-141gb", "count": 8}
_RESERVATION = "projects/test-project/reservations/h200"
_SPECIFIC = {
    "affinity": "Specific",
    "specific": [{"name": "h200", "project": "test-project"}],
}
_FLEX = {"enabled": True}


def _set(deployed: Scenario, **gpu: Any) -> None:  # noqa: ANN401 any YAML
    (model,) = deployed.engine.section("models")
    deployed.engine.change("models", [{**model, "gpu": gpu}])


def _rules(deployed: Scenario) -> list[dict[str, Any]]:
    """What distinguishes the rules of the class, as the API server has it."""
    made = deployed.api.get(_API, "ComputeClass", _MODEL)
    assert made
    keys = ("spot", "flexStart", "reservations")
    return [
        {key: rule[key] for key in keys if rule.get(key)} for rule in made["spec"]["priorities"]
    ]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    with scenario(tmp_path_factory.mktemp("fallback"), "autopilot") as started:
        _set(started, capacity="spot", fallback=["flexStart"])
        announced = started.engine.preview().steps
        assert started.engine.up().steps == announced
        yield started


@pytest.mark.parametrize(
    ("gpu", "rules"),
    [
        ({"capacity": "spot", "fallback": ["flexStart"]}, [{"spot": True}, {"flexStart": _FLEX}]),
        ({"capacity": "flexStart"}, [{"flexStart": _FLEX}]),
        (
            {
                **_H200,
                "capacity": "reservation",
                "reservation": _RESERVATION,
                "fallback": ["flexStart", "spot"],
            },
            [{"reservations": _SPECIFIC}, {"flexStart": _FLEX}, {"spot": True}],
        ),
        (
            {**_H200, "capacity": "reservation", "reservation": _RESERVATION},
            [{"reservations": _SPECIFIC}],
        ),
    ],
    ids=["spot-flex", "flex", "reservation-flex-spot", "reservation"],
)
def test_the_api_server_takes_the_class_and_servers_run_on_nodes_of_it(
    deployed: Scenario, gpu: dict[str, Any], rules: list[dict[str, Any]]
) -> None:
    _set(deployed, **gpu)
    assert "replace" not in deployed.engine.up().steps.values()
    assert deployed.engine.up().steps == {}

    assert _rules(deployed) == rules
    nodes = {
        node["metadata"]["name"]: node["metadata"]["labels"].get("cloud.google.com/compute-class")
        for node in deployed.api.find_all("v1", "Node")
    }
    assert {nodes[pod["spec"]["nodeName"]] for pod in deployed.pods(_MODEL)} == {_MODEL}


def test_without_a_fallback_the_class_goes(deployed: Scenario) -> None:
    _set(deployed)
    done = deployed.engine.up().steps

    assert done["inference-llama3-8b-server-compute-class"] == "delete"
    assert deployed.api.get(_API, "ComputeClass", _MODEL) is None


def test_nothing_is_left(deployed: Scenario) -> None:
    deployed.engine.destroy()
    assert deployed.left() == []
