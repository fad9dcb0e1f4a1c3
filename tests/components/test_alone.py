"""Components as other programs use them: those of docs/components.md, run by the recorder."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from conftest import of_type, only, page_programs, record_program

_PROGRAMS: Final = page_programs("components.md")
_POOL: Final = "A GPU node pool in a cluster that exists"
_CLUSTER: Final = "A network and a private Autopilot cluster in it"
_WEIGHTS: Final = "A bucket of weights, and who may read it"


def _kinds(title: str) -> list[str]:
    return [one.kind for one in record_program(_PROGRAMS[title]).resources if one.custom]


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        (_POOL, ["NodePool"]),
        (
            _CLUSTER,
            [
                "Network",
                "Subnetwork",
                "Router",
                "RouterNat",
                "Subnetwork",
                "Address",
                "Account",
                "IAMMember",
                "IAMMember",
                "Cluster",
                "kubernetes provider",
            ],
        ),
        (_WEIGHTS, ["Bucket", "BucketIAMMember", "BucketIAMMember"]),
    ],
)
def test_a_component_makes_its_resources_and_no_others(title: str, kinds: list[str]) -> None:
    assert sorted(_kinds(title)) == sorted(kinds)


def test_a_pool_of_another_programs_cluster_is_deleted_by_a_call_of_its_own() -> None:
    pool = only(record_program(_PROGRAMS[_POOL]), ":NodePool")

    assert pool.inputs["cluster"] == "projects/my-project/locations/us-central1/clusters/shared"
    assert pool.inputs["nodeConfig"]["spot"] is True
    assert (pool.deleted_with, pool.depends_on) == ("", ())


def test_a_cluster_gets_its_network_by_data_flow_and_waits_for_nat_and_role() -> None:
    found = record_program(_PROGRAMS[_CLUSTER])
    cluster = only(found, "container/cluster:Cluster")

    assert cluster.inputs["enableAutopilot"] is True
    assert cluster.inputs["network"] == "models"
    assert set(_names(found.resources, cluster.depends_on)) == {
        "network-vpc-network",
        "network-vpc-nodes",
        "network-vpc-nat",
        "cluster-nodes-account",
        "cluster-nodes-role",
        "cluster-nodes-streaming-role",
    }
    assert found.outputs["kubeconfig"] == "[secret]"


def _names(resources: list[Any], urns: tuple[str, ...]) -> Iterator[str]:
    return (one.name for one in resources if one.urn in urns)


def test_a_bucket_is_granted_to_the_account_of_another_programs_cluster() -> None:
    found = record_program(_PROGRAMS[_WEIGHTS])
    (asked,) = found.invocations

    assert asked.arguments == {"projectId": "my-project"}
    assert only(found, ":Bucket").protect
    assert {one.inputs["bucket"] for one in of_type(found, ":BucketIAMMember")} == {
        "my-project-weights"
    }
