"""Alert policies of metrics and logs, and of a budget that burns. Registers nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import pulumi
from pulumi_gcp import monitoring

from inference.derive.alerts import Alert, LogMatch, Query, Severity
from inference.derive.slos import FAST_BURN, FAST_BURN_WINDOW, burn_rate_text

_EVALUATION: Final = "60s"
_AUTO_CLOSE: Final = "1800s"
"""The shortest that Cloud Monitoring takes: half an hour without the condition ends an incident."""
_NOTIFIED_AGAIN: Final = "3600s"


@final
@dataclass(frozen=True, kw_only=True)
class Recipients:
    """Who is notified, and labels by which policies are found."""

    channels: Sequence[pulumi.Input[str]]
    """Full names of notification channels."""
    labels: Mapping[str, str]
    """The provider's default labels do not reach the labels of alert policies."""


def alert_policy(alert: Alert, recipients: Recipients) -> monitoring.AlertPolicyArgs:
    """A policy with the one condition of `alert`, on a metric or on log entries."""
    condition = monitoring.AlertPolicyConditionArgs(display_name=alert.title)
    strategy = monitoring.AlertPolicyAlertStrategyArgs(auto_close=_AUTO_CLOSE)
    if isinstance(alert.condition, LogMatch):
        condition.condition_matched_log = monitoring.AlertPolicyConditionConditionMatchedLogArgs(
            filter=alert.condition.filter
        )
        # Cloud Monitoring asks it of policies that match logs, and of no others.
        strategy.notification_rate_limit = (
            monitoring.AlertPolicyAlertStrategyNotificationRateLimitArgs(period=_NOTIFIED_AGAIN)
        )
    else:
        condition.condition_prometheus_query_language = _query(alert.condition)
    return _policy(condition, strategy, alert.severity, alert.text, recipients)


def burn_policy(
    title: str, slo: pulumi.Input[str], days: int, recipients: Recipients
) -> monitoring.AlertPolicyArgs:
    """A policy of the objective `slo`, kept over `days`: it is missed too fast.

    `slo` is the objective's full name in Cloud Monitoring.
    """
    threshold = monitoring.AlertPolicyConditionConditionThresholdArgs(
        filter=pulumi.Output.from_input(slo).apply(
            lambda own: f'select_slo_burn_rate("{own}", "{FAST_BURN_WINDOW}")'
        ),
        comparison="COMPARISON_GT",
        threshold_value=FAST_BURN,
        duration="0s",
    )
    condition = monitoring.AlertPolicyConditionArgs(
        display_name=title, condition_threshold=threshold
    )
    strategy = monitoring.AlertPolicyAlertStrategyArgs(auto_close=_AUTO_CLOSE)
    return _policy(condition, strategy, Severity.ERROR, burn_rate_text(days), recipients)


def _query(wanted: Query) -> monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs:
    return monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
        query=wanted.promql,
        duration=f"{wanted.seconds}s",
        evaluation_interval=_EVALUATION,
        # The metrics come with the first server; before that they are refused as unknown.
        disable_metric_validation=True,
    )


def _policy(
    condition: monitoring.AlertPolicyConditionArgs,
    strategy: monitoring.AlertPolicyAlertStrategyArgs,
    severity: Severity,
    text: str,
    recipients: Recipients,
) -> monitoring.AlertPolicyArgs:
    return monitoring.AlertPolicyArgs(
        display_name=condition.display_name,
        severity=severity,
        combiner="OR",
        conditions=[condition],
        alert_strategy=strategy,
        notification_channels=list(recipients.channels),
        documentation=monitoring.AlertPolicyDocumentationArgs(
            subject=condition.display_name, content=text, mime_type="text/markdown"
        ),
        user_labels=dict(recipients.labels),
    )
