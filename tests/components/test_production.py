"""A cluster and network as production wants them; by default none of it is asked for."""

from typing import Any

import pytest
from conftest import OTHER_GATEWAY, of_type, only, run

from components.protection import NAME
from inference.derive.needs import needs, permissions
from inference.offline.runner import Run

_VPC: dict[str, Any] = {"network": {"vpc": {}}, "cluster": {"name": "mine"}}
_HOST = {
    "name": "shared",
    "hostProject": "host-project",
    "subnetwork": "nodes",
    "podRange": "their-pods",
    "serviceRange": "their-services",
}
_SEVERAL_POOLS = {
    "nodePools": [
        {"name": "spot", "machineType": "a3-highgpu-1g", "autoscaling": {"max": 2}},
        {"name": "behind", "machineType": "a3-highgpu-8g", "capacity": "onDemand"},
        {"name": "other", "machineType": "g2-standard-12", "capacity": "onDemand"},
    ]
}


_TOPIC = "projects/test-project/topics/upgrades"
_PRIVATE: dict[str, Any] = {
    **OTHER_GATEWAY,
    "cluster": {
        "privateNodes": True,
        "authorizedNetworks": [{"name": "office", "cidr": "203.0.113.0/24"}],
    },
}
_ALL: dict[str, Any] = {
    **OTHER_GATEWAY,
    "cluster": {
        "endpoint": "dns",
        "dataplaneV2": True,
        "costAllocation": True,
        "maintenance": {
            "window": {"days": ["SU", "TU"], "start": "23:30Z", "hours": 6},
            "exclusions": [
                {
                    "name": "sale",
                    "start": "2026-11-20T00:00:00Z",
                    "end": "2026-12-02T00:00:00Z",
                    "scope": "noUpgrades",
                }
            ],
        },
        "notifications": {"topic": _TOPIC, "events": ["UPGRADE_EVENT"]},
    },
    "labels": {"team": "inference"},
}
"""What a cluster may have beside each other."""
_DNS = {
    "dnsEndpointConfig": {"allowExternalTraffic": True},
    "ipEndpointsConfig": {"enabled": False},
}


def _cluster(sections: dict[str, Any]) -> dict[str, Any]:
    return dict(only(run(sections), "container/cluster:Cluster").inputs)


def test_a_vpc_has_one_subnet_with_ranges_for_pods_and_services() -> None:
    found = run(_VPC)
    network = only(found, "compute/network:Network")
    nodes = only(found, ":Subnetwork", "mine-nodes")

    assert network.inputs == {"name": "mine", "autoCreateSubnetworks": False}
    assert nodes.inputs == {
        "name": "mine-nodes",
        "network": "mine",
        "region": "us-central1",
        "ipCidrRange": "10.0.0.0/20",
        "secondaryIpRanges": [
            {"rangeName": "pods", "ipCidrRange": "10.4.0.0/14"},
            {"rangeName": "services", "ipCidrRange": "10.8.0.0/20"},
        ],
        "privateIpGoogleAccess": True,
    }
    assert network.urn in nodes.depends_on


def test_the_cluster_is_in_the_vpc_and_waits_for_its_nat() -> None:
    found = run(_VPC)
    cluster, nat = only(found, "container/cluster:Cluster"), only(found, ":RouterNat")

    assert (cluster.inputs["network"], cluster.inputs["subnetwork"]) == ("mine", "mine-nodes")
    assert cluster.inputs["ipAllocationPolicy"] == {
        "clusterSecondaryRangeName": "pods",
        "servicesSecondaryRangeName": "services",
    }
    # So that it is deleted after the last Pod.
    assert {nat.urn, only(found, ":Subnetwork", "mine-nodes").urn} <= set(cluster.depends_on)
    assert nat.inputs["sourceSubnetworkIpRangesToNat"] == "LIST_OF_SUBNETWORKS"
    assert nat.inputs["natIpAllocateOption"] == "AUTO_ONLY"
    assert only(found, "compute/router:Router").urn in nat.depends_on
    assert only(found, ":Subnetwork", "mine-proxy-only").inputs["network"] == "mine"


def test_a_vpc_may_have_a_name_of_its_own_and_no_nat() -> None:
    found = run({**OTHER_GATEWAY, "network": {"name": "platform", "vpc": {"nat": False}}})

    assert only(found, "compute/network:Network").inputs["name"] == "platform"
    assert of_type(found, ":RouterNat") == of_type(found, ":Router") == []


def test_a_vpc_is_made_for_a_gateway_that_is_not_gkes_too() -> None:
    found = run({**_VPC, **OTHER_GATEWAY})

    assert len(of_type(found, ":Subnetwork")) == 1
    assert of_type(found, "compute/address:Address") == []
    assert "endpoint" not in found.outputs


def test_an_internal_address_is_in_the_vpcs_subnet() -> None:
    found = run({**_VPC, "gateway": {"className": "gke-l7-rilb"}})

    assert only(found, "compute/address:Address").inputs["subnetwork"] == "mine-nodes"


def test_a_shared_vpc_is_named_by_its_host_project() -> None:
    found = run({"network": _HOST})
    cluster, proxies = only(found, "container/cluster:Cluster"), only(found, ":Subnetwork")

    network = "projects/host-project/global/networks/shared"
    assert cluster.inputs["network"] == proxies.inputs["network"] == network
    assert cluster.inputs["subnetwork"] == (
        "projects/host-project/regions/us-central1/subnetworks/nodes"
    )
    assert cluster.inputs["ipAllocationPolicy"] == {
        "clusterSecondaryRangeName": "their-pods",
        "servicesSecondaryRangeName": "their-services",
    }
    assert proxies.inputs["project"] == "host-project"


def test_nothing_of_production_is_asked_for_by_default() -> None:
    assert not {
        "privateClusterConfig",
        "controlPlaneEndpointsConfig",
        "masterAuthorizedNetworksConfig",
        "datapathProvider",
        "maintenancePolicy",
        "notificationConfig",
        "securityPostureConfig",
        "costManagementConfig",
    } & set(_cluster({}))


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (_PRIVATE, {"privateClusterConfig": {"enablePrivateNodes": True}}),
        (_ALL, {"controlPlaneEndpointsConfig": _DNS, "privateClusterConfig": None}),
        *(
            (
                {
                    **OTHER_GATEWAY,
                    "cluster": {"privateNodes": True, "endpoint": "dns", "mode": mode},
                },
                {
                    "controlPlaneEndpointsConfig": _DNS,
                    "masterAuthorizedNetworksConfig": None,
                    "privateClusterConfig": {
                        "enablePrivateNodes": True,
                        "enablePrivateEndpoint": True,
                    },
                },
            )
            for mode in ("standard", "autopilot")
        ),
        (
            _PRIVATE,
            {
                "masterAuthorizedNetworksConfig": {
                    "cidrBlocks": [{"displayName": "office", "cidrBlock": "203.0.113.0/24"}]
                }
            },
        ),
        (_ALL, {"datapathProvider": "ADVANCED_DATAPATH"}),
        (_ALL, {"costManagementConfig": {"enabled": True}}),
        (
            _ALL,
            {
                "maintenancePolicy": {
                    "recurringWindow": {
                        "startTime": "2000-01-02T23:30:00Z",
                        "endTime": "2000-01-03T05:30:00Z",
                        "recurrence": "FREQ=WEEKLY;BYDAY=TU,SU",
                    },
                    "maintenanceExclusions": [
                        {
                            "exclusionName": "sale",
                            "startTime": "2026-11-20T00:00:00Z",
                            "endTime": "2026-12-02T00:00:00Z",
                            "exclusionOptions": {"scope": "NO_UPGRADES"},
                        }
                    ],
                }
            },
        ),
        (
            _ALL,
            {
                "notificationConfig": {
                    "pubsub": {
                        "enabled": True,
                        "topic": _TOPIC,
                        "filter": {"eventTypes": ["UPGRADE_EVENT"]},
                    }
                }
            },
        ),
    ],
)
def test_a_setting_of_the_cluster_reaches_it(
    sections: dict[str, Any], expected: dict[str, Any]
) -> None:
    inputs = _cluster(sections)

    assert {key: inputs.get(key) for key in expected} == expected


def test_upgrades_are_told_on_a_topic_of_the_stack() -> None:
    found = run({**OTHER_GATEWAY, "cluster": {"name": "mine", "notifications": {}}})
    topic = only(found, "pubsub/topic:Topic")
    told = only(found, "container/cluster:Cluster").inputs["notificationConfig"]["pubsub"]

    assert topic.inputs == {"name": "mine-upgrades"}
    assert told["enabled"] is True
    assert told["topic"] == "[unknown]"
    assert "UPGRADE_EVENT" in told["filter"]["eventTypes"]
    enabled = {one.inputs["service"]: one.urn for one in of_type(found, ":Service")}
    assert enabled["pubsub.googleapis.com"] in topic.depends_on
    assert "roles/pubsub.editor" in needs(found.settings).roles


def test_upgrades_are_told_on_a_topic_that_is_there() -> None:
    found = run(_ALL)

    assert of_type(found, "pubsub/topic:Topic") == []
    assert "roles/pubsub.editor" not in needs(found.settings).roles


def test_nodes_start_securely_and_stream_images() -> None:
    found = run(
        {
            **OTHER_GATEWAY,
            "cluster": {"imageStreaming": True},
            "security": {"secureBoot": True, "posture": "basic"},
            "nodePools": [
                {"name": "one", "maxPods": 32},
                {"name": "two", "secureBoot": False, "zones": ["us-central1-c"]},
            ],
        }
    )
    secure = {"enableSecureBoot": True, "enableIntegrityMonitoring": True}
    cluster = only(found, "container/cluster:Cluster").inputs
    one, two = only(found, ":NodePool", "one").inputs, only(found, ":NodePool", "two").inputs

    assert cluster["nodeConfig"]["shieldedInstanceConfig"] == secure
    assert cluster["securityPostureConfig"] == {"mode": "BASIC"}
    assert one["nodeConfig"]["shieldedInstanceConfig"] == secure
    assert "shieldedInstanceConfig" not in two["nodeConfig"]
    for config in (cluster["nodeConfig"], one["nodeConfig"], two["nodeConfig"]):
        assert config["gcfsConfig"] == {"enabled": True}
    assert (one["maxPodsPerNode"], two.get("maxPodsPerNode")) == (32, None)
    assert "containerfilesystem.googleapis.com" in needs(found.settings).apis


def test_pods_prefer_pools_in_the_order_of_the_stack_file() -> None:
    pod = only(run({**_SEVERAL_POOLS, **OTHER_GATEWAY}), ":Deployment").inputs["spec"]["template"][
        "spec"
    ]
    order = pod["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]

    # The pool with other GPUs holds none of them.
    assert [
        (term["weight"], term["preference"]["matchExpressions"][0]["values"]) for term in order
    ] == [(100, ["spot"]), (1, ["behind"])]
    assert {term["preference"]["matchExpressions"][0]["key"] for term in order} == {
        "gke-inference-gateway/node-pool"
    }


def test_pods_with_one_pool_prefer_nothing() -> None:
    assert "affinity" not in only(run(), ":Deployment").inputs["spec"]["template"]["spec"]


def test_labels_of_the_stack_file_are_on_every_resource_but_cannot_hide_the_stack() -> None:
    inputs = only(run(_ALL), "pulumi:providers:gcp").inputs

    for part in ('"team": "inference"', '"pulumi-stack": "test"'):
        assert part in inputs["defaultLabels"]


def test_permissions_follow_what_is_made() -> None:
    plain, made = permissions(run().settings), permissions(run(_VPC).settings)
    dns = permissions(run(_ALL).settings)

    assert "compute.networks.create" not in plain["roles/compute.networkAdmin"]
    assert "compute.networks.create" in made["roles/compute.networkAdmin"]
    assert "container.clusters.connect" not in plain["roles/container.admin"]
    assert "container.clusters.connect" in dns["roles/container.admin"]


_NAME = f"inference-{NAME}"


def _protected(found: Run) -> set[str]:
    return {resource.type for resource in found.resources if resource.protect}


def test_what_holds_data_or_an_address_is_protected() -> None:
    found = run({**_VPC, "security": {"protect": True}})
    marker = next(resource for resource in found.resources if resource.name == _NAME)

    assert _protected(found) == {
        marker.type,
        "gcp:compute/network:Network",
        "gcp:compute/subnetwork:Subnetwork",
        "gcp:compute/address:Address",
        "gcp:container/cluster:Cluster",
    }
    # The engine names this resource when it refuses, and so the keys.
    assert {"security.protect", "cluster.deletionProtection"} <= set(_NAME.split("-"))


def test_the_marker_comes_after_everything_so_that_destroy_fails_at_it_first() -> None:
    found = run({**_VPC, "security": {"protect": True}})
    marker = next(resource for resource in found.resources if resource.name == _NAME)

    assert {r.urn for r in found.resources if r.custom} <= set(marker.depends_on)


def test_protection_is_lifted_by_false_and_not_there_by_default() -> None:
    lifted = run({**_VPC, "security": {"protect": False}})

    assert _protected(lifted) == _protected(run(_VPC)) == set()
    # While it is there, an update can lift its protection; one that is gone could not be deleted.
    assert _NAME in {resource.name for resource in lifted.resources}
    assert _NAME not in {resource.name for resource in run(_VPC).resources}
