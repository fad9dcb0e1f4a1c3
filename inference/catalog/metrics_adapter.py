"""What gives autoscalers the servers' metrics: an adapter of Cloud Monitoring, or GKE itself."""

from typing import Final

from inference.catalog.images import Artifact
from inference.catalog.source import high

ADAPTER_SOURCE: Final = high(
    "k8s-stackdriver, custom-metrics-stackdriver-adapter/deploy/production/"
    "adapter_new_resource_model.yaml",
    "https://github.com/GoogleCloudPlatform/k8s-stackdriver/blob/"
    "0857364d151373fb985599f4ddee6504166de939/custom-metrics-stackdriver-adapter/deploy/production/"
    "adapter_new_resource_model.yaml",
)
AUTOSCALING_SOURCE: Final = high(
    "GKE: configure autoscaling for LLM workloads on GPUs",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/machine-learning/inference/autoscaling",
)
MANAGED_SINCE: Final = "1.35.1-gke.1396000"
"""First GKE version that exposes metrics itself, in the rapid channel."""
MANAGED_API: Final = "autoscaling.gke.io/v1beta1"
MANAGED_CRD: Final = "autoscalingmetrics.autoscaling.gke.io"
METRICS_ADAPTER: Final = Artifact(
    "gcr.io", "gke-release/custom-metrics-stackdriver-adapter", "v0.16.9-gke.0"
)
ADAPTER: Final = "custom-metrics-stackdriver-adapter"
"""Name of the adapter's account, Deployment and Service."""
ADAPTER_NAMESPACE: Final = "custom-metrics"
ADAPTER_PORT: Final = 443
ADAPTER_CPU: Final = "250m"
ADAPTER_MEMORY: Final = "400Mi"
METRICS_GROUP: Final = "custom.metrics.k8s.io"
METRICS_VERSIONS: Final = (("v1beta1", 100), ("v1beta2", 200))
"""Versions of the API that the adapter serves, and how the API server ranks them."""


def managed_metric(source: str, gauge: str) -> str:
    """What GKE calls a gauge of the AutoscalingMetric `source`."""
    return f"autoscaling.gke.io|{source}|{gauge}"


def pods_metric(name: str) -> str:
    """What the adapter calls a gauge that Managed Prometheus collected."""
    return f"prometheus.googleapis.com|{name}|gauge"
