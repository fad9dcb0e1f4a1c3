"""Autopilot's fallback on the real engine: the class, the servers that select it, and its end."""

from collections.abc import Iterator
from typing import Any

import pytest
from harness.scenario import Scenario, scenario

_API = "cloud.google.com/v1"
_MODEL = "llama3-8b"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    with scenario(tmp_path_factory.mktemp("fallback"), "autopilot") as started:
        (model,) = started.engine.section("models")
        gpu = {**model.get("gpu", {}), "capacity": "spot", "fallback": ["flexStart"]}
        started.engine.change("models", [{**model, "gpu": gpu}])
        announced = started.engine.preview().steps
        assert started.engine.up().steps == announced
        yield started


def test_the_api_server_took_the_class_and_servers_run_on_nodes_of_it(deployed: Scenario) -> None:
    made = deployed.api.get(_API, "ComputeClass", _MODEL)
    assert made
    assert [(rule.get("spot"), rule.get("flexStart")) for rule in made["spec"]["priorities"]] == [
        (True, None),
        (None, {"enabled": True}),
    ]
    nodes = {
        node["metadata"]["name"]: node["metadata"]["labels"].get("cloud.google.com/compute-class")
        for node in deployed.api.find_all("v1", "Node")
    }
    assert {nodes[pod["spec"]["nodeName"]] for pod in deployed.pods(_MODEL)} == {_MODEL}
    assert deployed.engine.up().steps == {}


def test_without_a_fallback_the_class_goes(deployed: Scenario) -> None:
    (model,) = deployed.engine.section("models")
    gpu: dict[str, Any] = {**model["gpu"], "fallback": []}
    deployed.engine.change("models", [{**model, "gpu": gpu}])
    done = deployed.engine.up().steps

    assert done["inference-llama3-8b-server-compute-class"] == "delete"
    assert deployed.api.get(_API, "ComputeClass", _MODEL) is None


def test_nothing_is_left(deployed: Scenario) -> None:
    deployed.engine.destroy()
    assert deployed.left() == []
