"""GPU node pools: machine, capacity, storage, upgrades, and what deletes them."""

from typing import Any

import pytest
from conftest import OTHER_GATEWAY, of_type, only, run

from inference.offline.runner import Run

_POOLS: dict[str, dict[str, Any]] = {
    "tutorial": {"machineType": "a3-highgpu-2g", "zones": ["us-central1-a"], "nodes": 2},
    "default": {"zones": ["us-central1-b", "us-central1-c"]},
    "autoscaled": {"autoscaling": {"min": 1, "max": 5}},
    "on-demand": {"machineType": "a3-highgpu-8g", "capacity": "onDemand"},
    "spot": {"capacity": "spot"},
    "flex-start": {"capacity": "flexStart", "autoscaling": {"max": 2}},
    "reservation": {
        "machineType": "a3-highgpu-8g",
        "capacity": "reservation",
        "reservation": "h100s",
    },
}


def _stack() -> Run:
    """One stack with a pool of each kind."""
    pools = [{"name": name, **settings} for name, settings in _POOLS.items()]
    return run({**OTHER_GATEWAY, "nodePools": pools})


def _pool(name: str) -> dict[str, Any]:
    return dict(only(_stack(), ":NodePool", name).inputs)


def test_the_tutorials_pool() -> None:
    inputs = _pool("tutorial")
    node = inputs["nodeConfig"]

    assert inputs["name"] == "tutorial"
    assert inputs["nodeCount"] == 2
    assert inputs["nodeLocations"] == ["us-central1-a"]
    assert node["machineType"] == "a3-highgpu-2g"
    assert node["guestAccelerators"] == [
        {
            "type": "nvidia-h100-80gb",
            "count": 2,
            "gpuDriverInstallationConfig": {"gpuDriverVersion": "LATEST"},
        }
    ]
    assert node["spot"] is True
    assert node["ephemeralStorageLocalSsdConfig"] == {"localSsdCount": 4}
    assert (node["diskSizeGb"], node["diskType"]) == (100, "pd-ssd")
    assert node["gvnic"] == {"enabled": True}
    assert node["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
    # The kubelet refuses labels below kubernetes.io that it does not know.
    assert node["labels"] == {"gke-inference-gateway/node-pool": "tutorial"}
    assert node["serviceAccount"] == "[unknown]"
    assert not {"autoscaling", "initialNodeCount"} & set(inputs)


def test_upgrades_need_no_spare_gpu() -> None:
    inputs = _pool("default")

    assert inputs["upgradeSettings"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert inputs["management"] == {"autoRepair": True, "autoUpgrade": True}


def test_pool_goes_with_the_cluster_and_waits_out_a_stock_out() -> None:
    found = run()
    pool, cluster = only(found, ":NodePool"), only(found, "container/cluster:Cluster")

    assert pool.deleted_with == cluster.urn
    # As an import reads it, which takes the name out of the id.
    assert pool.inputs["cluster"] == cluster.inputs["name"]
    assert set(pool.depends_on) == {
        cluster.urn,
        only(found, "serviceaccount/account:Account").urn,
    }
    assert pool.timeouts == {"create": "60m", "update": "60m"}


def test_autoscaling_bounds_are_totals_and_leave_the_count_to_the_autoscaler() -> None:
    inputs = _pool("autoscaled")

    assert inputs["autoscaling"] == {
        "totalMinNodeCount": 1,
        "totalMaxNodeCount": 5,
        "locationPolicy": "ANY",
    }
    assert not {"nodeCount", "initialNodeCount"} & set(inputs)


@pytest.mark.parametrize(
    ("name", "expected", "absent"),
    [
        (
            "on-demand",
            {},
            {"spot", "flexStart", "reservationAffinity", "maxRunDuration"},
        ),
        (
            "spot",
            {"spot": True},
            {"flexStart", "reservationAffinity", "maxRunDuration"},
        ),
        (
            "flex-start",
            {
                "flexStart": True,
                "maxRunDuration": "604800s",
                "reservationAffinity": {"consumeReservationType": "NO_RESERVATION"},
            },
            {"spot"},
        ),
        (
            "reservation",
            {
                "reservationAffinity": {
                    "consumeReservationType": "SPECIFIC_RESERVATION",
                    "key": "compute.googleapis.com/reservation-name",
                    "values": ["h100s"],
                }
            },
            {"spot", "flexStart", "maxRunDuration"},
        ),
    ],
)
def test_capacity_decides_how_nodes_are_obtained(
    name: str, expected: dict[str, Any], absent: set[str]
) -> None:
    node = _pool(name)["nodeConfig"]

    assert {key: node.get(key) for key in expected} == expected
    assert not absent & set(node)


def test_flex_start_nodes_are_neither_repaired_nor_surged() -> None:
    inputs = _pool("flex-start")

    assert inputs["management"]["autoRepair"] is False
    assert inputs["upgradeSettings"] == {"strategy": "SHORT_LIVED"}


def test_a_machine_without_local_ssd_has_image_and_weights_on_its_boot_disk() -> None:
    gpu = {"accelerator": "nvidia-l4", "count": 1}
    models = [{"name": "llama", "gpu": gpu, "maxModelLen": 8192}]
    pool = {"machineType": "g2-standard-12", "capacity": "onDemand"}
    found = run({**OTHER_GATEWAY, "nodePools": [pool], "models": models})
    node = only(found, ":NodePool").inputs["nodeConfig"]

    assert "ephemeralStorageLocalSsdConfig" not in node
    # 100 for the system, 40 for the image, and 24 GiB that the GPU holds with 20 to work in.
    assert node["diskSizeGb"] == 190


def test_each_pool_is_a_component_of_its_own() -> None:
    pools = of_type(_stack(), ":NodePool")

    assert {pool.inputs["name"] for pool in pools} == set(_POOLS)
    assert len({pool.parent for pool in pools}) == len(_POOLS)


def test_version_image_labels_and_taints_reach_nodes_and_servers_tolerate_them() -> None:
    pool = {
        "version": "1.34.1-gke.1829001",
        "imageType": "UBUNTU_CONTAINERD",
        "labels": {"team": "search"},
        "taints": [{"key": "team", "value": "search"}],
    }
    found = run({**OTHER_GATEWAY, "nodePools": [pool], "cluster": {"version": "1.34"}})
    made = only(found, ":NodePool").inputs

    assert only(found, ":Cluster").inputs["minMasterVersion"] == "1.34"
    assert made["version"] == "1.34.1-gke.1829001"
    assert made["nodeConfig"]["imageType"] == "UBUNTU_CONTAINERD"
    assert made["nodeConfig"]["labels"]["team"] == "search"
    taint = {"key": "team", "value": "search", "effect": "NO_SCHEDULE"}
    assert made["nodeConfig"]["taints"] == [taint]
    pod = only(found, ":Deployment", "llama3-8b").inputs["spec"]["template"]["spec"]
    tolerated = {"key": "team", "operator": "Equal", "value": "search", "effect": "NoSchedule"}
    assert pod["tolerations"] == [tolerated]
