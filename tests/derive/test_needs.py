"""What a stack needs of its project, from its settings alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from conftest import make_settings, run

from inference.config.settings import Settings
from inference.derive.needs import Gpus, MachineNeed, Quota, machine_needs, needs

_ON_GKE: Final[Mapping[str, Any]] = {"cluster": {"mode": "existing", "context": "gke"}}
_ELSEWHERE: Final[Mapping[str, Any]] = {
    "cluster": {"mode": "existing", "context": "kind-local"},
    "gateway": {"className": "istio", "wait": False},
}


def _settings(stack: Mapping[str, Any]) -> Settings:
    return make_settings(stack)


def _pool(name: str, machine: str, capacity: str, **values: object) -> Mapping[str, Any]:
    return {"name": name, "machineType": machine, "capacity": capacity, **values}


@pytest.mark.parametrize(
    ("pools", "gpus", "quotas"),
    [
        (
            [_pool("a", "a3-highgpu-2g", "spot", nodes=2)],
            [("nvidia-h100-80gb", "spot", 4)],
            [("PREEMPTIBLE_NVIDIA_H100_GPUS", 4)],
        ),
        (
            [_pool("a", "a3-highgpu-8g", "onDemand", zones=["us-central1-a", "us-central1-b"])],
            [("nvidia-h100-80gb", "onDemand", 16)],
            [("NVIDIA_H100_GPUS", 16)],
        ),
        (
            [_pool("a", "a2-ultragpu-2g", "flexStart", autoscaling={"min": 1, "max": 5})],
            [("nvidia-a100-80gb", "flexStart", 10)],
            [("PREEMPTIBLE_NVIDIA_A100_80GB_GPUS", 10)],
        ),
        # A reservation holds its own capacity.
        (
            [_pool("a", "a4-highgpu-8g", "reservation", reservation="mine")],
            [("nvidia-b200", "reservation", 8)],
            [],
        ),
        # Spot and Flex-start draw on one quota.
        (
            [
                _pool("a", "a3-highgpu-1g", "spot"),
                _pool("b", "a3-highgpu-2g", "spot"),
                _pool("c", "a3-highgpu-4g", "flexStart", autoscaling={"max": 2}),
                _pool("d", "g2-standard-24", "onDemand"),
            ],
            [
                ("nvidia-h100-80gb", "spot", 3),
                ("nvidia-h100-80gb", "flexStart", 8),
                ("nvidia-l4", "onDemand", 2),
            ],
            [("PREEMPTIBLE_NVIDIA_H100_GPUS", 11), ("NVIDIA_L4_GPUS", 2)],
        ),
    ],
)
def test_a_standard_cluster_needs_its_pools_gpus_at_their_largest(
    pools: Sequence[Mapping[str, Any]],
    gpus: Sequence[tuple[str, str, int]],
    quotas: Sequence[tuple[str, int]],
) -> None:
    found = needs(_settings({"nodePools": pools}))
    assert [(one.accelerator, one.capacity, one.count) for one in found.gpus] == gpus
    assert found.quotas == tuple(
        Quota(name=name, region="us-central1", amount=amount) for name, amount in quotas
    )


@pytest.mark.parametrize(
    ("gpu", "replicas", "capacity", "count", "quota"),
    [
        # a3-highgpu-1g exists as Spot or Flex-start only.
        ({}, 3, "spot", 3, "PREEMPTIBLE_NVIDIA_H100_GPUS"),
        # Three GPUs stand on a machine of four.
        ({"count": 3}, 2, "spot", 8, "PREEMPTIBLE_NVIDIA_H100_GPUS"),
        ({"count": 8}, 1, "onDemand", 8, "NVIDIA_H100_GPUS"),
        ({"count": 8, "capacity": "spot"}, 1, "spot", 8, "PREEMPTIBLE_NVIDIA_H100_GPUS"),
        ({"accelerator": "nvidia-l4"}, 2, "onDemand", 2, "NVIDIA_L4_GPUS"),
    ],
)
def test_autopilot_needs_whole_machines_for_the_replicas(
    *, gpu: Mapping[str, Any], replicas: int, capacity: str, count: int, quota: str
) -> None:
    stack = {"cluster": {"mode": "autopilot"}, "models": [{"replicas": replicas, "gpu": gpu}]}
    found = needs(_settings(stack))
    assert [(one.capacity, one.count) for one in found.gpus] == [(capacity, count)]
    assert found.quotas == (Quota(name=quota, region="us-central1", amount=count),)


@pytest.mark.parametrize(
    ("fallback", "quotas"),
    [
        (["flexStart", "spot"], {"PREEMPTIBLE_NVIDIA_H200_GPUS": 16}),
        (["spot", "onDemand"], {"PREEMPTIBLE_NVIDIA_H200_GPUS": 16, "NVIDIA_H200_GPUS": 16}),
    ],
)
def test_capacities_of_which_any_will_do_take_a_quota_that_they_share_once(
    fallback: Sequence[str], quotas: Mapping[str, int]
) -> None:
    gpu = {"accelerator": "nvidia-h200-141gb", "count": 8, "fallback": fallback}
    gpu |= {"capacity": "reservation", "reservation": "mine"}
    stack = {"cluster": {"mode": "autopilot"}, "models": [{"replicas": 2, "gpu": gpu}]}

    assert {one.name: one.amount for one in needs(_settings(stack)).quotas} == quotas


@pytest.mark.parametrize("stack", [_ON_GKE, _ELSEWHERE], ids=["on GKE", "elsewhere"])
def test_an_existing_clusters_gpus_are_there_already_and_take_no_quota(
    stack: Mapping[str, Any],
) -> None:
    found = needs(_settings(stack))
    assert found.gpus == (Gpus(accelerator="nvidia-h100-80gb", capacity=None, count=1),)
    assert found.quotas == ()


def test_a_new_cluster_needs_every_role_and_api() -> None:
    found = needs(make_settings({}))
    assert found.roles == (
        "roles/compute.networkAdmin",
        "roles/container.admin",
        "roles/iam.serviceAccountAdmin",
        "roles/iam.serviceAccountUser",
        "roles/resourcemanager.projectIamAdmin",
        "roles/serviceusage.serviceUsageAdmin",
    )
    assert {
        "container.googleapis.com",
        "compute.googleapis.com",
        "networkservices.googleapis.com",
    } <= set(found.apis)


def test_an_existing_gke_cluster_needs_the_network_alone() -> None:
    found = needs(_settings(_ON_GKE))
    assert found.roles == (
        "roles/compute.networkAdmin",
        "roles/serviceusage.serviceUsageAdmin",
    )


def test_an_existing_cluster_elsewhere_needs_nothing_of_google() -> None:
    found = needs(_settings(_ELSEWHERE))
    assert (found.quotas, found.roles, found.apis) == ((), (), ())
    types = {resource.type for resource in run(_ELSEWHERE).resources}
    assert types
    assert not {kind for kind in types if kind.startswith(("gcp:", "pulumi:providers:gcp"))}


def test_pools_of_one_machine_type_need_it_in_all_their_zones() -> None:
    pools = [
        _pool("a", "a3-highgpu-2g", "spot", zones=["us-central1-a", "us-central1-b"]),
        _pool("b", "a3-highgpu-2g", "spot", zones=["us-central1-b", "us-central1-c"]),
        _pool("c", "g2-standard-4", "spot", zones=["us-central1-a"]),
    ]
    assert machine_needs(_settings({"nodePools": pools})) == (
        MachineNeed(
            machine_type="a3-highgpu-2g", zones=("us-central1-a", "us-central1-b", "us-central1-c")
        ),
        MachineNeed(machine_type="g2-standard-4", zones=("us-central1-a",)),
    )


def test_autopilot_needs_its_machines_in_any_zone() -> None:
    stack = {
        "cluster": {"mode": "autopilot"},
        "models": [{"name": "a"}, {"name": "b", "model": "b"}],
    }
    assert machine_needs(_settings(stack)) == (MachineNeed(machine_type="a3-highgpu-1g", zones=()),)


def test_an_existing_cluster_needs_no_machines() -> None:
    assert machine_needs(_settings(_ON_GKE)) == ()
