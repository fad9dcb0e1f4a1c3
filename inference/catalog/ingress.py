"""Who calls a model server, as a NetworkPolicy sees it."""

from typing import Final

from inference.catalog.source import high, medium

HEALTH_CHECK_RANGES: Final = ("35.191.0.0/16", "130.211.0.0/22")
"""Where Google's health checks come from; requests come from the proxy-only subnet."""
LOAD_BALANCER_SOURCE: Final = high(
    "Cloud Load Balancing: firewall rules",
    "https://cloud.google.com/load-balancing/docs/firewall-rules",
)
NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
COLLECTOR_LABELS: Final = {"app.kubernetes.io/name": "collector"}
COLLECTOR_SOURCE: Final = high(
    "prometheus-engine, manifests/operator.yaml: the collector has an address of its own",
    "https://github.com/GoogleCloudPlatform/prometheus-engine/blob/"
    "00fc0a68f7df4a63f5e71a86894142b7929a297c/manifests/operator.yaml",
)
ENFORCED_SOURCE: Final = medium(
    "GKE: network policies are enforced with Dataplane V2, which Autopilot always has"
)
