"""What an interrupted update left, as the engine's exported state tells it."""

import copy
from typing import Any

import pytest

from inference.config.stack_file import read_stack
from inference.live.adoption import GCP_IDS, Interrupted, adopted, derived_id, interrupted
from inference.offline.recorder import run_program

_GOOGLE = "urn:pulumi:dev::project::pulumi:providers:gcp::google"
_CLUSTER = "urn:pulumi:dev::project::project:index:Stack$gcp:container/cluster:Cluster::cluster"
_RELEASE = "urn:pulumi:dev::project::kubernetes:helm.sh/v3:Release::release"


def _resource(urn: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 parts of a state
    return {"urn": urn, "custom": True, "type": urn.split("::")[2].rpartition("$")[2], **parts}


def _deployment() -> dict[str, Any]:
    """A cluster being created, a release being updated, and a provider that is there."""
    place = {"location": "us-central1", "name": "inference"}
    cluster = _resource(_CLUSTER, inputs=place, provider=f"{_GOOGLE}::1234")
    release = _resource(_RELEASE, id="default/llama", inputs={"name": "llama"}, outputs={"a": 1})
    google = _resource(_GOOGLE, id="1234", inputs={"project": "mine", "region": "us-central1"})
    return {
        "manifest": {"version": "v3.259.0"},
        "resources": [google, release],
        "pending_operations": [
            {"resource": cluster, "type": "creating"},
            {"resource": release, "type": "updating"},
        ],
    }


def test_interrupted_operations_are_named_with_their_ids() -> None:
    cluster, release = interrupted(_deployment())
    identity = "projects/mine/locations/us-central1/clusters/inference"
    assert cluster == Interrupted(urn=_CLUSTER, operation="creating", id=identity)
    assert (cluster.type, cluster.name) == ("gcp:container/cluster:Cluster", "cluster")
    assert release == Interrupted(urn=_RELEASE, operation="updating")


def test_creations_are_adopted_and_nothing_is_pending_afterwards() -> None:
    deployment = _deployment()
    before = copy.deepcopy(deployment)
    result = adopted(deployment, interrupted(deployment))
    assert deployment == before
    assert "pending_operations" not in result
    assert result["resources"][:2] == before["resources"]
    (cluster,) = result["resources"][2:]
    assert cluster["urn"] == _CLUSTER
    assert cluster["id"] == "projects/mine/locations/us-central1/clusters/inference"
    assert cluster["outputs"] == {}


def test_what_the_state_has_already_is_not_adopted_twice() -> None:
    deployment = _deployment()
    known = _resource(_CLUSTER, id="projects/mine/locations/us-central1/clusters/inference")
    deployment["resources"].append(known)
    result = adopted(deployment, interrupted(deployment))
    assert [one["urn"] for one in result["resources"]].count(_CLUSTER) == 1
    assert result["resources"][-1] == known


def test_a_replacement_is_adopted_beside_what_it_replaces() -> None:
    deployment = _deployment()
    old = _resource(_CLUSTER, id="projects/mine/locations/us-central1/clusters/old", delete=True)
    deployment["resources"].append(old)
    result = adopted(deployment, interrupted(deployment))
    assert [one["urn"] for one in result["resources"]].count(_CLUSTER) == 2


def test_state_without_interruption_stays_as_it_is() -> None:
    deployment: dict[str, Any] = {"manifest": {}, "resources": [_resource(_GOOGLE, id="1")]}
    assert interrupted(deployment) == []
    assert adopted(deployment, []) == deployment


@pytest.mark.parametrize(
    ("urn", "inputs", "identity"),
    [
        ("kubernetes:core/v1:Secret", {"metadata": {"name": "s", "namespace": "n"}}, "n/s"),
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", {"metadata": {"name": "r"}}, "r"),
        ("kubernetes:helm.sh/v3:Release", {"name": "x", "namespace": "n"}, "n/x"),
        ("kubernetes:core/v1:ConfigMap", {"metadata": {"generateName": "x-"}}, ""),
        ("gcp:projects/service:Service", {"service": "iam.googleapis.com"}, "p/iam.googleapis.com"),
        ("gcp:container/nodePool:NodePool", {"cluster": "c", "name": "g"}, "c/nodePools/g"),
        ("gcp:compute/address:Address", {"region": "us-east1"}, ""),
        ("gcp:storage/bucket:Bucket", {"name": "mine"}, "mine"),
        (
            "gcp:storage/bucketIAMMember:BucketIAMMember",
            {"bucket": "mine", "role": "roles/a", "member": "user:b"},
            "b/mine roles/a user:b",
        ),
        ("random:index/randomId:RandomId", {"byteLength": 4}, ""),
    ],
)
def test_ids_follow_from_inputs(urn: str, inputs: dict[str, Any], identity: str) -> None:
    google = _resource(_GOOGLE, inputs={"project": "p"})
    resource = _resource(f"urn:pulumi:a::b::{urn}::c", inputs=inputs, provider=f"{_GOOGLE}::1")
    assert derived_id({"resources": [google]}, resource) == identity


@pytest.mark.parametrize("stack", ["dev", "autopilot"])
def test_everything_that_the_program_makes_can_be_adopted(stack: str) -> None:
    """A type that the table lacks would leave its object behind after a kill."""
    run = run_program(read_stack(stack))
    made = [one for one in run.resources if one.custom and not one.type.startswith("pulumi:")]
    unknown = {
        one.type
        for one in made
        if one.type not in GCP_IDS and not one.type.startswith("kubernetes")
    }
    assert made
    assert not unknown
