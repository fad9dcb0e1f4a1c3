"""What waits for what, who belongs to whom, which provider makes it, and what stays secret."""

import json
from typing import Any

import pytest
from conftest import SEVERAL_MODELS, make_settings, of_type, only, run, run_of

from components import InferenceStack, InferenceStackArgs
from inference.catalog.releases import RELEASES
from inference.config import Configuration
from inference.config.settings import Settings
from inference.config.stack_file import StackFile, read_stack
from inference.derive.requests import curl
from inference.offline.runner import Run, record

_MODES: list[dict[str, Any]] = [
    {"mode": "standard"},
    {"mode": "autopilot"},
    {"mode": "existing", "context": "x"},
]
_TOKEN = "hf_thisMustNeverBeSeen"  # noqa: S105 a made-up token
_LORA = {
    "name": "llama3-8b",
    "lora": {"adapters": [{"name": "food-review", "source": "owner/food"}]},
    "objectives": [{"name": "food-review", "priority": 1}],
}

_GIVEN = {
    "namespace": "models",
    "models": [_LORA],
    "huggingFaceSecret": {"name": "my-token", "key": "token"},
}


def _before(found: Run, urn: str) -> set[str]:
    """Everything that a resource waits for, directly or not."""
    by_urn = {resource.urn: resource for resource in found.resources}
    seen: set[str] = set()
    waiting = [urn]
    while waiting:
        resource = by_urn[waiting.pop()]
        for other in (*resource.depends_on, resource.provider):
            if other in by_urn and other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


@pytest.mark.parametrize("cluster", _MODES, ids=lambda cluster: cluster["mode"])
@pytest.mark.parametrize("release", RELEASES)
def test_every_resource_has_a_parent_component_and_one_of_our_providers(
    cluster: dict[str, Any], release: str
) -> None:
    found = run({"cluster": cluster, "gatewayRelease": release, "models": [_LORA]})
    components = {resource.urn for resource in found.resources if not resource.custom}
    providers = {
        package: only(found, f"pulumi:providers:{package}").urn for package in ("gcp", "kubernetes")
    }

    for resource in found.resources:
        if resource.parent:
            assert resource.parent in components
        else:
            assert resource.type == "gke-inference-gateway:index:InferenceStack"
        # Waits are run by the program's own Python, and have no provider in it.
        if resource.custom and not resource.type.startswith(("pulumi:", "pulumi-python:")):
            assert resource.provider == providers[resource.type.partition(":")[0]]


def test_routes_come_after_gateway_and_pools_so_that_they_go_first() -> None:
    found = run(SEVERAL_MODELS)
    route = only(found, ":HTTPRoute")
    pools = {r.urn for r in of_type(found, ":Release") if r.inputs["name"] != "inference-crds"}

    assert set(route.depends_on) == {only(found, ":Gateway").urn, *pools}


@pytest.mark.parametrize("stack", ["dev", "autopilot", "prod"])
def test_what_load_balancers_use_is_deleted_after_the_wait_for_their_end(stack: str) -> None:
    found = run_of(read_stack(stack))
    wait = only(found, ":LoadBalancerRemoval")
    used = _before(found, wait.urn)

    for made in (only(found, ":Gateway"), only(found, ":Release", "llama3-8b")):
        assert wait.urn in made.depends_on
    expected = {
        resource.urn
        for resource in found.resources
        if resource.type.startswith(("gcp:compute/", "gcp:certificatemanager/"))
        or resource.type == "gcp:container/cluster:Cluster"
    }
    assert expected <= used
    assert wait.inputs["clusterUid"] == "[unknown]"
    assert (wait.inputs.get("network") is not None) is (stack == "prod")


def test_a_component_of_another_languages_program_waits_for_nothing() -> None:
    settings = Settings.model_validate({"gcp": {"project": "test-project"}, "models": [_LORA]})

    def program() -> None:
        configuration = Configuration(settings=settings, token=None)
        arguments = InferenceStackArgs(configuration=configuration, crds=[], awaits_google=False)
        InferenceStack("inference", arguments)

    found = record(StackFile(name="test", config={}, secret_keys=frozenset()), program)

    assert not [one for one in found.resources if one.type.startswith("pulumi-python:")]


def test_gateway_and_pools_are_side_by_side_and_before_the_crds_go() -> None:
    found = run({"models": [_LORA]})
    crds = only(found, ":Release", "inference-crds").urn
    pool = only(found, ":Release", "llama3-8b").urn
    gateway = only(found, ":Gateway").urn

    assert crds in _before(found, pool)
    assert pool not in _before(found, gateway)
    assert gateway not in _before(found, pool)
    assert crds in _before(found, only(found, ":InferenceObjective").urn)


def test_objects_go_before_the_cluster_and_the_address_after_the_gateway() -> None:
    found = run({"models": [_LORA]})
    cluster = only(found, "container/cluster:Cluster").urn

    for resource in found.resources:
        if resource.type.startswith("kubernetes:"):
            assert cluster in _before(found, resource.urn)
    gateway = _before(found, only(found, ":Gateway").urn)
    assert {only(found, ":Subnetwork").urn, only(found, "compute/address:Address").urn} <= gateway


def test_the_way_to_the_first_token_waits_for_nothing_beside_it() -> None:
    found = run({"models": [_LORA]})
    deployment = _before(found, only(found, ":Deployment").urn)
    gateway = _before(found, only(found, ":Gateway").urn)

    assert only(found, ":NodePool").urn not in deployment
    assert only(found, ":Release", "inference-crds").urn not in deployment
    assert only(found, ":Gateway").urn not in deployment
    assert only(found, ":Deployment").urn not in gateway
    assert only(found, ":NodePool").urn not in gateway


def test_deployment_gets_secret_and_adapters_by_data_flow() -> None:
    found = run({"models": [_LORA]})
    deployment = only(found, ":Deployment")

    assert set(deployment.property_depends_on["spec"]) == {
        only(found, ":Secret", "hf-secret").urn,
        only(found, ":ConfigMap").urn,
    }


def test_policies_and_objectives_get_the_pools_name_by_data_flow() -> None:
    found = run({"models": [_LORA]})
    pool = only(found, ":Release", "llama3-8b").urn

    for kind in (":HealthCheckPolicy", ":GCPBackendPolicy", ":InferenceObjective"):
        assert pool in only(found, kind).property_depends_on["spec"]


def test_a_namespace_of_its_own_comes_before_all_that_is_in_it() -> None:
    found = run(_GIVEN)
    namespace = only(found, ":Namespace", "models").urn
    namespaced = [
        resource
        for resource in found.resources
        if resource.inputs.get("metadata", resource.inputs).get("namespace") == "models"
    ]

    assert len(namespaced) > 10
    for resource in namespaced:
        assert namespace in _before(found, resource.urn)


def test_the_token_is_secret_wherever_it_ends() -> None:
    found = run(
        {"cluster": {"name": "mine"}, "models": [_LORA]}, secrets={"huggingFaceToken": _TOKEN}
    )
    everything = json.dumps([dict(r.inputs) for r in found.resources]) + json.dumps(found.outputs)

    assert only(found, ":Secret", "hf-secret").inputs["stringData"] == {"hf_api_token": "[secret]"}
    assert _TOKEN not in everything


def test_a_token_in_clear_text_becomes_secret_all_the_same() -> None:
    found = run({"models": [_LORA], "huggingFaceToken": _TOKEN})

    assert _TOKEN not in json.dumps([dict(r.inputs) for r in found.resources])


def test_kubeconfig_is_secret_in_provider_and_outputs() -> None:
    found = run()

    assert only(found, "pulumi:providers:kubernetes").inputs["kubeconfig"] == "[secret]"
    assert found.outputs["kubeconfig"] == "[secret]"


def test_an_existing_secret_is_referred_to_and_none_is_made() -> None:
    found = run(_GIVEN)
    pod = only(found, ":Deployment").inputs["spec"]["template"]["spec"]
    references = [item["valueFrom"] for item in pod["containers"][0]["env"] if "valueFrom" in item]

    assert references == [{"secretKeyRef": {"name": "my-token", "key": "token"}}] * 2
    names = [secret.inputs["metadata"]["name"] for secret in of_type(found, "core/v1:Secret")]
    assert names == ["inference-gateway-sa-metrics-reader-secret"]


def test_outputs_name_what_a_user_needs_next() -> None:
    found = run(
        {"cluster": {"name": "mine"}, "models": [_LORA]}, secrets={"huggingFaceToken": _TOKEN}
    )

    assert set(found.outputs) == {
        "clusterName",
        "kubeconfig",
        "gatewayName",
        "gatewayAddress",
        "endpoint",
        "servedModels",
        "curl",
    }
    assert found.outputs["clusterName"] == "mine"
    assert found.outputs["servedModels"] == ["meta-llama/Llama-3.1-8B-Instruct", "food-review"]
    assert found.outputs["endpoint"] == "[unknown]"


def test_internal_class_says_from_where_the_endpoint_answers() -> None:
    settings = make_settings({"gateway": {"className": "gke-l7-rilb"}})

    assert curl(settings, "http://10.0.0.9").endswith(
        "# the endpoint is reachable only from inside the VPC network"
    )
