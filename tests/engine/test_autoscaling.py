"""Autoscaling turned on and off on a running stack, with Kubernetes' own autoscaler."""

from collections.abc import Iterator
from typing import Any

import pytest
from harness.processes import wait_for
from harness.scenario import Scenario, scenario

_MODEL = "llama3-8b"
_DEPLOYMENT = "inference-llama3-8b-server-deployment"
_SCALER = "inference-llama3-8b-server-autoscaler"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    with scenario(tmp_path_factory.mktemp("autoscaling"), "dev") as started:
        started.engine.up()
        yield started


def _sized(deployed: Scenario, **size: Any) -> None:  # noqa: ANN401 any YAML
    (model,) = deployed.engine.section("models")
    for key in ("replicas", "autoscaling"):
        model.pop(key, None)
    deployed.engine.change("models", [{**model, **size}])


def _replicas(deployed: Scenario) -> int:
    live = deployed.api.get("apps/v1", "Deployment", _MODEL, "default")
    assert live
    return int(live["spec"]["replicas"])


def _uids(deployed: Scenario) -> set[str]:
    return {pod["metadata"]["uid"] for pod in deployed.pods(_MODEL)}


def test_turned_on_no_server_stops_and_the_autoscaler_takes_over(deployed: Scenario) -> None:
    before = _uids(deployed)
    assert len(before) == 3
    # The fewest are more than there are, which it sees to without any metric.
    _sized(deployed, autoscaling={"min": 4, "max": 4})
    done = deployed.engine.up().steps

    assert (done[_DEPLOYMENT], done[_SCALER]) == ("update", "create")
    wait_for("the autoscaler", lambda: _replicas(deployed) == 4)
    wait_for("the fourth server", lambda: len(_uids(deployed)) == 4)
    assert before < _uids(deployed)


def test_what_the_autoscaler_set_is_left_alone_by_later_updates(deployed: Scenario) -> None:
    assert deployed.engine.up().steps == {}
    (model,) = deployed.engine.section("models")
    deployed.engine.change("models", [{**model, "extraArgs": ["--seed=7"]}])

    assert deployed.engine.up().steps == {_DEPLOYMENT: "update"}
    assert _replicas(deployed) == 4


def test_turned_off_the_number_is_the_stacks_again(deployed: Scenario) -> None:
    _sized(deployed, replicas=3)
    done = deployed.engine.up().steps

    assert (done[_DEPLOYMENT], done[_SCALER]) == ("update", "delete")
    # Deletions come last: until then the autoscaler may have set its own number once more, which
    # a refresh sees.
    deployed.engine.refresh()
    assert deployed.engine.up().steps.keys() <= {_DEPLOYMENT}
    assert _replicas(deployed) == 3
    assert deployed.engine.up().steps == {}
