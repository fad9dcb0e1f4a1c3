"""`observability`: who scrapes the model servers, and what Cloud Monitoring watches."""

from enum import StrEnum
from typing import Annotated, final

from pydantic import AfterValidator, Field

from inference.catalog.limits import OBJECTIVE_DAYS
from inference.config.patterns import CHANNEL_PATTERN, EMAIL_PATTERN
from inference.config.section import Section, each_once

_HIGHEST_SHARE = 1


class Scraping(StrEnum):
    """Whose PodMonitoring the model servers get. Both at once would count every sample twice."""

    STACK = "stack"
    GKE = "gke"


class AlertKind(StrEnum):
    """The alert policies that a stack can have."""

    NO_READY_ENDPOINT = "noReadyEndpoint"
    ERROR_RATE = "errorRate"
    QUEUE = "queue"
    KV_CACHE = "kvCache"
    CERTIFICATE = "certificate"
    GPU_ERRORS = "gpuErrors"


@final
class Alerts(Section):
    """Alert policies, one for each kind, and who is notified."""

    email: Annotated[str, Field(pattern=EMAIL_PATTERN)] | None = None
    """Address that alerts are sent to; a notification channel is created for it."""
    channels: Annotated[
        tuple[Annotated[str, Field(pattern=CHANNEL_PATTERN)], ...], AfterValidator(each_once)
    ] = ()
    """Existing notification channels that alerts are sent to, by their full names."""
    minutes: Annotated[int, Field(ge=1, le=60)] = 5
    """Minutes that a condition must last before an alert is sent."""
    error_rate: Annotated[float, Field(gt=0, lt=_HIGHEST_SHARE)] = 0.05
    """Share of requests that end with 5xx above which an alert is sent."""
    queue_size: Annotated[float, Field(gt=0, le=10**6)] = 10
    """Average waiting requests per model server of a pool above which an alert is sent."""
    kv_cache: Annotated[float, Field(gt=0, lt=_HIGHEST_SHARE)] = 0.95
    """Share of a pool's KV cache in use above which an alert is sent."""
    without: tuple[AlertKind, ...] = ()
    """Alert policies that are not created."""


@final
class Observability(Section):
    """Nothing of it is made unless it is asked for, PodMonitorings aside."""

    model_server_metrics: Scraping = Scraping.STACK
    """Who scrapes the model servers: this `stack`, or `gke` by automatic monitoring."""
    dashboard: bool = False
    """Whether a dashboard is created."""
    alerts: Alerts | None = None
    """Alert policies; none when unset."""
    slo_days: Annotated[int, Field(ge=1, le=OBJECTIVE_DAYS)] | None = None
    """Days over which the objectives in `slo` are measured; no SLO is created when unset. With
    alerts, fast budget burn raises an alert."""

    @property
    def watches(self) -> bool:
        """Whether anything is made in Cloud Monitoring."""
        return self.dashboard or self.alerts is not None or self.slo_days is not None
