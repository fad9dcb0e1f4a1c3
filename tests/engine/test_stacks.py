"""Both stacks of the tutorial on the real engine: preview, up, no-op, refresh, changes, destroy.

The tests of a stack follow each other on one cluster, as an operator's days do.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from harness.run_folder import Operation
from harness.scenario import Scenario, scenario
from pulumi import automation

_MODEL = "llama3-8b"
_SECOND = {
    "name": "qwen3-8b",
    "model": "Qwen/Qwen3-8B",
    "gpu": {"accelerator": "nvidia-h100-80gb", "count": 1},
    "objectives": [{"name": "batch", "priority": -1}],
}
_SECOND_PARTS = {
    "inference-qwen3-8b-server": "create",
    "inference-qwen3-8b-server-deployment": "create",
    "inference-qwen3-8b-server-budget": "create",
    "inference-qwen3-8b-server-monitoring": "create",
    "inference-qwen3-8b-pool": "create",
    "inference-qwen3-8b-pool-release": "create",
    "inference-qwen3-8b-pool-health-check": "create",
    "inference-qwen3-8b-pool-backend-policy": "create",
    "inference-qwen3-8b-pool-picker-monitoring": "create",
    "inference-qwen3-8b-objectives": "create",
    "inference-qwen3-8b-objectives-batch": "create",
}
_ROUTE = "inference-gateway-route"
_ON_DEV = pytest.mark.parametrize("deployed", ["dev"], indirect=True)
"""For changes that touch nothing that Autopilot does otherwise."""


@pytest.fixture(scope="module", params=["dev", "autopilot"])
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scenario]:
    """A stack after its first update, which a preview on nothing had announced step by step."""
    with scenario(tmp_path_factory.mktemp(request.param), request.param) as started:
        announced = started.engine.preview().steps
        done = started.engine.up().steps
        assert set(announced.values()) == {"create"}
        assert done == announced
        yield started


def _models(deployed: Scenario, edit: Callable[[dict[str, Any]], object]) -> None:
    models = deployed.engine.section("models")
    edit(models[0])
    deployed.engine.change("models", models)


def _changed(deployed: Scenario) -> Mapping[str, str]:
    """What an update does; a preview says the same. What it left undone the next one would show."""
    announced = deployed.engine.preview().steps
    done = deployed.engine.up().steps
    assert done == announced
    return done


def test_every_rendered_object_exists(deployed: Scenario) -> None:
    rendered = deployed.rendered()
    assert len(rendered) > 15
    assert deployed.missing(rendered) == []
    assert deployed.api.get("inference.networking.k8s.io/v1", "InferencePool", _MODEL, "default")


def test_pods_run_on_gpu_nodes(deployed: Scenario) -> None:
    nodes = {
        node["metadata"]["name"]: int(node["status"]["allocatable"].get("nvidia.com/gpu", 0))
        for node in deployed.api.find_all("v1", "Node")
    }
    servers = deployed.pods(_MODEL)
    assert len(servers) == 3
    assert all(nodes[pod["spec"]["nodeName"]] > 0 for pod in servers)
    every = deployed.api.find_all("v1", "Pod")
    assert {pod["status"]["phase"] for pod in every} == {"Running"}
    pickers = [pod for pod in every if pod["metadata"]["name"].startswith(f"{_MODEL}-epp")]
    assert pickers
    assert not any(nodes[pod["spec"]["nodeName"]] for pod in pickers)


def test_routes_work(deployed: Scenario) -> None:
    gateway = deployed.api.get(
        "gateway.networking.k8s.io/v1", "Gateway", "inference-gateway", "default"
    )
    assert gateway
    assert gateway["status"]["addresses"]
    route = deployed.api.get(
        "gateway.networking.k8s.io/v1", "HTTPRoute", "inference-gateway", "default"
    )
    assert route
    conditions = route["status"]["parents"][0]["conditions"]
    assert {condition["status"] for condition in conditions} == {"True"}


def test_second_update_changes_nothing(deployed: Scenario) -> None:
    assert deployed.engine.up().steps == {}


def test_refresh_finds_no_drift(deployed: Scenario) -> None:
    assert set(deployed.engine.refresh().changes) == {"same"}
    assert deployed.engine.preview().steps == {}


@_ON_DEV
def test_deleted_object_is_found_and_made_again(deployed: Scenario) -> None:
    deployed.remove("policy/v1", "PodDisruptionBudget", _MODEL, "default")
    assert deployed.engine.refresh().changes["delete"] == 1
    assert deployed.engine.up().steps == {"inference-llama3-8b-server-budget": "create"}


@_ON_DEV
def test_image(deployed: Scenario) -> None:
    _models(deployed, lambda model: model.update(image="docker.io/vllm/vllm-openai:v0.31.0"))
    assert _changed(deployed) == {"inference-llama3-8b-server-deployment": "update"}


@_ON_DEV
def test_replicas(deployed: Scenario) -> None:
    _models(deployed, lambda model: model.update(replicas=2))
    assert _changed(deployed) == {
        "inference-llama3-8b-server-deployment": "update",
        "inference-llama3-8b-server-budget": "update",
    }
    assert len(deployed.pods(_MODEL)) == 2


@_ON_DEV
def test_adapter(deployed: Scenario) -> None:
    before = {pod["metadata"]["uid"] for pod in deployed.pods(_MODEL)}

    def swap(model: dict[str, Any]) -> None:
        adapters = model["lora"]["adapters"]
        retired = adapters.pop()
        adapters.append({"name": "tickets", "source": "owner/tickets-lora"})
        model["lora"]["retired"] = [retired["name"]]

    _models(deployed, swap)
    assert _changed(deployed) == {"inference-llama3-8b-server-adapters": "update"}
    assert {pod["metadata"]["uid"] for pod in deployed.pods(_MODEL)} == before


@_ON_DEV
def test_objective_priority(deployed: Scenario) -> None:
    _models(deployed, lambda model: model["objectives"][0].update(priority=30))
    assert _changed(deployed) == {"inference-llama3-8b-objectives-food-review": "update"}


@_ON_DEV
def test_token(deployed: Scenario) -> None:
    deployed.engine.set_token("hf_" + "AnotherToken" * 3)
    assert _changed(deployed) == {"inference-hugging-face-secret": "update"}


def test_second_model(deployed: Scenario) -> None:
    models = deployed.engine.section("models")
    deployed.engine.change("models", [*models, _SECOND])
    assert _changed(deployed) == {**_SECOND_PARTS, _ROUTE: "update"}
    deployed.engine.change("models", models)
    removed = dict.fromkeys(_SECOND_PARTS, "delete")
    assert _changed(deployed) == {**removed, _ROUTE: "update"}
    assert not deployed.api.get("apps/v1", "Deployment", "qwen3-8b", "default")


@pytest.mark.parametrize("release", ["v1.0.0", "v1.5.0"])
def test_gateway_release(deployed: Scenario, release: str) -> None:
    """To the tutorial's, and up again."""
    deployed.engine.change("gatewayRelease", release)
    assert _changed(deployed) == {
        "inference-crds-release": "update",
        "inference-llama3-8b-pool-release": "update",
        "inference-llama3-8b-pool-picker-monitoring": "update",
        # Its picker parses other paths, and the default paths follow.
        "inference-gateway-route": "update",
    }


def test_gateway_class(deployed: Scenario) -> None:
    """There and back: an address is deleted after the Gateway that used it, as Google demands."""
    external = deployed.engine.section("gateway")
    _change_class(deployed, {"className": "gke-l7-rilb"}, new="internal", old="external")
    _change_class(deployed, external, new="external", old="internal")


def _change_class(deployed: Scenario, gateway: Mapping[str, Any], new: str, old: str) -> None:
    since = len(deployed.run.operations())
    deployed.engine.change("gateway", gateway)
    assert _changed(deployed) == {
        f"inference-network-{new}-address": "create",
        f"inference-network-{old}-address": "delete",
        "inference-gateway-gateway": "replace",
    }
    steps = deployed.run.operations()[since:]
    gone = _one(steps, "delete", "Gateway")
    assert gone.end <= _one(steps, "create", "Gateway").start
    assert gone.end <= _one(steps, "delete", "Address").start


@_ON_DEV
def test_an_external_gateway_and_an_internal_one_become_one_and_two_again(
    deployed: Scenario,
) -> None:
    """The one that is left takes the address of the other, which must be gone by then."""
    external = deployed.engine.section("gateway")
    both = {**external, "internal": True}
    gateway = "inference-gateway-gateway"
    for section, steps in (
        (both, {f"{gateway}-internal": "create", "inference-network-internal-address": "create"}),
        (
            {"className": "gke-l7-rilb"},
            {
                gateway: "replace",
                # Deleted beside it, and not made again.
                f"{gateway}-internal": "replace",
                "inference-network-external-address": "delete",
            },
        ),
        (
            both,
            {
                gateway: "replace",
                f"{gateway}-internal": "create",
                "inference-network-external-address": "create",
            },
        ),
        (
            external,
            {f"{gateway}-internal": "delete", "inference-network-internal-address": "delete"},
        ),
    ):
        deployed.engine.change("gateway", section)
        done = deployed.engine.up().steps
        assert {name: done[name] for name in done if name != _ROUTE} == steps
    assert deployed.engine.up().steps == {}


@_ON_DEV
def test_the_address_of_an_earlier_version_is_kept(deployed: Scenario) -> None:
    """Its name was one for both kinds of address; a change of class still works from there."""
    stack = deployed.engine.stack
    state = stack.export_stack()
    text = json.dumps(state.deployment).replace("network-external-address", "network-address")
    stack.import_stack(automation.Deployment(version=state.version, deployment=json.loads(text)))
    assert deployed.engine.preview().steps == {}
    external = deployed.engine.section("gateway")
    deployed.engine.change("gateway", {"className": "gke-l7-rilb"})
    assert _changed(deployed) == {
        "inference-network-internal-address": "replace",
        "inference-network-address": "replace",
        "inference-gateway-gateway": "replace",
    }
    _change_class(deployed, external, new="external", old="internal")


def test_destroy(deployed: Scenario) -> None:
    """Routes, then Gateways and pools, then CRDs, cluster, address and subnet; nothing is left."""
    assert deployed.engine.preview().steps == {}
    known = deployed.kept_crds()
    since = len(deployed.run.operations())
    deployed.engine.destroy()
    steps = deployed.run.operations()[since:]
    deleted = [step for step in steps if step.what == "delete"]
    route = _one(steps, "delete", "HTTPRoute")
    gateway = _one(steps, "delete", "Gateway")
    released = _one(steps, "released", "Gateway")
    cluster = _one(steps, "delete", "Cluster")
    releases = {step.target: step for step in deleted if step.kind == "Release"}
    pool, crds = releases[f"Release/{_MODEL}"], releases["Release/inference-crds"]
    assert route.end <= min(gateway.start, pool.start)
    assert route.end <= released.end <= gateway.end <= cluster.start
    assert pool.end <= crds.start
    assert crds.end <= cluster.start
    assert gateway.end <= _one(steps, "delete", "Address").start
    assert gateway.end <= _one(steps, "delete", "Subnetwork").start
    assert not [step for step in deleted if step.kind == "NodePool"]
    assert [step for step in steps if step.failed] == []
    assert deployed.left() == []
    assert deployed.kept_crds() == known != set()


def _one(steps: list[Operation], what: str, kind: str) -> Operation:
    found = [step for step in steps if step.what == what and step.kind == kind]
    assert len(found) == 1, f"{what} {kind}: {[step.target for step in found]}"
    return found[0]
