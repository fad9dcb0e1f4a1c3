"""GPU node pools: machine, capacity, storage, upgrades, and what deletes them."""

from typing import Any

import pytest
from conftest import of_type, only, run


def _pool(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 any setting
    found = run({"nodePools": [{"name": "gpupool", **settings}]})
    return dict(only(found, ":NodePool").inputs)


def test_the_tutorials_pool() -> None:
    inputs = _pool(machineType="a3-highgpu-2g", zones=["us-central1-a"], nodes=2)
    node = inputs["nodeConfig"]

    assert inputs["name"] == "gpupool"
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
    assert node["labels"] == {"gke-inference-gateway/node-pool": "gpupool"}
    assert node["serviceAccount"] == "[unknown]"
    assert not {"autoscaling", "initialNodeCount"} & set(inputs)


def test_upgrades_need_no_spare_gpu() -> None:
    inputs = _pool()

    assert inputs["upgradeSettings"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert inputs["management"] == {"autoRepair": True, "autoUpgrade": True}


def test_pool_goes_with_the_cluster_and_waits_out_a_stock_out() -> None:
    found = run()
    pool, cluster = only(found, ":NodePool"), only(found, "container/cluster:Cluster")

    assert pool.deleted_with == cluster.urn
    assert set(pool.depends_on) == {
        cluster.urn,
        only(found, "serviceaccount/account:Account").urn,
    }
    assert pool.timeouts == {"create": "60m", "update": "60m"}


def test_autoscaling_bounds_are_totals_and_leave_the_count_to_the_autoscaler() -> None:
    inputs = _pool(autoscaling={"min": 1, "max": 5})

    assert inputs["autoscaling"] == {
        "totalMinNodeCount": 1,
        "totalMaxNodeCount": 5,
        "locationPolicy": "ANY",
    }
    assert not {"nodeCount", "initialNodeCount"} & set(inputs)


@pytest.mark.parametrize(
    ("settings", "expected", "absent"),
    [
        (
            {"machineType": "a3-highgpu-8g", "capacity": "onDemand"},
            {},
            {"spot", "flexStart", "reservationAffinity", "maxRunDuration"},
        ),
        (
            {"capacity": "spot"},
            {"spot": True},
            {"flexStart", "reservationAffinity", "maxRunDuration"},
        ),
        (
            {"capacity": "flexStart", "autoscaling": {"max": 2}},
            {
                "flexStart": True,
                "maxRunDuration": "604800s",
                "reservationAffinity": {"consumeReservationType": "NO_RESERVATION"},
            },
            {"spot"},
        ),
        (
            {"machineType": "a3-highgpu-8g", "capacity": "reservation", "reservation": "h100s"},
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
    settings: dict[str, Any], expected: dict[str, Any], absent: set[str]
) -> None:
    node = _pool(**settings)["nodeConfig"]

    assert {key: node.get(key) for key in expected} == expected
    assert not absent & set(node)


def test_flex_start_nodes_are_neither_repaired_nor_surged() -> None:
    inputs = _pool(capacity="flexStart", autoscaling={"max": 2})

    assert inputs["management"]["autoRepair"] is False
    assert inputs["upgradeSettings"] == {"strategy": "SHORT_LIVED"}


def test_a_machine_without_local_ssd_has_image_and_weights_on_its_boot_disk() -> None:
    gpu = {"accelerator": "nvidia-l4", "count": 1}
    models = [{"name": "llama", "gpu": gpu, "maxModelLen": 8192}]
    pool = {"machineType": "g2-standard-12", "capacity": "onDemand"}
    node = only(run({"nodePools": [pool], "models": models}), ":NodePool").inputs["nodeConfig"]

    assert "ephemeralStorageLocalSsdConfig" not in node
    # 100 for the system, 40 for the image, and 24 GiB that the GPU holds with 20 to work in.
    assert node["diskSizeGb"] == 190


def test_each_pool_is_a_component_of_its_own() -> None:
    pools = [{"name": "one"}, {"name": "two", "zones": ["us-central1-b", "us-central1-c"]}]
    found = run({"nodePools": pools})

    assert {r.inputs["name"] for r in of_type(found, ":NodePool")} == {"one", "two"}
    assert len({r.parent for r in of_type(found, ":NodePool")}) == 2


def test_version_image_labels_and_taints_reach_nodes_and_servers_tolerate_them() -> None:
    pool = {
        "version": "1.34.1-gke.1829001",
        "imageType": "UBUNTU_CONTAINERD",
        "labels": {"team": "search"},
        "taints": [{"key": "team", "value": "search"}],
    }
    found = run({"nodePools": [pool], "cluster": {"version": "1.34"}})
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
