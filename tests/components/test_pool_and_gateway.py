"""InferencePool releases, policies, objectives, CRDs, the Gateway and its routes."""

import json
from typing import Any

import pytest
from conftest import ELSEWHERE, SEVERAL_MODELS, make_settings, of_type, only, run

from inference.offline.runner import Run

_RELEASES = ["v1.0.0", "v1.5.0", "llm-d-v0.10.0"]
_OBJECTIVES = [
    {"name": "food-review", "priority": 10},
    {"name": "llama3-base-model", "priority": 20},
]
_PATHS = [
    ("Exact", "/v1/completions"),
    ("Exact", "/v1/chat/completions"),
    ("PathPrefix", "/v1/responses"),
    ("Exact", "/v1/embeddings"),
    ("Exact", "/v1/models"),
]


def _of(release: str) -> Run:
    """A stack of a release, for all that is asked of each."""
    model = {"name": "mine", "port": 9000, "objectives": _OBJECTIVES}
    return run({"gatewayRelease": release, "models": [model]})


@pytest.mark.parametrize(
    ("release", "chart", "version"),
    [
        (
            "v1.0.0",
            "oci://registry.k8s.io/gateway-api-inference-extension/charts/inferencepool",
            "v1.0.0",
        ),
        (
            "v1.5.0",
            "oci://registry.k8s.io/gateway-api-inference-extension/charts/inferencepool",
            "v1.5.0",
        ),
        ("llm-d-v0.10.0", "oci://ghcr.io/llm-d/charts/llm-d-router-gateway", "v0.10.0"),
    ],
)
def test_pool_is_the_chart_of_the_release_with_nothing_of_gke_in_it(
    release: str, chart: str, version: str
) -> None:
    inputs = only(_of(release), ":Release", "mine").inputs

    assert (inputs["chart"], inputs["version"]) == (chart, version)
    assert inputs["values"]["provider"] == {"name": "none"}
    assert inputs["namespace"] == "default"


def test_going_to_llm_d_replaces_the_release_and_going_to_v1_5_does_not() -> None:
    triggers = {release: only(_of(release), ":Release", "mine") for release in _RELEASES}

    assert all(release.delete_before_replace for release in triggers.values())
    v1_0, v1_5, llm_d = (triggers[release].replacement_trigger for release in _RELEASES)
    assert v1_0 == v1_5 != llm_d


@pytest.mark.parametrize("release", _RELEASES)
def test_one_policy_of_each_kind_targets_the_pool(release: str) -> None:
    found = _of(release)
    health = only(found, ":HealthCheckPolicy", "mine").inputs["spec"]
    backend = only(found, ":GCPBackendPolicy", "mine").inputs["spec"]
    target = {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "mine"}

    assert health["targetRef"] == backend["targetRef"] == target
    assert health["default"]["config"] == {
        "type": "HTTP",
        "httpHealthCheck": {
            "portSpecification": "USE_FIXED_PORT",
            "port": 9000,
            "requestPath": "/health",
        },
    }
    assert backend["default"] == {
        "timeoutSec": 600,
        "connectionDraining": {"drainingTimeoutSec": 97},
        "logging": {"enabled": True, "sampleRate": 1_000_000},
    }


def test_timeouts_and_logs_come_from_the_settings() -> None:
    gateway = {
        "timeoutSeconds": 900,
        "drainingSeconds": 0,
        "healthCheck": {"intervalSeconds": 3, "timeoutSeconds": 2, "unhealthyThreshold": 4},
        "requestLog": {"enabled": False},
    }
    found = run({"gateway": gateway})
    health = only(found, ":HealthCheckPolicy").inputs["spec"]["default"]

    assert (health["checkIntervalSec"], health["timeoutSec"]) == (3, 2)
    assert (health["healthyThreshold"], health["unhealthyThreshold"]) == (1, 4)
    assert only(found, ":GCPBackendPolicy").inputs["spec"]["default"] == {
        "timeoutSec": 900,
        "connectionDraining": {"drainingTimeoutSec": 0},
        "logging": {"enabled": False},
    }


@pytest.mark.parametrize(
    ("release", "api_version"),
    [
        ("v1.0.0", "inference.networking.x-k8s.io/v1alpha2"),
        ("v1.5.0", "inference.networking.x-k8s.io/v1alpha2"),
        ("llm-d-v0.10.0", "llm-d.ai/v1alpha2"),
    ],
)
def test_objectives_are_of_the_releases_group(release: str, api_version: str) -> None:
    objectives = of_type(_of(release), ":InferenceObjective")
    pool = {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "mine"}

    assert [
        (o.inputs["apiVersion"], o.inputs["metadata"]["name"], o.inputs["spec"]) for o in objectives
    ] == [
        (api_version, "food-review", {"priority": 10, "poolRef": pool}),
        (api_version, "llama3-base-model", {"priority": 20, "poolRef": pool}),
    ]


@pytest.mark.parametrize(
    ("release", "left", "existing"),
    [
        (
            "v1.0.0",
            [
                "inferenceobjectives.inference.networking.x-k8s.io",
                "inferencepools.inference.networking.x-k8s.io",
            ],
            3,
        ),
        (
            "v1.5.0",
            [
                "inferenceobjectives.inference.networking.x-k8s.io",
                "inferencemodelrewrites.inference.networking.x-k8s.io",
                "inferencepoolimports.inference.networking.x-k8s.io",
            ],
            4,
        ),
        ("llm-d-v0.10.0", ["inferenceobjectives.llm-d.ai", "inferencemodelrewrites.llm-d.ai"], 3),
    ],
)
def test_crds_are_those_of_the_release_without_gkes_own(
    release: str, left: list[str], existing: int
) -> None:
    on_gke = only(_of(release), ":Release", "inference-crds").inputs
    elsewhere = {"gatewayRelease": release, "cluster": {"mode": "existing", "context": "x"}}
    everywhere = only(run(elsewhere), ":Release", "inference-crds").inputs

    assert on_gke["chart"] == "./charts/crds"
    # Nothing is downloaded: each document stands by name, source and checksum.
    assert [document["name"] for document in on_gke["values"]["documents"]] == left
    assert all(
        set(document) == {"name", "url", "sha256"} for document in on_gke["values"]["documents"]
    )
    assert len(everywhere["values"]["documents"]) == existing


def test_no_crd_release_where_the_cluster_brings_them_all() -> None:
    names = [crd.name for crd in make_settings({}).release.crds]
    found = run({"crds": {"preinstalled": names}})

    assert [release.inputs["name"] for release in of_type(found, ":Release")] == ["llama3-8b"]


@pytest.mark.parametrize("class_name", ["gke-l7-regional-external-managed", "gke-l7-rilb"])
def test_gateway_listens_on_http_at_the_reserved_address_and_is_awaited(class_name: str) -> None:
    found = run({"cluster": {"name": "mine"}, "gateway": {"className": class_name}})
    gateway = only(found, ":Gateway")
    address = only(found, "compute/address:Address")

    assert gateway.inputs["spec"] == {
        "gatewayClassName": class_name,
        "listeners": [{"name": "http", "protocol": "HTTP", "port": 80}],
        "addresses": [{"type": "NamedAddress", "value": address.inputs["name"]}],
    }
    annotations = gateway.inputs["metadata"]["annotations"]
    assert annotations == {"pulumi.com/waitFor": "condition=Programmed"}
    assert gateway.timeouts == {"create": "20m", "update": "20m", "delete": "20m"}


def test_another_class_replaces_the_gateway_deleting_it_first() -> None:
    external = only(run(), ":Gateway")
    internal = only(run({"gateway": {"className": "gke-l7-rilb"}}), ":Gateway")

    assert external.replacement_trigger != internal.replacement_trigger
    assert external.delete_before_replace


def test_route_lets_in_the_openai_paths_and_nothing_else() -> None:
    spec = only(run(), ":HTTPRoute", "inference-gateway").inputs["spec"]
    (rule,) = spec["rules"]

    assert spec["parentRefs"] == [{"name": "inference-gateway"}]
    assert [(m["path"]["type"], m["path"]["value"]) for m in rule["matches"]] == _PATHS
    assert rule["backendRefs"] == [
        {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "llama3-8b"}
    ]


@pytest.mark.parametrize(
    ("gateway", "conditions"),
    [
        ({}, ["Accepted", "ResolvedRefs", "Reconciled"]),
        ({"className": "istio"}, ["Accepted", "ResolvedRefs"]),
    ],
)
def test_route_is_awaited_by_the_conditions_of_its_class(
    gateway: dict[str, Any], conditions: list[str]
) -> None:
    sections = {"gateway": gateway, "cluster": {"mode": "existing", "context": "x"}}
    metadata = only(run(sections), ":HTTPRoute").inputs["metadata"]

    assert json.loads(metadata["annotations"]["pulumi.com/waitFor"]) == [
        f'jsonpath={{.status.parents[0].conditions[?(@.type=="{condition}")].status}}=True'
        for condition in conditions
    ]


def test_routes_attach_to_a_gateway_of_another_team_and_nothing_of_it_is_made() -> None:
    theirs = {"name": "shared", "namespace": "gateways", "listener": "https"}
    gateway = {"existing": theirs, "className": "gke-l7-rilb", "hostnames": ["llm.example.com"]}
    found = run({"gateway": gateway, "cluster": {"mode": "existing", "context": "x"}})

    spec = only(found, ":HTTPRoute").inputs["spec"]
    parent = {"name": "shared", "namespace": "gateways", "sectionName": "https"}
    assert (spec["parentRefs"], spec["hostnames"]) == ([parent], ["llm.example.com"])
    assert not any(
        of_type(found, kind)
        for kind in (":Gateway", ":GCPGatewayPolicy", ":Subnetwork", ":Address")
    )
    # Those of the stack's own backends remain.
    assert only(found, ":HealthCheckPolicy")
    assert only(found, ":GCPBackendPolicy")
    outputs = found.outputs
    assert (outputs["gatewayName"], outputs["endpoint"]) == ("shared", "https://llm.example.com")
    assert "get gateway shared --namespace gateways" in outputs["gatewayAddressCommand"]


def test_without_a_controller_neither_is_awaited() -> None:
    found = run({"gateway": {"wait": False}})

    for kind in (":Gateway", ":HTTPRoute"):
        assert "annotations" not in only(found, kind).inputs["metadata"]


def test_several_models_are_told_apart_by_header() -> None:
    found = run(SEVERAL_MODELS)
    rules = only(found, ":HTTPRoute").inputs["spec"]["rules"]
    headers = [
        (rule["matches"][0]["headers"][0]["value"], rule["backendRefs"][0]["name"])
        for rule in rules
    ]

    assert headers == [
        ("meta-llama/Llama-3.1-8B-Instruct", "llama"),
        ("food-review", "llama"),
        ("Qwen/Qwen3-32B", "qwen"),
        ("mine", "unknown"),
    ]
    assert all(len(rule["matches"]) == len(_PATHS) for rule in rules)
    assert len(of_type(found, ":HealthCheckPolicy")) == 3


def test_many_rules_are_spread_over_routes() -> None:
    models = [{"name": f"m{n}", "servedName": f"m{n}", "engine": "simulator"} for n in range(20)]
    routes = of_type(run({**ELSEWHERE, "models": models}), ":HTTPRoute")

    assert [route.inputs["metadata"]["name"] for route in routes] == [
        "inference-gateway",
        "inference-gateway-2",
    ]
    assert [len(route.inputs["spec"]["rules"]) for route in routes] == [16, 4]


def test_a_class_that_is_not_gkes_gets_no_policy_of_gke() -> None:
    sections = {
        "cluster": {"mode": "existing", "context": "x"},
        "gateway": {"className": "istio", "provider": "istio"},
        "gatewayRelease": "v1.5.0",
    }
    found = run(sections, gcp={})

    assert of_type(found, "Policy") == []
    assert "addresses" not in only(found, ":Gateway").inputs["spec"]
    assert only(found, ":Release", "llama3-8b").inputs["values"]["provider"] == {"name": "istio"}
