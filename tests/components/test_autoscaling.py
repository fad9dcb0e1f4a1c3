"""Autoscaled model servers, the adapter that they need, and where their Pods go."""

from typing import Any

import pytest
from conftest import ELSEWHERE, OTHER_GATEWAY, of_type, only, run

from inference.offline.runner import Run
from inference.offline.timeline import timeline

_GRANT = "gcp:projects/iAMMember:IAMMember"


def _scaled() -> Run:
    """Three models whose servers are scaled, each otherwise."""
    keys: dict[str, dict[str, Any]] = {
        "llama3-8b": {},
        "by-queue": {"kvCacheUsage": None},
        "three-at-once": {"scaleUp": {"servers": 3}},
    }
    models = [
        {"name": name, "servedName": name, "autoscaling": {"min": 2, "max": 4, **more}}
        for name, more in keys.items()
    ]
    return run({**OTHER_GATEWAY, "models": models, "nodePools": [{"autoscaling": {"max": 6}}]})


def _metric(name: str, target: str) -> dict[str, Any]:
    return {
        "type": "Pods",
        "pods": {
            "metric": {"name": f"prometheus.googleapis.com|vllm:{name}|gauge"},
            "target": {"type": "AverageValue", "averageValue": target},
        },
    }


_QUEUE = _metric("num_requests_waiting", "5")
_CACHE = _metric("kv_cache_usage_perc", "800m")


@pytest.mark.parametrize(
    ("name", "metrics", "added"),
    [
        ("llama3-8b", [_QUEUE, _CACHE], 2),
        ("by-queue", [_QUEUE], 2),
        ("three-at-once", [_QUEUE, _CACHE], 3),
    ],
)
def test_servers_are_scaled_by_queue_and_cache_and_taken_away_slowly(
    name: str, metrics: list[dict[str, Any]], added: int
) -> None:
    assert only(_scaled(), ":HorizontalPodAutoscaler", name).inputs["spec"] == {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": 2,
        "maxReplicas": 4,
        "metrics": metrics,
        "behavior": {
            "scaleUp": {
                "stabilizationWindowSeconds": 0,
                "policies": [{"type": "Pods", "value": added, "periodSeconds": 60}],
            },
            "scaleDown": {
                "stabilizationWindowSeconds": 600,
                "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
            },
        },
    }


def test_gke_exposes_the_metrics_itself_in_a_rapid_cluster() -> None:
    cluster = {"releaseChannel": "rapid"}
    found = run({**OTHER_GATEWAY, "models": [{"autoscaling": {"max": 2}}], "cluster": cluster})
    exposed, scaler = (
        only(found, kind).inputs for kind in (":AutoscalingMetric", ":HorizontalPodAutoscaler")
    )

    assert exposed["apiVersion"] == "autoscaling.gke.io/v1beta1"
    (metric,) = exposed["spec"]["metrics"]
    assert metric["pod"]["selector"] == {"matchLabels": {"app": "llama3-8b"}}
    (container,) = metric["pod"]["containers"]
    assert container["endpoint"] == {"port": 8000}
    assert [one["gauge"] for one in container["metrics"]] == [
        {"name": "queue-depth", "prometheusMetricName": "vllm:num_requests_waiting"},
        {"name": "kv-cache-usage", "prometheusMetricName": "vllm:kv_cache_usage_perc"},
    ]
    assert [one["pods"]["metric"]["name"] for one in scaler["spec"]["metrics"]] == [
        "autoscaling.gke.io|llama3-8b|queue-depth",
        "autoscaling.gke.io|llama3-8b|kv-cache-usage",
    ]
    cluster = only(found, "container/cluster:Cluster").inputs
    assert cluster["podAutoscaling"] == {"hpaProfile": "PERFORMANCE"}
    assert of_type(found, ":APIService") == []


def test_a_number_is_set_and_taken_back_by_the_stack_or_left_to_the_autoscaler() -> None:
    fixed, scaled = run({**OTHER_GATEWAY, "models": [{"replicas": 2}]}), _scaled()
    force = {"pulumi.com/patchForce": "true"}
    own, left = (only(found, ":Deployment", "llama3-8b").inputs for found in (fixed, scaled))

    assert own["spec"]["replicas"] == 2
    assert own["metadata"]["annotations"] == force
    assert of_type(fixed, ":HorizontalPodAutoscaler") == of_type(fixed, ":APIService") == []
    assert "replicas" not in left["spec"]
    assert "annotations" not in left["metadata"]
    # A share of a number that changes would need to follow it.
    budgets = [
        only(found, ":PodDisruptionBudget", "llama3-8b").inputs["spec"] for found in (fixed, scaled)
    ]
    assert [(b.get("minAvailable"), b.get("maxUnavailable")) for b in budgets] == [
        (1, None),
        (None, 1),
    ]


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
            "cluster": ELSEWHERE["cluster"],
            "models": [{"autoscaling": {"max": 2}}],
            "autoscaling": {"adapter": adapter} if adapter else {},
        }
    )
    assert bool(of_type(found, ":APIService")) is made


def test_the_timeline_waits_for_servers_and_not_for_the_adapter() -> None:
    steps = {step.id for step in timeline(_scaled()).steps}
    assert "start llama3-8b" in steps
    assert not [step for step in steps if "stackdriver" in step]


def _placed() -> Run:
    """Two models: of a priority class of the stack, and of one of the cluster."""
    classes = [
        {"name": "serving", "value": 1000},
        {"name": "batch", "value": -5, "preempts": False},
    ]
    own = {"priorityClass": "serving", "replicas": 2, "spread": True}
    other = {"priorityClass": "system-cluster-critical", "name": "other", "servedName": "other"}
    return run({**ELSEWHERE, "priorityClasses": classes, "models": [own, other]})


def test_servers_are_spread_over_zones_and_nodes_as_far_as_it_goes() -> None:
    pod = only(_placed(), ":Deployment", "llama3-8b").inputs["spec"]["template"]["spec"]

    assert [
        (c["topologyKey"], c["whenUnsatisfiable"], c["labelSelector"]["matchLabels"])
        for c in pod["topologySpreadConstraints"]
    ] == [
        ("topology.kubernetes.io/zone", "ScheduleAnyway", {"app": "llama3-8b"}),
        ("kubernetes.io/hostname", "ScheduleAnyway", {"app": "llama3-8b"}),
    ]


def test_a_priority_class_of_the_stack_is_made_before_its_servers() -> None:
    found = _placed()
    made = only(found, ":PriorityClass", "serving")
    waiting = only(found, ":PriorityClass", "batch")

    assert made.inputs["value"] == 1000
    assert made.urn in only(found, ":Deployment", "llama3-8b").depends_on
    assert waiting.inputs["preemptionPolicy"] == "Never"


def test_a_priority_class_of_the_cluster_is_named() -> None:
    found = _placed()
    pod = only(found, ":Deployment", "other").inputs["spec"]["template"]["spec"]
    assert pod["priorityClassName"] == "system-cluster-critical"
    assert len(of_type(found, ":PriorityClass")) == 2


def test_several_pickers_are_not_awaited_as_only_one_is_ready() -> None:
    sections = {**ELSEWHERE, "gatewayRelease": "v1.5.0"}
    several = only(run({**sections, "picker": {"replicas": 2}}), ":Release", "llama3-8b")
    one = only(run(sections), ":Release", "llama3-8b")
    assert several.inputs["skipAwait"] is True
    assert "skipAwait" not in one.inputs
