"""The cluster in its three modes, the node account and the provider into it."""

import json
from typing import Any

import pytest
from conftest import ELSEWHERE, OTHER_GATEWAY, SEVERAL_MODELS, of_type, only, run

from components.google.kubeconfig import kubeconfig
from inference.derive.names import node_account_id

_AUTOPILOT = {"cluster": {"mode": "autopilot", "name": "auto"}}
_EXISTING = {"cluster": ELSEWHERE["cluster"]}
_OTHERWISE = {
    **OTHER_GATEWAY,
    "cluster": {
        "name": "a" * 40,
        "location": "us-central1-b",
        "releaseChannel": "rapid",
        "deletionProtection": True,
        "imageStreaming": True,
    },
    "network": {"name": "vpc", "subnetwork": "nodes"},
}


def test_standard_cluster_is_the_tutorials() -> None:
    inputs = only(run({"cluster": {"name": "mine"}}), ":Cluster", "mine").inputs

    assert inputs["location"] == "us-central1"
    assert inputs["initialNodeCount"] == 1
    assert inputs["releaseChannel"] == {"channel": "REGULAR"}
    assert inputs["workloadIdentityConfig"] == {"workloadPool": "test-project.svc.id.goog"}
    assert inputs["gatewayApiConfig"] == {"channel": "CHANNEL_STANDARD"}
    assert inputs["addonsConfig"] == {"httpLoadBalancing": {"disabled": False}}
    assert inputs["monitoringConfig"] == {
        "enableComponents": ["DCGM", "SYSTEM_COMPONENTS"],
        "managedPrometheus": {"enabled": True, "autoMonitoringConfig": {"scope": "NONE"}},
    }
    assert inputs["deletionProtection"] is False
    assert inputs["ipAllocationPolicy"] == {}
    assert inputs["network"] == "default"
    # An explicit false conflicts with Standard; inline pools and removal recreate or delay it.
    assert not {"enableAutopilot", "nodePools", "removeDefaultNodePool"} & set(inputs)


def test_settings_of_the_cluster_reach_it() -> None:
    inputs = only(run(_OTHERWISE), "container/cluster:Cluster").inputs

    assert inputs["location"] == "us-central1-b"
    assert inputs["releaseChannel"] == {"channel": "RAPID"}
    assert inputs["deletionProtection"] is True
    assert (inputs["network"], inputs["subnetwork"]) == ("vpc", "nodes")


@pytest.mark.parametrize(
    ("release", "machine"),
    [("v1.0.0", "e2-standard-8"), ("v1.5.0", "e2-standard-8"), ("llm-d-v0.10.0", "e2-standard-16")],
)
def test_cpu_nodes_hold_a_picker_and_run_as_the_node_account(release: str, machine: str) -> None:
    found = run({**OTHER_GATEWAY, "gatewayRelease": release})
    config = only(found, "container/cluster:Cluster").inputs["nodeConfig"]

    assert config["machineType"] == machine
    assert config["serviceAccount"] == "[unknown]"
    assert config["oauthScopes"] == ["https://www.googleapis.com/auth/cloud-platform"]
    assert config["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}


def test_no_setting_changes_the_initial_node_count() -> None:
    cluster = only(run(SEVERAL_MODELS), "container/cluster:Cluster")

    assert cluster.inputs["initialNodeCount"] == 1


def test_autopilot_cluster_has_no_nodes_of_ours() -> None:
    found = run(_AUTOPILOT)
    inputs = only(found, ":Cluster", "auto").inputs

    assert inputs["enableAutopilot"] is True
    assert inputs["releaseChannel"] == {"channel": "REGULAR"}
    assert inputs["clusterAutoscaling"] == {
        "autoProvisioningDefaults": {
            "serviceAccount": "[unknown]",
            "oauthScopes": ["https://www.googleapis.com/auth/cloud-platform"],
        }
    }
    # A node_config on Autopilot is replaced at each up.
    assert not {"nodeConfig", "initialNodeCount", "workloadIdentityConfig"} & set(inputs)
    assert of_type(found, ":NodePool") == []


def test_node_account_has_the_minimal_role_and_nodes_wait_for_it() -> None:
    found = run()
    account = only(found, "serviceaccount/account:Account")
    grant = only(found, "projects/iAMMember:IAMMember")

    assert account.inputs["accountId"] == "inference-gateway-nodes"
    assert grant.inputs["role"] == "roles/container.defaultNodeServiceAccount"
    assert account.urn in grant.depends_on
    assert grant.urn in only(found, "container/cluster:Cluster").depends_on


@pytest.mark.parametrize("sections", [_AUTOPILOT, _OTHERWISE])
def test_nodes_that_stream_images_have_the_role_for_it_before_they_start(
    sections: dict[str, Any],
) -> None:
    found = run(sections)
    grants = of_type(found, "projects/iAMMember:IAMMember")

    assert {grant.inputs["role"] for grant in grants} == {
        "roles/container.defaultNodeServiceAccount",
        "roles/serviceusage.serviceUsageConsumer",
    }
    assert {grant.urn for grant in grants} <= set(
        only(found, "container/cluster:Cluster").depends_on
    )
    apis = {api.inputs["service"] for api in of_type(found, "projects/service:Service")}
    assert "containerfilesystem.googleapis.com" in apis


def test_a_long_cluster_name_gives_an_account_id_that_google_accepts() -> None:
    account = only(run(_OTHERWISE), "serviceaccount/account:Account")

    assert account.inputs["accountId"] == node_account_id("a" * 40)
    assert len(account.inputs["accountId"]) == 30


def test_kubernetes_provider_survives_an_unknown_kubeconfig() -> None:
    inputs = only(run({"cluster": {"name": "mine"}}), "pulumi:providers:kubernetes").inputs

    assert inputs["kubeconfig"] == "[secret]"
    assert inputs["clusterIdentifier"] == "test-project/us-central1/mine"
    assert (inputs["enableConfigMapMutable"], inputs["enableSecretMutable"]) == ("true", "true")


def test_existing_cluster_is_reached_by_its_context_and_builds_nothing_of_google() -> None:
    found = run(ELSEWHERE, gcp={})
    provider = only(found, "pulumi:providers:kubernetes").inputs

    assert provider["context"] == "kind-kind"
    assert provider["clusterIdentifier"] == "kind-kind"
    assert "kubeconfig" not in provider
    assert [r.type for r in found.resources if "gcp" in r.type.split(":")[:3]] == []


@pytest.mark.parametrize(
    ("sections", "model", "tolerated"),
    [
        ({}, {}, None),
        ({"cluster": _EXISTING["cluster"]}, {}, None),
        (ELSEWHERE, {}, [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]),
        (ELSEWHERE, {"engine": "simulator"}, None),
    ],
)
def test_where_gke_does_not_say_it_servers_tolerate_the_taint_of_gpus(
    sections: dict[str, Any], model: dict[str, Any], tolerated: object
) -> None:
    found = run({**sections, "models": [{"name": "llama3-8b", **model}]})
    pod = only(found, ":Deployment", "llama3-8b").inputs["spec"]["template"]["spec"]

    assert pod.get("tolerations") == tolerated


def test_existing_gke_cluster_gets_network_but_no_cluster() -> None:
    found = run(_EXISTING)

    assert len(of_type(found, ":Subnetwork")) == 1
    assert of_type(found, "container/cluster:Cluster") == []
    assert of_type(found, ":NodePool") == []


def test_kubeconfig_asks_the_plugin_for_tokens_and_holds_none() -> None:
    config = json.loads(kubeconfig("mine", "10.0.0.1", "Q0E="))

    assert config["clusters"][0]["cluster"] == {
        "server": "https://10.0.0.1",
        "certificate-authority-data": "Q0E=",
    }
    assert config["current-context"] == config["contexts"][0]["name"] == "mine"
    user = config["users"][0]["user"]
    assert list(user) == ["exec"]
    assert user["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert user["exec"]["provideClusterInfo"] is True
