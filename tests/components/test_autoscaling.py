"""Autoscaled model servers, the adapter that they need, and where their Pods go."""

from typing import Any

import pytest
from conftest import of_type, only, run

from inference.offline.recorder import Run
from inference.offline.timeline import timeline

_EXISTING = {"mode": "existing", "context": "gke"}
_GRANT = "gcp:projects/iAMMember:IAMMember"


def _scaled(autoscaling: dict[str, Any] | None = None) -> Run:
    bounds = {"min": 2, "max": 4, **(autoscaling or {})}
    pools = [{"autoscaling": {"max": 2}}]
    return run({"models": [{"autoscaling": bounds}], "nodePools": pools})


def test_the_autoscaler_says_how_many_servers_there_are_and_the_deployment_does_not() -> None:
    found = _scaled()
    scaler = only(found, ":HorizontalPodAutoscaler").inputs["spec"]

    assert "replicas" not in only(found, ":Deployment", "llama3-8b").inputs["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 4)
    assert scaler["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "llama3-8b",
    }


def test_it_scales_by_the_queue_and_the_kv_cache_as_the_adapter_names_them() -> None:
    metrics = only(_scaled(), ":HorizontalPodAutoscaler").inputs["spec"]["metrics"]

    assert [(m["pods"]["metric"]["name"], m["pods"]["target"]) for m in metrics] == [
        (
            "prometheus.googleapis.com|vllm:num_requests_waiting|gauge",
            {"type": "AverageValue", "averageValue": "5"},
        ),
        (
            "prometheus.googleapis.com|vllm:kv_cache_usage_perc|gauge",
            {"type": "AverageValue", "averageValue": "800m"},
        ),
    ]


def test_a_metric_that_is_left_out_is_not_scaled_by() -> None:
    metrics = only(_scaled({"kvCacheUsage": None}), ":HorizontalPodAutoscaler").inputs["spec"][
        "metrics"
    ]
    assert len(metrics) == 1
    assert "waiting" in metrics[0]["pods"]["metric"]["name"]


def test_scaling_down_is_slower_than_scaling_up_and_both_can_be_set() -> None:
    spec = only(_scaled({"scaleUp": {"servers": 3}}), ":HorizontalPodAutoscaler").inputs["spec"]

    assert spec["behavior"] == {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "policies": [{"type": "Pods", "value": 3, "periodSeconds": 60}],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": 600,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
        },
    }


def test_the_budget_holds_for_any_number_of_servers() -> None:
    budget = only(_scaled(), ":PodDisruptionBudget").inputs["spec"]
    assert budget["maxUnavailable"] == 1
    assert "minAvailable" not in budget


def test_without_autoscaling_there_is_neither_autoscaler_nor_adapter() -> None:
    found = run({"models": [{"replicas": 2}]})
    assert of_type(found, ":HorizontalPodAutoscaler") == of_type(found, ":APIService") == []
    assert only(found, ":Deployment").inputs["spec"]["replicas"] == 2


def test_the_adapter_reads_cloud_monitoring_as_its_own_account() -> None:
    found = _scaled()
    (grant,) = (r for r in of_type(found, _GRANT) if r.inputs["role"] == "roles/monitoring.viewer")
    cluster = only(found, "container/cluster:Cluster")
    deployment = only(found, ":Deployment", "custom-metrics-stackdriver-adapter")

    assert cluster.urn in grant.depends_on
    assert grant.urn in deployment.depends_on
    assert grant.inputs["project"] == "test-project"
    assert deployment.inputs["spec"]["template"]["spec"]["serviceAccountName"]


def test_the_metrics_api_goes_before_its_server_on_destroy() -> None:
    found = _scaled()
    deployment = only(found, ":Deployment", "custom-metrics-stackdriver-adapter")
    services = of_type(found, ":APIService")

    assert [r.inputs["metadata"]["name"] for r in services] == [
        "v1beta1.custom.metrics.k8s.io",
        "v1beta2.custom.metrics.k8s.io",
    ]
    assert all(deployment.urn in service.depends_on for service in services)


@pytest.mark.parametrize(
    ("adapter", "made"), [(None, False), ("present", False), ("install", True)]
)
def test_in_an_existing_cluster_the_adapter_is_made_only_when_asked_for(
    adapter: str | None,
    made: bool,  # noqa: FBT001 a column of the table
) -> None:
    found = run(
        {
            "models": [{"autoscaling": {"max": 2}}],
            "cluster": _EXISTING,
            "autoscaling": {"adapter": adapter} if adapter else {},
        }
    )
    assert bool(of_type(found, ":APIService")) is made


def test_the_timeline_waits_for_servers_and_not_for_the_adapter() -> None:
    steps = {step.id for step in timeline(_scaled()).steps}
    assert "start llama3-8b" in steps
    assert not [step for step in steps if "stackdriver" in step]


def test_servers_are_spread_over_zones_and_nodes_as_far_as_it_goes() -> None:
    found = run({"models": [{"replicas": 2, "spread": True}]})
    pod = only(found, ":Deployment").inputs["spec"]["template"]["spec"]

    assert [
        (c["topologyKey"], c["whenUnsatisfiable"], c["labelSelector"]["matchLabels"])
        for c in pod["topologySpreadConstraints"]
    ] == [
        ("topology.kubernetes.io/zone", "ScheduleAnyway", {"app": "llama3-8b"}),
        ("kubernetes.io/hostname", "ScheduleAnyway", {"app": "llama3-8b"}),
    ]


def test_a_priority_class_of_the_stack_is_made_before_its_servers() -> None:
    found = run(
        {
            "priorityClasses": [
                {"name": "serving", "value": 1000},
                {"name": "batch", "value": -5, "preempts": False},
            ],
            "models": [{"priorityClass": "serving"}],
        }
    )
    made = only(found, ":PriorityClass", "serving")
    waiting = only(found, ":PriorityClass", "batch")

    assert made.inputs["value"] == 1000
    assert made.urn in only(found, ":Deployment").depends_on
    assert waiting.inputs["preemptionPolicy"] == "Never"


def test_a_priority_class_of_the_cluster_is_named() -> None:
    found = run({"models": [{"priorityClass": "system-cluster-critical"}]})
    pod = only(found, ":Deployment").inputs["spec"]["template"]["spec"]
    assert pod["priorityClassName"] == "system-cluster-critical"
    assert of_type(found, ":PriorityClass") == []


def test_several_pickers_are_not_awaited_as_only_one_is_ready() -> None:
    several = only(
        run({"gatewayRelease": "v1.5.0", "picker": {"replicas": 2}}), ":Release", "llama3-8b"
    )
    one = only(run({"gatewayRelease": "v1.5.0"}), ":Release", "llama3-8b")
    assert several.inputs["skipAwait"] is True
    assert "skipAwait" not in one.inputs


def test_a_fixed_number_is_taken_back_from_whoever_owns_it_and_an_autoscalers_is_left() -> None:
    force = "pulumi.com/patchForce"
    fixed, scaled = run({"models": [{"replicas": 2}]}), _scaled()

    assert only(fixed, ":Deployment").inputs["metadata"]["annotations"] == {force: "true"}
    made = only(scaled, ":Deployment", "llama3-8b")
    assert force not in (made.inputs["metadata"].get("annotations") or {})
