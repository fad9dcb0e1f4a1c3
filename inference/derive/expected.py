"""What a replica is expected to show at a rate: latencies to compare, and when to scale out."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, log
from typing import Final, final

from inference.catalog.server_metrics import ServerMetrics
from inference.config.autoscaling import KV_CACHE_USAGE, ServerAutoscaling
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.capacity import traffic_of
from inference.derive.computed_rates import Objectives, computed_rate, lengths_of, objectives
from inference.derive.measured import Point, configurations, matching
from inference.derive.measured_rates import missed, same_lengths
from inference.derive.quantities import plain
from inference.derive.replay import Lengths, replay
from inference.derive.roofline import step_cost

_SCALE_OUT_AT: Final = 0.8
"""Share of the rate that a replica serves, beyond which there is to be another: it takes minutes
to start, while the load grows on."""
_LEAST_USAGE: Final = 0.01


@final
@dataclass(frozen=True, kw_only=True)
class Expected:
    """What 95 % of requests and of gaps between tokens are to keep at a rate, in milliseconds."""

    first_token_ms: float
    inter_token_ms: float


def _between(points: list[Point], rate: float) -> Expected | None:
    """Latencies between two measured points, on a line of their logarithms."""
    points.sort(key=lambda point: point.rate)
    for low, high in pairwise(points):
        if low.rate <= rate <= high.rate:
            share = (rate - low.rate) / (high.rate - low.rate)
            first, inter = (
                exp(log(one) + share * (log(other) - log(one)))
                for one, other in (
                    (low.first_token_p95, high.first_token_p95),
                    (low.inter_token_p95, high.inter_token_p95),
                )
            )
            return Expected(first_token_ms=first, inter_token_ms=inter)
    return None


def expected(model: Model, lengths: Lengths, wanted: Objectives, rate: float) -> Expected | None:
    """Latencies of one replica at `rate` requests a second; None where they cannot be computed.

    The replay runs at the rate at which the roofline alone is as busy as the server: what it
    missed at measured lengths is taken from it.
    """
    cost, measured = step_cost(model), matching(model, configurations())
    if cost is None or cost.cache_tokens < lengths.input + lengths.output:
        return None
    if measured is not None:
        between = _between([*same_lengths(measured, lengths)], rate)
        if between is not None:
            return between
        rate /= missed(cost, measured, lengths, wanted) or 1
    found = replay(cost, lengths, rate)
    return Expected(first_token_ms=found.first_token_p95, inter_token_ms=found.inter_token_p95)


@final
@dataclass(frozen=True, kw_only=True)
class Busy:
    """Averages over a model's servers at some load."""

    queue_depth: int
    kv_cache_usage: float
    """Share of the KV cache that is in use."""


def busy_at(settings: Settings, model: Model, share: float) -> Busy | None:
    """How busy servers are at a share of the rate up to which the objectives hold.

    None without traffic or latencies in `slo`, or where it cannot be computed.
    """
    traffic, wanted = traffic_of(settings, model), objectives(settings.slo)
    cost = step_cost(model)
    if traffic is None or wanted is None or cost is None:
        return None
    lengths = lengths_of(traffic)
    highest = computed_rate(cost, lengths, wanted)
    if not highest:
        return None
    found = replay(cost, lengths, highest * share)
    return Busy(
        queue_depth=max(1, ceil(found.waiting)),
        kv_cache_usage=found.cached / cost.cache_tokens,
    )


@final
@dataclass(frozen=True, kw_only=True)
class ScaleOut:
    """Averages over a model's servers, beyond which there is to be another; None for one unused."""

    queue_depth: int | None
    kv_cache_usage: float | None


def scale_out(settings: Settings, model: Model, autoscaling: ServerAutoscaling) -> ScaleOut:
    """When a model's autoscaler adds servers.

    A value that the stack file gives is taken, null included. One that it leaves out follows from
    `traffic` and `slo`: the load at which a replica serves 80 % of what keeps the objectives.
    Without them it is a constant, which knows nothing of latencies.
    """
    given = autoscaling.model_fields_set
    queue, usage = autoscaling.queue_depth, autoscaling.kv_cache_usage
    if not {"queue_depth", "kv_cache_usage"} <= given:
        found = busy_at(settings, model, _SCALE_OUT_AT)
        if found is not None and "queue_depth" not in given:
            queue = found.queue_depth
        if found is not None and "kv_cache_usage" not in given:
            usage = min(KV_CACHE_USAGE, max(_LEAST_USAGE, round(found.kv_cache_usage, 3)))
    return ScaleOut(queue_depth=queue, kv_cache_usage=usage)


@final
@dataclass(frozen=True, kw_only=True)
class Gauge:
    """A gauge of a server, and how much of it is enough for another server."""

    name: str
    """What an AutoscalingMetric calls it."""
    metric: str
    """What the server calls it."""
    target: str
    """Average over the servers, as a quantity."""


def gauges(wanted: ScaleOut, metrics: ServerMetrics) -> Iterator[Gauge]:
    """The gauges that a model's autoscaler looks at."""
    if wanted.queue_depth is not None:
        target = str(wanted.queue_depth)
        yield Gauge(name="queue-depth", metric=metrics.waiting.name, target=target)
    if wanted.kv_cache_usage is not None:
        target = plain(wanted.kv_cache_usage)
        yield Gauge(name="kv-cache-usage", metric=metrics.kv_cache.name, target=target)
