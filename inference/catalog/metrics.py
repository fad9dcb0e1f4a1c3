"""Metrics and logs that dashboard, alerts and objectives may name: what is really exported.

A chart of a metric that is not exported is empty, and its alert silently never fires.
A test holds every name in the generated dashboard and alert policies against this list.
"""

from dataclasses import dataclass
from typing import Final, final

from inference.catalog.metric import Metric, Shape
from inference.catalog.server_metrics import SGLANG_METRICS, VLLM_METRICS
from inference.catalog.source import high, inferred, medium

_PICKER: Final = high(
    "gateway-api-inference-extension v1.0.0 and v1.5.0, pkg/epp/metrics",
    "https://github.com/kubernetes-sigs/gateway-api-inference-extension/blob/v1.5.0/pkg/epp/metrics/metrics.go",
)
LLM_D_METRICS: Final = medium(
    "llm-d-router, pkg/epp/metrics at its main branch: kept under the old names, deprecated",
    "https://github.com/llm-d/llm-d-router/blob/main/pkg/epp/metrics/metrics.go",
)
_LOAD_BALANCER: Final = high(
    "Cloud Monitoring: Google Cloud metrics, loadbalancing",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_i_o",
)
GKE_DCGM: Final = medium(
    "GKE's managed DCGM exporter, as seen: 21 fields, no XID and no ECC among them",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/dcgm-metrics",
)
CERTIFICATE_LOG: Final = high(
    "Certificate Manager: logs and metrics",
    "https://cloud.google.com/certificate-manager/docs/logs-metrics",
)
GPU_LOG: Final = medium(
    "Xid errors of the NVIDIA driver reach Cloud Logging with the node's logs, seen on GKE"
)
CERTIFICATE_LOG_ID: Final = "certificatemanager.googleapis.com/certificates_expiry"
"""Entries of certificates that are CLOSE_TO_EXPIRY, daily from the tenth day on, or EXPIRED."""
XID: Final = "NVRM: Xid"
"""How the driver begins the message of an error. GKE's DCGM metrics have no such field."""
REQUEST_LOG: Final = high(
    "Cloud Logging: log ids and resources of load balancers",
    "https://cloud.google.com/logging/docs/api/v2/resource-list",
)
URL_MAP_NAMES: Final = medium(
    "names of what GKE's Gateway controller makes, as seen in published outputs"
)
AUTO_MONITORING: Final = inferred(
    "Managed Prometheus: automatic application monitoring makes a PodMonitoring for vLLM",
    "https://cloud.google.com/stackdriver/docs/managed-prometheus/auto-monitoring",
)
MONITORING_POLICIES: Final = high(
    "Cloud Monitoring: alerting policies, notification channels, SLOs",
    "https://docs.cloud.google.com/monitoring/alerts",
)

_BEFORE_1_5: Final = ("v1.0.0",)
_SINCE_1_5: Final = ("v1.5.0", "llm-d-v0.10.0")
_EVERY: Final = (*_BEFORE_1_5, *_SINCE_1_5)


def _picker(name: str, shape: Shape, releases: tuple[str, ...] = _EVERY) -> Metric:
    return Metric(name=name, shape=shape, source=_PICKER, releases=releases)


def _dcgm(name: str) -> Metric:
    return Metric(name=f"DCGM_FI_{name}", shape=Shape.GAUGE, source=GKE_DCGM)


def _balancer(name: str, shape: Shape) -> Metric:
    return Metric(name=f"loadbalancing.googleapis.com/{name}", shape=shape, source=_LOAD_BALANCER)


POOL_READY: Final = _picker("inference_pool_ready_pods", Shape.GAUGE)
POOL_QUEUE: Final = _picker("inference_pool_average_queue_size", Shape.GAUGE)
POOL_KV_CACHE: Final = _picker("inference_pool_average_kv_cache_utilization", Shape.GAUGE)
SCHEDULING: Final = _picker("inference_extension_scheduler_e2e_duration_seconds", Shape.HISTOGRAM)
_REQUESTS: Final = (
    _picker("inference_model_request_total", Shape.COUNTER, _BEFORE_1_5),
    _picker("inference_objective_request_total", Shape.COUNTER, _SINCE_1_5),
)
_ERRORS: Final = (
    _picker("inference_model_request_error_total", Shape.COUNTER, _BEFORE_1_5),
    _picker("inference_objective_request_error_total", Shape.COUNTER, _SINCE_1_5),
)

GPU_MEMORY_USED: Final = _dcgm("DEV_FB_USED")
GPU_MEMORY_FREE: Final = _dcgm("DEV_FB_FREE")
GPU_TEMPERATURE: Final = _dcgm("DEV_GPU_TEMP")
GPU_POWER: Final = _dcgm("DEV_POWER_USAGE")
GPU_ACTIVE: Final = _dcgm("PROF_GR_ENGINE_ACTIVE")


def picker_requests(release: str) -> Metric:
    """Requests that a release's picker has seen."""
    return next(metric for metric in _REQUESTS if release in metric.releases)


def picker_errors(release: str) -> Metric:
    """Requests that a release's picker has refused or failed."""
    return next(metric for metric in _ERRORS if release in metric.releases)


@final
@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """What one kind of regional load balancer exports."""

    resource_type: str
    log_id: str
    requests: Metric
    latencies: Metric
    """From a request's arrival to the last byte of its answer, in milliseconds."""


def _regional(resource_type: str, log: str, path: str) -> LoadBalancer:
    return LoadBalancer(
        resource_type=resource_type,
        log_id=f"loadbalancing.googleapis.com/{log}",
        requests=_balancer(f"{path}/request_count", Shape.COUNTER),
        latencies=_balancer(f"{path}/total_latencies", Shape.HISTOGRAM),
    )


EXTERNAL: Final = _regional(
    "http_external_regional_lb_rule", "external_regional_requests", "https/external/regional"
)
INTERNAL: Final = _regional("internal_http_lb_rule", "requests", "https/internal")

METRICS: Final = {
    metric.name: metric
    for metric in (
        *VLLM_METRICS.every,
        *SGLANG_METRICS.every,
        POOL_READY,
        POOL_QUEUE,
        POOL_KV_CACHE,
        SCHEDULING,
        *_REQUESTS,
        *_ERRORS,
        GPU_MEMORY_USED,
        GPU_MEMORY_FREE,
        GPU_TEMPERATURE,
        GPU_POWER,
        GPU_ACTIVE,
        EXTERNAL.requests,
        EXTERNAL.latencies,
        INTERNAL.requests,
        INTERNAL.latencies,
    )
}
"""Every metric by name."""
