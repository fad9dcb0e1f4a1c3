"""Arguments of the observability components, from settings. Registers nothing."""

from collections.abc import Sequence

import pulumi

from components.observability.metrics_reader import MetricsReaderArgs
from components.observability.observability import (
    FailedRequests,
    ObservabilityArgs,
    ServiceObjectives,
)
from inference.config.settings import Settings
from inference.derive.alerts import alerts
from inference.derive.dashboard import dashboard
from inference.derive.monitoring_names import (
    error_log_filter,
    load_balancers,
    title,
)
from inference.derive.names import (
    cluster_scoped,
    collector_namespace,
    error_metric_name,
    google_labels,
    service_name,
)
from inference.derive.slos import objectives


def metrics_reader_args(
    settings: Settings, namespace: pulumi.Input[str]
) -> MetricsReaderArgs | None:
    """Who reads metrics; None outside GKE, where nothing scrapes by a token."""
    if not settings.on_gke:
        return None
    return MetricsReaderArgs(
        namespace=namespace,
        collector_namespace=collector_namespace(settings),
        suffix=cluster_scoped("", settings.namespace),
    )


def observability_args(
    settings: Settings,
    apis: pulumi.Resource | None,
    servers: Sequence[pulumi.Resource],
    *,
    awaits_google: bool,
) -> ObservabilityArgs | None:
    """What Cloud Monitoring gets; None where nothing is asked for, or no Google Cloud is used."""
    wanted = settings.observability
    if not settings.needs_project or not wanted.watches:
        return None
    notified = wanted.alerts
    return ObservabilityArgs(
        dashboard=dashboard(settings) if wanted.dashboard else None,
        failed_requests=_failed_requests(settings),
        alerts=list(alerts(settings)),
        email=notified.email if notified else None,
        channels=notified.channels if notified else (),
        objectives=_objectives(settings),
        labels=google_labels(pulumi.get_stack()),
        apis=apis,
        servers=servers,
        awaits_metrics=settings.gcp.project if awaits_google else None,
    )


def _failed_requests(settings: Settings) -> FailedRequests | None:
    """What the dashboard and the text of alerts refer to."""
    wanted = settings.observability
    if not load_balancers(settings) or not (wanted.dashboard or wanted.alerts):
        return None
    return FailedRequests(name=error_metric_name(settings), filter=error_log_filter(settings))


def _objectives(settings: Settings) -> ServiceObjectives | None:
    days, found = settings.observability.slo_days, list(objectives(settings))
    if days is None or not found:
        return None
    return ServiceObjectives(
        service_id=service_name(settings),
        title=title(settings),
        objectives=found,
        days=days,
        notify=settings.observability.alerts is not None,
    )
