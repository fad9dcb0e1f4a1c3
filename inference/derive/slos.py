"""Objectives in Cloud Monitoring, from the section `slo`.

Throughput is none of them: how many tokens are generated depends on how many are asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from inference.catalog.limits import OBJECTIVE_GOAL
from inference.catalog.metric import Metric
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.engines import server_of
from inference.derive.monitoring_names import labels, load_balancers, url_map
from inference.derive.names import objective_id

_P95: Final = 0.95
_MILLISECONDS: Final = 1000
_HOURS_A_DAY: Final = 24
FAST_BURN: Final = 10
"""Times as fast as the error budget may be used: at this rate it is gone in a tenth of its time."""
FAST_BURN_WINDOW: Final = "3600s"


@final
@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Good requests are all but the bad ones."""

    bad: str
    total: str


@final
@dataclass(frozen=True, kw_only=True)
class Below:
    """Good requests are those of a histogram that took at most so many seconds."""

    filter: str
    seconds: float


@final
@dataclass(frozen=True, kw_only=True)
class Objective:
    """One SLO: a share of requests that must be good."""

    id: str
    title: str
    goal: float
    indicator: Ratio | Below
    metric_type: str | None = None
    """Type that Cloud Monitoring knows from its first sample on; None for one of Google's own."""


def _availability(settings: Settings, error_rate: float) -> Iterator[Objective]:
    for balancer in load_balancers(settings):
        total = " ".join(
            [
                f'metric.type="{balancer.requests.monitoring_type}"',
                f'resource.type="{balancer.resource_type}"',
                f'resource.labels.region="{settings.gcp.region}"',
                f'resource.labels.url_map_name=monitoring.regex.full_match("{url_map(settings)}")',
            ]
        )
        kind = balancer.resource_type.partition("_")[0]
        yield Objective(
            id="availability" if kind == "http" else f"availability-{kind}",
            title="requests that do not end with 5xx",
            goal=min(1 - error_rate, OBJECTIVE_GOAL),
            indicator=Ratio(bad=f"{total} metric.labels.response_code_class=500", total=total),
        )


def _latency(
    settings: Settings, model: Model, what: str, metric: Metric, milliseconds: float
) -> Objective:
    resource = " ".join(
        f'resource.labels.{key}="{value}"' for key, value in labels(settings).items()
    )
    return Objective(
        id=objective_id(model.name, what),
        title=f"{model.name}: {what} within {milliseconds:g} ms",
        goal=_P95,
        indicator=Below(
            filter=f'metric.type="{metric.monitoring_type}" resource.type="prometheus_target" '
            f'{resource} metric.labels.model_name="{model.served_model_name}"',
            seconds=milliseconds / _MILLISECONDS,
        ),
        metric_type=metric.monitoring_type,
    )


def burn_rate_text(days: int) -> str:
    """Text of a burn-rate alert for an SLO measured over `days` days, in Markdown."""
    budget = f"{days} day{'' if days == 1 else 's'}"
    hours = days * _HOURS_A_DAY / FAST_BURN
    gone = f"{hours / _HOURS_A_DAY:g} days" if hours > _HOURS_A_DAY else f"{hours:g} hours"
    return (
        f"In the last hour, the error budget burned {FAST_BURN} times as fast as allowed: at this "
        f"rate, the budget for {budget} is used up in {gone}. The dashboard shows since when."
    )


def objectives(settings: Settings) -> Iterator[Objective]:
    """Every SLO of a stack; none where `observability.sloDays` is unset."""
    slo = settings.slo
    if settings.observability.slo_days is None:
        return
    if slo.error_rate is not None:
        yield from _availability(settings, slo.error_rate)
    for model in settings.models:
        exported = server_of(model).metrics
        for what, metric, limit in (
            ("time to first token", exported.time_to_first_token, slo.time_to_first_token_p95_ms),
            ("time per output token", exported.time_per_output_token, slo.inter_token_p95_ms),
        ):
            if limit is not None:
                yield _latency(settings, model, what, metric, limit)
