"""`autoscaling` and `models[].autoscaling`: how many model servers there are, by their load."""

from enum import StrEnum
from typing import Annotated, Final, final

from pydantic import Field

from inference.catalog.limits import HPA_PERIOD_SECONDS, HPA_WINDOW_SECONDS, NODES_A_ZONE
from inference.config.section import Amount, PositiveInt, Section


class AdapterOrigin(StrEnum):
    """Where the custom metrics adapter comes from."""

    INSTALL = "install"
    PRESENT = "present"


class MetricsOrigin(StrEnum):
    """Who gives autoscalers the servers' metrics."""

    MANAGED = "managed"
    STACKDRIVER = "stackdriver"


@final
class AutoscalingSettings(Section):
    """What all autoscaled models share."""

    metrics: MetricsOrigin | None = None
    """What provides the servers' metrics to autoscalers: GKE itself (`managed`), or the Cloud
    Monitoring adapter (`stackdriver`). When unset, GKE if the stack creates the cluster in the
    `rapid` channel.
    """

    adapter: AdapterOrigin | None = None
    """With `stackdriver`: `install` it, or use the one that is `present`; when unset, installed
    if the stack creates the cluster."""


_Window = Annotated[int, Field(ge=0, le=HPA_WINDOW_SECONDS)]
_Period = Annotated[int, Field(ge=1, le=HPA_PERIOD_SECONDS)]


@final
class ScaleUp(Section):
    """How fast servers are added."""

    stabilization_seconds: _Window = 0
    """How long the load must have called for more servers."""
    servers: PositiveInt = 2
    """Maximum number of servers added per period."""
    period_seconds: _Period = 60
    """Length of a period."""


@final
class ScaleDown(Section):
    """How fast servers are taken away. A new one takes minutes, so the default waits long."""

    stabilization_seconds: _Window = 600
    """How long fewer servers must have been sufficient."""
    servers: PositiveInt = 1
    """Maximum number of servers removed per period."""
    period_seconds: _Period = 120
    """Length of a period."""


KV_CACHE_USAGE: Final = 0.8
"""Beyond it a server soon preempts requests, whatever the objectives are."""


@final
class ServerAutoscaling(Section):
    """Bounds, and the load of a server beyond which there are more; the higher number counts."""

    min: Annotated[int, Field(ge=0, le=NODES_A_ZONE)] = 1
    """Minimum number of servers, at least 1."""
    max: Amount
    """Maximum number of servers."""
    queue_depth: PositiveInt | None = 5
    """Requests waiting per server, on average; derived from `traffic` and `slo` when unset."""
    kv_cache_usage: Annotated[float, Field(gt=0, le=1)] | None = KV_CACHE_USAGE
    """Share of the KV cache in use, on average; likewise derived when unset."""
    scale_up: ScaleUp = ScaleUp()
    """How fast servers are added."""
    scale_down: ScaleDown = ScaleDown()
    """How fast servers are removed."""
