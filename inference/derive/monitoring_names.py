"""Whose metrics a stack's dashboard, alerts and objectives look at: labels, filters and names."""

from collections.abc import Mapping
from typing import Final

from inference.catalog.gcp import INTERNAL_CLASS
from inference.catalog.metric import Metric
from inference.catalog.metrics import EXTERNAL, INTERNAL, LoadBalancer
from inference.config.observability import Scraping
from inference.config.settings import Settings
from inference.derive.names import certificate_name

RATE_WINDOW: Final = "5m"
_CONTEXT_PARTS: Final = 4
_KEPT_OF_A_NAME: Final = 8
"""GKE cuts long names of namespaces and Gateways; so much of each was always seen."""


def scrapes_servers(settings: Settings) -> bool:
    """Whether model servers get a PodMonitoring of ours, and GKE is told to make none."""
    return settings.on_gke and settings.observability.model_server_metrics is Scraping.STACK


def _of_cluster(settings: Settings) -> dict[str, str]:
    """Labels of the cluster's metrics.

    Those of an existing cluster are known where its context is one that gcloud made,
    `gke_PROJECT_LOCATION_NAME`.
    """
    if settings.cluster.is_created:
        return {"cluster": settings.cluster.name, "location": settings.location}
    parts = (settings.cluster.context or "").split("_")
    known = len(parts) == _CONTEXT_PARTS and parts[0] == "gke"
    return {"cluster": parts[3], "location": parts[2]} if known else {}


def cluster_name(settings: Settings) -> str | None:
    """Name of the cluster in metrics; None where it is not known."""
    return _of_cluster(settings).get("cluster")


def labels(settings: Settings) -> Mapping[str, str]:
    """Labels of what the stack's PodMonitorings scrape."""
    return {**_of_cluster(settings), "namespace": settings.namespace}


def selector(values: Mapping[str, str], more: str = "") -> str:
    """Label matchers of PromQL, braces included."""
    matchers = [f'{key}="{value}"' for key, value in values.items()]
    return "{" + ",".join([*matchers, *([more] if more else [])]) + "}"


def own(metric: Metric, settings: Settings, more: str = "") -> str:
    """A metric that the stack's PodMonitorings scrape, its own series alone."""
    return f"{metric.promql}{selector(labels(settings), more)}"


def of_nodes(metric: Metric, settings: Settings) -> str:
    """A metric of the cluster's nodes, whose namespace is not the stack's."""
    return f"{metric.promql}{selector(_of_cluster(settings))}"


def quantile(share: float, metric: Metric, matchers: str, by: str = "") -> str:
    """A quantile of a histogram, over the last minutes; `by` names one more label to keep."""
    kept = f"le, {by}" if by else "le"
    rate = f"rate({metric.promql}_bucket{matchers}[{RATE_WINDOW}])"
    return f"histogram_quantile({share:g}, sum by ({kept}) ({rate}))"


def load_balancers(settings: Settings) -> tuple[LoadBalancer, ...]:
    """The load balancers in front of the stack, as far as Google's metrics know them."""
    if not settings.gateway.is_gke:
        return ()
    first = INTERNAL if settings.gateway.class_name == INTERNAL_CLASS else EXTERNAL
    return (first, INTERNAL) if settings.gateway.internal else (first,)


def url_map(settings: Settings) -> str:
    """Regular expression of the names of the Gateway's URL maps, which GKE's controller gives.

    Names seen are `gkegw1-ID-NAMESPACE-GATEWAY-ID`, long ones cut. A second Gateway's name begins
    with the first one's, so that both are found; the kinds of load balancers tell them apart.
    """
    parts = (f"{part[:_KEPT_OF_A_NAME]}.*" for part in settings.gateway_object)
    return "gkegw1-[a-z0-9]+-" + "-".join(parts)


def balancer_matchers(settings: Settings, balancer: LoadBalancer, more: str = "") -> str:
    """Label matchers of the stack's own requests; PromQL needs the resource's type too."""
    wanted = {"monitored_resource": balancer.resource_type, "region": settings.gcp.region}
    names = f'url_map_name=~"{url_map(settings)}"'
    return selector(wanted, f"{names},{more}" if more else names)


def certificate(settings: Settings) -> str | None:
    """Name of the endpoint's certificate in Certificate Manager; None where it has none there."""
    tls = settings.gateway.tls
    if tls is None or tls.secret is not None or not settings.gateway.is_gke:
        return None
    return tls.certificate or certificate_name(settings.cluster.name, settings.gateway.hostnames)


def error_log_filter(settings: Settings) -> str:
    """Entries of the load balancers' request logs for requests that ended with 5xx."""
    logs = " OR ".join(f'log_id("{balancer.log_id}")' for balancer in load_balancers(settings))
    return "\n".join(
        [
            f"({logs})",
            f'resource.labels.region="{settings.gcp.region}"',
            f'resource.labels.url_map_name=~"^{url_map(settings)}"',
            "httpRequest.status>=500",
        ]
    )


def dashboard_title(settings: Settings) -> str:
    """Display name of the dashboard, whose id Google chooses."""
    return f"Inference {title(settings)}"


def title(settings: Settings) -> str:
    """How people tell the stack's dashboard and alerts from those of others in the project."""
    return f"{settings.cluster.name} {settings.gcp.region}"
