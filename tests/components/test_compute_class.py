"""Autopilot's fallback from one capacity to the next: a ComputeClass that Pods select."""

from typing import Any

from conftest import of_type, only, run

from inference.derive.needs import needs

_L4 = {"accelerator": "nvidia-l4", "count": 1, "capacity": "spot"}


def _stack(mode: str = "autopilot", **gpu: Any) -> dict[str, Any]:  # noqa: ANN401 any setting
    models = [{"name": "llama", "replicas": 2, "gpu": {**_L4, **gpu}}]
    return {"cluster": {"mode": mode}, "models": models}


def test_a_class_tries_capacities_in_the_order_of_the_stack_file() -> None:
    found = run(_stack(fallback=["flexStart", "onDemand"]))
    made = only(found, ":ComputeClass").inputs
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
    assert of_type(run(_stack()), ":ComputeClass") == []


def test_quota_is_needed_for_every_capacity() -> None:
    found = needs(run(_stack(fallback=["onDemand"])).settings)

    assert {quota.name: quota.amount for quota in found.quotas} == {
        "PREEMPTIBLE_NVIDIA_L4_GPUS": 2,
        "NVIDIA_L4_GPUS": 2,
    }
