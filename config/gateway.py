"""`gateway`: the entry point and what it lets in."""

from enum import StrEnum
from typing import Annotated, Self, final

from pydantic import AfterValidator, Field, model_validator

from catalog.gcp import EXTERNAL_CLASS, GKE_CLASS_PREFIX, INTERNAL_CLASS
from config.section import PATH_PATTERN, DnsLabel, PositiveInt, Section


class Routing(StrEnum):
    """How requests for several models are told apart."""

    HEADER = "header"
    PATH = "path"


class ChartProvider(StrEnum):
    """What the pool chart makes besides the pool and picker. GKE's objects are ours to make."""

    NONE = "none"
    ISTIO = "istio"


class PathMatch(StrEnum):
    """How a path is compared."""

    EXACT = "Exact"
    PREFIX = "PathPrefix"


@final
class Path(Section):
    """A path that the endpoint answers."""

    path: Annotated[str, Field(pattern=PATH_PATTERN)]
    """The path."""
    match: PathMatch = PathMatch.EXACT
    """`Exact` or `PathPrefix`."""


_MOST_PATHS = 64
"""The Gateway API's limit of matches in one rule, which holds all paths."""
OPENAI_PATHS = (
    Path(path="/v1/completions"),
    Path(path="/v1/chat/completions"),
    Path(path="/v1/responses", match=PathMatch.PREFIX),
    Path(path="/v1/embeddings"),
    Path(path="/v1/models"),
)
"""The API. vLLM's management calls, such as /v1/load_lora_adapter, stay unreachable."""


def _some_paths(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """1 to 64 of them."""
    if not 0 < len(paths) <= _MOST_PATHS:
        message = f"must be 1 to {_MOST_PATHS} paths: a rule holds no more, and none reach nothing"
        raise ValueError(message)
    return paths


@final
class RequestLog(Section):
    """Request log of the load balancer."""

    enabled: bool = True
    """Whether requests are logged."""
    sample_rate: Annotated[int, Field(ge=0, le=1_000_000)] = 1_000_000
    """Requests logged of every million."""


@final
class HealthCheck(Section):
    """Health checks of the load balancer, on /health of each model server."""

    interval_seconds: Annotated[int, Field(ge=1, le=300)] = 5
    """Seconds between checks."""
    timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 5
    """Seconds until a check counts as failed; at most the interval."""
    healthy_threshold: Annotated[int, Field(ge=1, le=10)] = 1
    """Successes that put a server into rotation."""
    unhealthy_threshold: Annotated[int, Field(ge=1, le=10)] = 2
    """Failures that take it out."""

    @model_validator(mode="after")
    def _timeout_within_the_interval(self) -> Self:
        if self.timeout_seconds > self.interval_seconds:
            message = (
                f"timeoutSeconds {self.timeout_seconds} is above intervalSeconds "
                f"{self.interval_seconds}: GKE would refuse the policy"
            )
            raise ValueError(message)
        return self


@final
class GatewaySettings(Section):
    """The Gateway, its routes and the policies of its backends."""

    name: DnsLabel = "inference-gateway"
    """Name of the Gateway and of its HTTPRoutes."""
    class_name: DnsLabel = EXTERNAL_CLASS
    """Gateway class: `gke-l7-regional-external-managed`, `gke-l7-rilb`, or one of the cluster."""
    provider: ChartProvider = ChartProvider.NONE
    """What the pool chart adds for the gateway: `none`, or `istio`'s DestinationRule."""
    wait: bool = True
    """Whether `pulumi up` waits until the Gateway and routes work; false without a controller."""
    paths: Annotated[tuple[Path, ...], AfterValidator(_some_paths)] = OPENAI_PATHS
    """Paths that the endpoint answers."""
    routing: Routing = Routing.HEADER
    """With several models: by `header` X-Gateway-Model-Name, or by `path` /NAME/v1/…."""
    timeout_seconds: PositiveInt = 600
    """Time after which the load balancer answers 504."""
    draining_seconds: Annotated[int, Field(ge=0, le=3600)] | None = None
    """Time that open connections get when a server leaves; as long as it drains when unset."""
    request_log: RequestLog = RequestLog()
    """Request log of the load balancer."""
    health_check: HealthCheck = HealthCheck()
    """Health checks of the load balancer."""

    @property
    def is_gke(self) -> bool:
        """Whether GKE's controller implements the class."""
        return self.class_name.startswith(GKE_CLASS_PREFIX)

    @property
    def is_internal(self) -> bool:
        """Whether the endpoint answers inside the VPC only."""
        return self.class_name == INTERNAL_CLASS
