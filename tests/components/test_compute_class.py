"""Fallback from one capacity to the next: a ComputeClass that Pods select."""

from typing import Any

import pytest
from conftest import OTHER_GATEWAY, make_settings, of_type, only, run

from inference.derive.needs import needs
from inference.offline.runner import Run

_L4 = {"accelerator": "nvidia-l4", "count": 1, "capacity": "spot"}
_CONTEXT = {"maxModelLen": 8192}
"""Requests of which an L4 can hold one."""


_RESERVED = {
    "capacity": "reservation",
    "accelerator": "nvidia-h200-141gb",
    "count": 8,
}
_GPUS: dict[str, dict[str, Any]] = {
    "llama": {"fallback": ["flexStart", "onDemand"]},
    "alone": {},
    "any": _RESERVED,
    "mine": {**_RESERVED, "reservation": "mine"},
    "block": {**_RESERVED, "reservation": "projects/owner/reservations/mine/reservationBlocks/b-1"},
}


def _stack(mode: str = "autopilot", **gpu: Any) -> dict[str, Any]:  # noqa: ANN401 any setting
    models = [{"name": "llama", "replicas": 2, "gpu": {**_L4, **gpu}, **_CONTEXT}]
    return {**OTHER_GATEWAY, "cluster": {"mode": mode}, "models": models}


def _several() -> Run:
    """One stack with a model for each way to get GPUs."""
    models = [
        {"name": name, "servedName": name, "replicas": 2, "gpu": {**_L4, **gpu}, **_CONTEXT}
        for name, gpu in _GPUS.items()
    ]
    return run({**OTHER_GATEWAY, "cluster": {"mode": "autopilot"}, "models": models})


def test_a_class_tries_capacities_in_the_order_of_the_stack_file() -> None:
    made = only(_several(), ":ComputeClass", "llama").inputs
    gpu = {"type": "nvidia-l4", "count": 1, "driverVersion": "latest"}

    assert made["metadata"]["name"] == "llama"
    assert "namespace" not in made["metadata"]
    assert made["spec"] == {
        "priorities": [
            {"gpu": gpu, "spot": True},
            {"gpu": gpu, "flexStart": {"enabled": True}},
            {"gpu": gpu, "spot": False},
        ],
        "nodePoolAutoCreation": {"enabled": True},
        "whenUnsatisfiable": "DoNotScaleUp",
    }


def test_pods_select_the_class_alone_and_come_after_it() -> None:
    found = run({**_stack(fallback=["onDemand"]), "namespace": "models"})
    deployment = only(found, ":Deployment")
    selector = deployment.inputs["spec"]["template"]["spec"]["nodeSelector"]

    # Two stacks in one cluster would otherwise share it.
    assert selector == {"cloud.google.com/compute-class": "llama-models"}
    assert only(found, ":ComputeClass").urn in deployment.depends_on


def test_without_a_fallback_there_is_no_class() -> None:
    made = {one.inputs["metadata"]["name"] for one in of_type(_several(), ":ComputeClass")}

    assert made == _GPUS.keys() - {"alone"}


@pytest.mark.parametrize(
    ("name", "reservations"),
    [
        ("any", {"affinity": "AnyBestEffort"}),
        ("mine", {"affinity": "Specific", "specific": [{"name": "mine"}]}),
        (
            "block",
            {
                "affinity": "Specific",
                "specific": [
                    {"name": "mine", "project": "owner", "reservationBlock": {"name": "b-1"}}
                ],
            },
        ),
    ],
)
def test_a_reservation_is_asked_for_by_a_class_of_its_own(
    name: str, reservations: dict[str, Any]
) -> None:
    (rule,) = only(_several(), ":ComputeClass", name).inputs["spec"]["priorities"]

    assert rule == {
        "gpu": {"type": "nvidia-h200-141gb", "count": 8, "driverVersion": "latest"},
        "machineType": "a3-ultragpu-8g",
        "spot": False,
        "reservations": reservations,
    }


def test_in_a_standard_cluster_a_class_replaces_node_pools_and_its_nodes_have_their_account() -> (
    None
):
    found = run(_stack("standard", capacity="reservation", fallback=["onDemand", "spot"]))
    spec = only(found, ":ComputeClass").inputs["spec"]

    assert [rule["spot"] for rule in spec["priorities"]] == [False, False, True]
    assert "serviceAccount" in spec["nodePoolConfig"]
    assert of_type(found, ":NodePool") == []
    assert {gpus.capacity for gpus in needs(found.settings).gpus} == {
        "reservation",
        "onDemand",
        "spot",
    }
    strategy = only(found, ":Deployment").inputs["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": 1, "maxUnavailable": 0}


@pytest.mark.parametrize("mode", ["standard", "autopilot"])
def test_a_class_that_the_cluster_has_is_selected_and_not_made(mode: str) -> None:
    model = {"gpu": {"accelerator": "nvidia-l4", "computeClass": "l4s", "count": 1}, **_CONTEXT}
    found = run({**OTHER_GATEWAY, "cluster": {"mode": mode}, "models": [model]})

    assert of_type(found, ":ComputeClass") == of_type(found, ":NodePool") == []
    pod = only(found, ":Deployment").inputs["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"cloud.google.com/compute-class": "l4s"}


def test_quota_is_needed_for_every_capacity() -> None:
    found = needs(make_settings(_stack(fallback=["onDemand"])))

    assert {quota.name: quota.amount for quota in found.quotas} == {
        "PREEMPTIBLE_NVIDIA_L4_GPUS": 2,
        "NVIDIA_L4_GPUS": 2,
    }
