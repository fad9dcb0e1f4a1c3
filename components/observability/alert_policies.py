"""Alert policies: of metrics and logs, and of a budget that burns."""

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_gcp import monitoring

from inference.config.finding import PROJECT
from inference.derive.alerts import Alert, LogMatch, Severity
from inference.derive.names import label_value
from inference.derive.slos import FAST_BURN, FAST_BURN_WINDOW, burn_rate_text

_EVALUATION: Final = "60s"
_AUTO_CLOSE: Final = "1800s"
"""The shortest that Cloud Monitoring takes: half an hour without the condition ends an incident."""
_TOLD_AGAIN: Final = "3600s"


def _labels() -> dict[str, str]:
    """The provider's default labels do not reach the labels of alert policies."""
    return {"pulumi-project": PROJECT, "pulumi-stack": label_value(pulumi.get_stack())}


def _documentation(title: str, text: pulumi.Input[str]) -> monitoring.AlertPolicyDocumentationArgs:
    return monitoring.AlertPolicyDocumentationArgs(
        subject=title, content=text, mime_type="text/markdown"
    )


def alert_policy(
    name: str,
    alert: Alert,
    channels: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Tell `channels` of a metric's or a log's condition."""
    strategy = monitoring.AlertPolicyAlertStrategyArgs(auto_close=_AUTO_CLOSE)
    if isinstance(alert.condition, LogMatch):
        condition = monitoring.AlertPolicyConditionArgs(
            display_name=alert.title,
            condition_matched_log=monitoring.AlertPolicyConditionConditionMatchedLogArgs(
                filter=alert.condition.filter
            ),
        )
        # Cloud Monitoring asks it of policies that match logs, and of no others.
        strategy.notification_rate_limit = (
            monitoring.AlertPolicyAlertStrategyNotificationRateLimitArgs(period=_TOLD_AGAIN)
        )
    else:
        condition = monitoring.AlertPolicyConditionArgs(
            display_name=alert.title,
            condition_prometheus_query_language=monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
                query=alert.condition.promql,
                duration=f"{alert.condition.seconds}s",
                evaluation_interval=_EVALUATION,
                # The metrics come with the first server; before that they are refused as unknown.
                disable_metric_validation=True,
            ),
        )
    monitoring.AlertPolicy(
        name,
        display_name=alert.title,
        severity=alert.severity,
        combiner="OR",
        conditions=[condition],
        alert_strategy=strategy,
        notification_channels=list(channels),
        documentation=_documentation(alert.title, alert.text),
        user_labels=_labels(),
        opts=opts,
    )


def burn_policy(
    name: str,
    told: str,
    slo: monitoring.Slo,
    channels: Sequence[pulumi.Input[str]],
    parent: pulumi.Resource,
) -> None:
    """Tell `channels` that an objective is missed too fast."""
    monitoring.AlertPolicy(
        name,
        display_name=told,
        severity=Severity.ERROR,
        combiner="OR",
        conditions=[
            monitoring.AlertPolicyConditionArgs(
                display_name=told,
                condition_threshold=monitoring.AlertPolicyConditionConditionThresholdArgs(
                    filter=slo.name.apply(
                        lambda own: f'select_slo_burn_rate("{own}", "{FAST_BURN_WINDOW}")'
                    ),
                    comparison="COMPARISON_GT",
                    threshold_value=FAST_BURN,
                    duration="0s",
                ),
            )
        ],
        alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(auto_close=_AUTO_CLOSE),
        notification_channels=list(channels),
        documentation=_documentation(
            told,
            slo.rolling_period_days.apply(lambda days: burn_rate_text(int(days or 0))),
        ),
        user_labels=_labels(),
        opts=pulumi.ResourceOptions(parent=parent),
    )
