"""What watches the stack: dashboard, alert policies, log-based metric and objectives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import pulumi
import pulumi_gcp as gcp
from pulumi_gcp import monitoring

from components.child_options import child_after
from components.observability.alert_policies import Recipients, alert_policy, burn_policy
from components.observability.known_metrics import KnownMetrics
from components.type_tokens import token
from inference.derive.alerts import Alert
from inference.derive.slos import Objective, Ratio


@final
@dataclass(frozen=True, kw_only=True)
class FailedRequests:
    """A log-based metric of the load balancers' request log."""

    name: str
    """Name of the metric, unique in the project."""
    filter: str
    """The entries that are counted, in the language of Cloud Logging."""


@final
@dataclass(frozen=True, kw_only=True)
class ServiceObjectives:
    """Service level objectives, and the service in Cloud Monitoring that they belong to."""

    service_id: str
    """Id of the service, unique in the project."""
    title: str
    """Part of the names of service and alerts, by which people recognise them in the project."""
    objectives: Sequence[Objective]
    """One SLO each."""
    days: int
    """Days over which the objectives are kept: 1 to 30."""
    notify: bool = False
    """Whether somebody is notified when an objective is missed fast."""


@final
@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """What Cloud Monitoring and Cloud Logging get. Each part is made only where it is given."""

    dashboard: Mapping[str, Any] | None = None
    """The dashboard as Cloud Monitoring's API takes it."""
    failed_requests: FailedRequests | None = None
    """The metric by which the dashboard counts failed requests."""
    alerts: Sequence[Alert] = ()
    """One policy each."""
    email: str | None = None
    """Address that is notified, by a channel that is made for it."""
    channels: Sequence[pulumi.Input[str]] = ()
    """Full names of existing notification channels."""
    objectives: ServiceObjectives | None = None
    """Service level objectives of the endpoint."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of alert policies."""
    apis: pulumi.Resource | None = None
    """Enables the APIs of Cloud Monitoring and Cloud Logging; None where they are enabled."""
    servers: Sequence[pulumi.Resource] = ()
    """Model servers: Cloud Monitoring knows their metrics only after their first sample."""
    awaits_metrics: str | None = None
    """Project whose metrics are awaited before objectives are made of them; None for no wait."""


@final
class Observability(pulumi.ComponentResource):
    """What Cloud Monitoring has of a stack. PodMonitorings are made beside the Pods."""

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Observability"), name, None, opts)
        self._name, self._args = name, args
        self._after_apis = child_after(self, args.apis)
        if args.failed_requests is not None:
            self._metric(args.failed_requests)
        if args.dashboard is not None:
            monitoring.Dashboard(
                f"{name}-dashboard",
                dashboard_json=json.dumps(args.dashboard),
                opts=self._after_apis,
            )
        recipients = Recipients(channels=self._channels(), labels=args.labels)
        for alert in args.alerts:
            monitoring.AlertPolicy(
                f"{name}-{alert.name}",
                alert_policy(alert, recipients),
                # An alert on missing servers would fire for those that have not started yet.
                opts=self._after_servers() if alert.misses_servers else self._after_apis,
            )
        if args.objectives is not None:
            self._objectives(args.objectives, recipients)
        self.register_outputs({})

    def _after_servers(self) -> pulumi.ResourceOptions:
        """Options of what an unready server would set off."""
        return child_after(self, self._args.apis, *self._args.servers)

    def _known(self, wanted: ServiceObjectives) -> pulumi.ResourceOptions:
        """Options of what Cloud Monitoring takes only after the first samples of servers."""
        project = self._args.awaits_metrics
        types = sorted(
            {one.metric_type for one in wanted.objectives if one.metric_type is not None}
        )
        if project is None or not types:
            return self._after_servers()
        known = KnownMetrics(f"{self._name}-known", project, types, self._after_servers())
        return child_after(self, known)

    def _channels(self) -> list[pulumi.Input[str]]:
        email = self._args.email
        if email is None:
            return list(self._args.channels)
        made = monitoring.NotificationChannel(
            f"{self._name}-email",
            type="email",
            display_name=email,
            labels={"email_address": email},
            # By these it is found after a kill, or when it is left.
            user_labels=dict(self._args.labels),
            opts=self._after_apis,
        )
        return [made.name, *self._args.channels]

    def _metric(self, wanted: FailedRequests) -> None:
        """Failed requests by status and the load balancer's reason."""
        gcp.logging.Metric(
            f"{self._name}-errors",
            name=wanted.name,
            description="Requests that the load balancer answered with 5xx",
            filter=wanted.filter,
            label_extractors={
                "status": "EXTRACT(httpRequest.status)",
                "cause": "EXTRACT(jsonPayload.proxyStatus)",
            },
            metric_descriptor=gcp.logging.MetricMetricDescriptorArgs(
                metric_kind="DELTA",
                value_type="INT64",
                unit="1",
                labels=[
                    gcp.logging.MetricMetricDescriptorLabelArgs(
                        key="cause", description="Why the load balancer answered so"
                    ),
                    gcp.logging.MetricMetricDescriptorLabelArgs(
                        key="status", description="Status of the answer"
                    ),
                ],
            ),
            opts=self._after_apis,
        )

    def _objectives(self, wanted: ServiceObjectives, recipients: Recipients) -> None:
        service = monitoring.CustomService(
            f"{self._name}-service",
            service_id=wanted.service_id,
            display_name=f"Inference {wanted.title}",
            opts=self._after_apis,
        )
        after = self._known(wanted)
        for objective in wanted.objectives:
            slo = monitoring.Slo(
                f"{self._name}-{objective.id}",
                service=service.service_id,
                slo_id=objective.id,
                display_name=objective.title,
                goal=objective.goal,
                rolling_period_days=wanted.days,
                request_based_sli=_indicator(objective),
                opts=after,
            )
            if wanted.notify:
                title = f"{wanted.title}: budget burns, {objective.title}"
                monitoring.AlertPolicy(
                    f"{self._name}-{objective.id}-burn",
                    burn_policy(title, slo.name, wanted.days, recipients),
                    opts=pulumi.ResourceOptions(parent=self),
                )


def _indicator(objective: Objective) -> monitoring.SloRequestBasedSliArgs:
    indicator = objective.indicator
    if isinstance(indicator, Ratio):
        return monitoring.SloRequestBasedSliArgs(
            good_total_ratio=monitoring.SloRequestBasedSliGoodTotalRatioArgs(
                bad_service_filter=indicator.bad, total_service_filter=indicator.total
            )
        )
    return monitoring.SloRequestBasedSliArgs(
        distribution_cut=monitoring.SloRequestBasedSliDistributionCutArgs(
            distribution_filter=indicator.filter,
            range=monitoring.SloRequestBasedSliDistributionCutRangeArgs(max=indicator.seconds),
        )
    )
