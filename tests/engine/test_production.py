"""A stack of production on the real engine: its network, its protection, and the way down."""

from collections.abc import Iterator

import pytest
from harness.engine import UpdateError
from harness.scenario import Scenario, scenario

_KEYS = ("security.protect", "cluster.deletionProtection")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """The stack after its first update; with the last release whose charts are at hand."""
    with scenario(tmp_path_factory.mktemp("prod"), "prod") as started:
        started.engine.change("gatewayRelease", "v1.5.0")
        announced = started.engine.preview().steps
        assert started.engine.up().steps == announced
        yield started


def test_second_update_changes_nothing(deployed: Scenario) -> None:
    assert deployed.engine.up().steps == {}
    assert set(deployed.engine.refresh().changes) == {"same"}


def test_servers_run_on_spot_nodes_while_there_are_any(deployed: Scenario) -> None:
    nodes = {
        node["metadata"]["name"]: node["metadata"]["labels"]["cloud.google.com/gke-nodepool"]
        for node in deployed.api.find_all("v1", "Node")
    }
    pods = deployed.pods("llama3-8b")

    # How many there are is the autoscaler's to say.
    assert pods
    assert {nodes[pod["spec"]["nodeName"]] for pod in pods} == {"spot"}


def test_destroy_is_refused_before_anything_is_deleted(deployed: Scenario) -> None:
    since = len(deployed.run.operations())
    with pytest.raises(UpdateError) as refused:
        deployed.engine.destroy()

    for key in _KEYS:
        assert key in refused.value.update.output
    assert [step for step in deployed.run.operations()[since:] if step.what == "delete"] == []


def test_destroy_takes_the_network_last(deployed: Scenario) -> None:
    for section, key in (("security", "protect"), ("cluster", "deletionProtection")):
        deployed.engine.change(section, {**deployed.engine.section(section), key: False})
    assert deployed.engine.up().steps["inference-cluster-cluster"] == "update"
    since = len(deployed.run.operations())
    deployed.engine.destroy()
    deleted = [step for step in deployed.run.operations()[since:] if step.what == "delete"]
    # The subnet of proxies goes with the Gateway, that of nodes after the cluster.
    last = {step.kind: step.start for step in sorted(deleted, key=lambda step: step.start)}

    parts = ("RouterNat", "Router", "Subnetwork")
    assert all(last["Network"] > last[kind] > last["Cluster"] for kind in parts)
    assert last["Cluster"] > last["Gateway"]
    assert deployed.left() == []
