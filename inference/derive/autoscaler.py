"""What a HorizontalPodAutoscaler of model servers scales by."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from inference.catalog.server_metrics import ServerMetrics
from inference.derive.expected import ScaleOut
from inference.derive.quantities import plain


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
