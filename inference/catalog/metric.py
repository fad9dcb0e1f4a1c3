"""A metric, and the names that queries and filters know it by."""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

from inference.catalog.source import Source


class Shape(StrEnum):
    """How a metric is written, which decides the names of its series."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    """Series `_bucket`, `_count` and `_sum`."""


@final
@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric by the name that its exporter gives it.

    That of Google's own metrics is `service/path`; see `promql`.
    """

    name: str
    shape: Shape
    source: Source
    releases: tuple[str, ...] = ()
    """Gateway releases whose picker has it; empty for what does not come from the picker."""

    @property
    def promql(self) -> str:
        """Its name in PromQL, where Google's metrics have a colon after the service."""
        service, slash, path = self.name.partition("/")
        return f"{service.replace('.', '_')}:{path.replace('/', '_')}" if slash else self.name

    @property
    def series(self) -> frozenset[str]:
        """Names that a query may use."""
        if self.shape is Shape.HISTOGRAM:
            return frozenset(f"{self.promql}_{part}" for part in ("bucket", "count", "sum"))
        return frozenset({self.promql})

    @property
    def monitoring_type(self) -> str:
        """`metric.type` in filters of Cloud Monitoring; Managed Prometheus adds prefix and kind."""
        if "/" in self.name:
            return self.name
        return f"prometheus.googleapis.com/{self.name}/{self.shape}"
