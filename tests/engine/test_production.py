"""A stack of production on the real engine: up, changes, the next release, and the way down."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from harness.cluster_documents import REAL_CRDS
from harness.engine import UpdateError
from harness.scenario import Scenario, scenario

_LIES_IN_THE_NETWORK = frozenset(
    {"Gateway", "Cluster", "RouterNat", "Router", "Subnetwork", "Network"}
)
_KEYS = ("security.protect", "cluster.deletionProtection")
_MODEL = "meta-llama/Llama-3.1-8B-Instruct"
_GREEN = "llama3-8b-green"
_ROUTE = "inference-gateway-route"
_NAMES_MODELS = {_ROUTE: "update", "inference-observability-no-ready-endpoint": "update"}
_FUSE = "gcsfuse.csi.storage.gke.io"
_GATEWAY_API = "gateway.networking.k8s.io/v1"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """The stack after its first update; with the first release, to be walked to the next."""
    with scenario(tmp_path_factory.mktemp("prod"), "prod") as started:
        started.engine.change("gatewayRelease", "v1.0.0")
        # Two pickers of that release could not be updated, and preflight refuses them.
        started.engine.change("picker", {"replicas": 1})
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


def _changed(deployed: Scenario, section: str, **values: Any) -> Mapping[str, str]:  # noqa: ANN401 any YAML
    """What the change of a section does."""
    deployed.engine.change(section, {**deployed.engine.section(section), **values})
    return deployed.engine.up().steps


def test_every_rendered_object_was_accepted(deployed: Scenario) -> None:
    rendered = deployed.rendered()

    assert len(rendered) > 15
    assert deployed.missing(rendered) == []


def _weights(deployed: Scenario, **keys: Any) -> tuple[Mapping[str, str], Mapping[str, Any]]:  # noqa: ANN401 any YAML
    """What another way to the weights does, and the Pod that the API server then holds."""
    models = deployed.engine.section("models")
    models[0]["weights"] = keys
    deployed.engine.change("models", models)
    done = deployed.engine.up().steps
    namespace = deployed.engine.section("namespace")
    found = deployed.api.get("apps/v1", "Deployment", "llama3-8b", namespace)
    assert found
    return done, found["spec"]["template"]


def test_weights_are_mounted_or_an_image_by_a_roll_out(deployed: Scenario) -> None:
    """The API server would leave out what it does not know, and the next update would differ."""
    before = deployed.engine.section("models")[0]["weights"]
    deployed.engine.change("weights", {"create": True, "compileCache": True})
    done, template = _weights(deployed, load="mount")

    assert done == {
        # The driver is an add-on.
        "inference-cluster-cluster": "update",
        "inference-llama3-8b-server-deployment": "update",
        "inference-weights-cache": "create",
        "inference-weights-writer": "create",
    }
    drivers = {
        volume["name"]: volume["csi"]["volumeAttributes"]["bucketName"]
        for volume in template["spec"]["volumes"]
        if volume.get("csi", {}).get("driver") == _FUSE
    }
    bucket = "test-project-inference-prod-weights"
    assert drivers == {"weights": bucket, "compile-cache": f"{bucket}-cache"}
    assert template["metadata"]["annotations"]["gke-gcsfuse/volumes"] == "true"

    reference = "registry.my-domain.dev/weights@sha256:" + "a" * 64
    done, template = _weights(deployed, image=reference)

    assert done == {"inference-llama3-8b-server-deployment": "update"}
    (volume,) = (one for one in template["spec"]["volumes"] if one["name"] == "weights")
    assert volume["image"] == {"reference": reference, "pullPolicy": "IfNotPresent"}

    deployed.engine.change("weights", {"create": True})
    done, _ = _weights(deployed, **before)
    assert done["inference-weights-cache"] == "delete"
    assert deployed.engine.up().steps == {}


def test_a_threshold_touches_its_alert_policy_alone(deployed: Scenario) -> None:
    alerts = {**deployed.engine.section("observability")["alerts"], "kvCache": 0.9}

    assert _changed(deployed, "observability", alerts=alerts) == {
        "inference-observability-kv-cache": "update"
    }


def test_a_maintenance_window_touches_the_cluster_alone(deployed: Scenario) -> None:
    window = {"days": ["SA", "SU"], "start": "03:00Z", "hours": 8}
    maintenance = {**deployed.engine.section("cluster")["maintenance"], "window": window}

    assert _changed(deployed, "cluster", maintenance=maintenance) == {
        "inference-cluster-cluster": "update"
    }


def _uids(deployed: Scenario, model: str) -> set[str]:
    return {pod["metadata"]["uid"] for pod in deployed.pods(model)}


def _run_on(deployed: Scenario, model: str, before: set[str]) -> bool:
    """Whether no server was stopped and none rolls out; the autoscaler may have added some."""
    templates = {pod["metadata"]["labels"]["pod-template-hash"] for pod in deployed.pods(model)}
    return set() != before <= _uids(deployed, model) and len(templates) == 1


def _as_before_nulls_were_left_out(deployed: Scenario) -> int:
    """Make the state one of an earlier version, with the CRD files' nulls; how many there are."""
    stack = deployed.engine.stack
    state = stack.export_stack()
    made = 0
    deployment = cast("dict[str, list[dict[str, Any]]]", state.deployment)
    for resource in deployment["resources"]:
        if resource["urn"].endswith("::inference-crds-release"):
            for values in (resource["inputs"]["values"], resource["outputs"]["values"]):
                for document in values["documents"]:
                    document["status"] = {"conditions": None, "storedVersions": None}
                    made += 1
    stack.import_stack(state)
    return made


def test_a_state_of_an_earlier_version_is_walked_to_the_next_release(deployed: Scenario) -> None:
    """On nulls in new values the real Kubernetes provider crashes, as the stand-in does."""
    assert _as_before_nulls_were_left_out(deployed) > 1
    # In the same update as the release would change, and before it by itself.
    assert deployed.engine.up().steps == {"inference-crds-release": "update"}
    assert _as_before_nulls_were_left_out(deployed) > 1


def test_the_next_release_replaces_nothing_and_stops_no_server(deployed: Scenario) -> None:
    before = _uids(deployed, "llama3-8b")
    deployed.engine.change("gatewayRelease", "v1.5.0")
    done = deployed.engine.up().steps

    assert "inference-llama3-8b-pool-release" in done
    # The dashboard and the alerts follow the new names of the picker's metrics.
    assert "inference-observability-dashboard" in done
    assert set(done.values()) == {"update"}
    assert not [name for name in done if "server" in name or "gateway-gateway" in name]
    assert _run_on(deployed, "llama3-8b", before)
    namespace = deployed.engine.section("namespace")
    picker = deployed.api.get("apps/v1", "Deployment", "llama3-8b-epp", namespace)
    assert picker
    image = picker["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.partition("@")[0].endswith(":v1.5.0")


def _divide(deployed: Scenario, blue: int, green: int) -> Mapping[str, str]:
    """Divide the base model and its adapters between the two, and say what that does."""
    weights = {"llama3-8b": blue, _GREEN: green}
    shares = [{"model": model, "weight": weight} for model, weight in weights.items()]
    names = (_MODEL, "food-review", "cad-fabricator")
    splits = [{"servedName": name, "models": shares} for name in names]
    return _changed(deployed, "gateway", splits=splits)


def _shares(deployed: Scenario) -> list[list[tuple[str, int]]]:
    """Backends of each rule, as the API server has them."""
    namespace = deployed.engine.section("namespace")
    route = deployed.api.get(_GATEWAY_API, "HTTPRoute", "inference-gateway", namespace)
    assert route
    return [
        [(backend["name"], backend["weight"]) for backend in rule["backendRefs"]]
        for rule in route["spec"]["rules"]
    ]


def test_green_comes_beside_blue_and_touches_none_of_its_servers(deployed: Scenario) -> None:
    (blue,) = deployed.engine.section("models")
    before = _uids(deployed, "llama3-8b")
    green: dict[str, Any] = {**blue, "name": _GREEN, "maxModelLen": 16384, "objectives": []}
    deployed.engine.change("models", [blue, green])
    done = _divide(deployed, 90, 10)

    assert {name: what for name, what in done.items() if what != "create"} == _NAMES_MODELS
    assert _run_on(deployed, "llama3-8b", before)
    assert _uids(deployed, _GREEN)
    assert _shares(deployed) == [[("llama3-8b", 90), (_GREEN, 10)]] * 3


def test_other_weights_update_the_route_in_place_and_nothing_else(deployed: Scenario) -> None:
    before = deployed.engine.ids()

    assert _divide(deployed, 50, 50) == {_ROUTE: "update"}
    assert _shares(deployed) == [[("llama3-8b", 50), (_GREEN, 50)]] * 3
    assert deployed.engine.ids() == before


def test_blue_goes_when_nothing_is_sent_to_it_any_more(deployed: Scenario) -> None:
    assert _divide(deployed, 0, 100) == {_ROUTE: "update"}
    before = _uids(deployed, _GREEN)
    _, green = deployed.engine.section("models")
    deployed.engine.change("models", [green])
    done = _changed(deployed, "gateway", splits=[])

    assert {name: what for name, what in done.items() if what != "delete"} == _NAMES_MODELS
    assert _run_on(deployed, _GREEN, before)
    namespace = deployed.engine.section("namespace")
    assert deployed.api.get("apps/v1", "Deployment", "llama3-8b", namespace) is None
    assert [[name for name, _ in rule] for rule in _shares(deployed)] == [[_GREEN]]


@pytest.mark.skipif(not REAL_CRDS.is_dir(), reason="llm-d's CRDs, in no Go module, are not at hand")
def test_llm_d_replaces_the_pickers_release_and_stops_no_server(deployed: Scenario) -> None:
    """With a chart that stands in for llm-d's; the old release is deleted first."""
    before = _uids(deployed, _GREEN)
    deployed.engine.change("gatewayRelease", "llm-d-v0.10.0")
    announced = deployed.engine.preview()
    since = len(deployed.run.operations())
    done = deployed.engine.up().steps

    assert done == announced.steps
    assert [name for name, what in done.items() if what == "replace"] == [
        f"inference-{_GREEN}-pool-release"
    ]
    assert not {f"inference-{_GREEN}-server-deployment", "inference-gateway-gateway"} & {*done}
    assert _run_on(deployed, _GREEN, before)
    steps = [one for one in deployed.run.operations()[since:] if one.kind == "Release"]
    assert [one.what for one in steps if one.target.endswith(_GREEN)] == ["delete", "create"]
    assert deployed.engine.up().steps == {}
    assert set(deployed.engine.refresh().changes) == {"same"}


def test_destroy_is_refused_before_anything_is_deleted(deployed: Scenario) -> None:
    since = len(deployed.run.operations())
    with pytest.raises(UpdateError) as refused:
        deployed.engine.destroy()

    for key in _KEYS:
        assert key in refused.value.update.output
    assert [step for step in deployed.run.operations()[since:] if step.what == "delete"] == []


def test_unprotected_it_changes_its_gateways_class_there_and_back(deployed: Scenario) -> None:
    """Each by one update: the Gateway is deleted before the address that it uses."""
    for section, key in (("security", "protect"), ("cluster", "deletionProtection")):
        deployed.engine.change(section, {**deployed.engine.section(section), key: False})
    assert deployed.engine.up().steps["inference-cluster-cluster"] == "update"

    external = deployed.engine.section("gateway")["className"]
    for name, new, old in (
        ("gke-l7-rilb", "internal", "external"),
        (external, "external", "internal"),
    ):
        done = _changed(deployed, "gateway", className=name)
        assert done["inference-gateway-gateway"] == "replace"
        assert done[f"inference-network-{new}-address"] == "create"
        assert done[f"inference-network-{old}-address"] == "delete"
        assert deployed.engine.up().steps == {}


def test_destroy_takes_the_network_last(deployed: Scenario) -> None:
    since = len(deployed.run.operations())
    deployed.engine.destroy()
    deleted = [
        step
        for step in deployed.run.operations()[since:]
        if step.what == "delete" and step.kind in _LIES_IN_THE_NETWORK
    ]
    # The subnet of proxies goes with the Gateway, that of nodes after the cluster.
    last = {step.kind: step.start for step in sorted(deleted, key=lambda step: step.start)}

    parts = ("RouterNat", "Router", "Subnetwork")
    assert all(last["Network"] > last[kind] > last["Cluster"] for kind in parts)
    assert last["Cluster"] > last["Gateway"]
    # The weights stay: who has filled the bucket decides.
    assert deployed.left() == ["test-project-inference-prod-weights"]
