"""What watches the stack: dashboard, alert policies, log-based metric and objectives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp
from pulumi_gcp import monitoring

from components.observability.alert_policies import alert_policy, burn_policy
from components.type_tokens import token
from inference.config.observability import Alerts
from inference.config.settings import Settings
from inference.derive.alerts import alerts
from inference.derive.dashboard import dashboard
from inference.derive.monitoring_names import (
    error_log_filter,
    load_balancers,
    title,
)
from inference.derive.names import error_metric_name, service_name
from inference.derive.slos import Objective, Ratio, objectives


@final
@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """Whose stack."""

    settings: Settings
    project: pulumi.Resource
    """Enables the APIs of Cloud Monitoring and Cloud Logging."""
    servers: Sequence[pulumi.Resource]
    """Model servers, whose metrics objectives name."""


@final
class Observability(pulumi.ComponentResource):
    """What Cloud Monitoring has of a stack. PodMonitorings are made beside the Pods."""

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Observability"), name, None, opts)
        settings, wanted = args.settings, args.settings.observability
        # No value shows that the APIs must be enabled first.
        after_apis = pulumi.ResourceOptions(parent=self, depends_on=[args.project])
        if load_balancers(settings) and (wanted.dashboard or wanted.alerts):
            _error_metric(name, settings, after_apis)
        if wanted.dashboard:
            monitoring.Dashboard(
                f"{name}-dashboard",
                dashboard_json=json.dumps(dashboard(settings)),
                opts=after_apis,
            )
        channels = _channels(name, wanted.alerts, after_apis) if wanted.alerts else []
        for alert in alerts(settings):
            alert_policy(f"{name}-{alert.name}", alert, channels, after_apis)
        found = list(objectives(settings))
        if found:
            self._service(name, args, found, channels)
        self.register_outputs({})

    def _service(
        self,
        name: str,
        args: ObservabilityArgs,
        found: Sequence[Objective],
        channels: Sequence[pulumi.Input[str]],
    ) -> None:
        settings = args.settings
        service = monitoring.CustomService(
            f"{name}-service",
            service_id=service_name(settings),
            display_name=f"Inference {title(settings)}",
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the API must be enabled first.
                depends_on=[args.project],
            ),
        )
        for objective in found:
            slo = monitoring.Slo(
                f"{name}-{objective.id}",
                service=service.service_id,
                slo_id=objective.id,
                display_name=objective.title,
                goal=objective.goal,
                rolling_period_days=settings.observability.slo_days,
                request_based_sli=_indicator(objective),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # Cloud Monitoring knows a server's metrics only after its first sample.
                    depends_on=list(args.servers),
                ),
            )
            if settings.observability.alerts:
                burn_policy(
                    f"{name}-{objective.id}-burn",
                    f"{title(settings)}: budget burns, {objective.title}",
                    slo,
                    channels,
                    self,
                )


def _error_metric(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
    """Failed requests by status and the load balancer's reason, out of its request log."""
    gcp.logging.Metric(
        f"{name}-errors",
        name=error_metric_name(settings),
        description="Requests that the load balancer answered with 5xx",
        filter=error_log_filter(settings),
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
        opts=opts,
    )


def _channels(name: str, wanted: Alerts, opts: pulumi.ResourceOptions) -> list[pulumi.Input[str]]:
    made = (
        [
            monitoring.NotificationChannel(
                f"{name}-email",
                type="email",
                display_name=wanted.email,
                labels={"email_address": wanted.email},
                opts=opts,
            ).name
        ]
        if wanted.email
        else []
    )
    return [*made, *wanted.channels]


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
