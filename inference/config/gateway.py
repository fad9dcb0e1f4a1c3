"""`gateway`: the entry point and what it lets in."""

from enum import StrEnum
from typing import Annotated, Final, final

from pydantic import AfterValidator, Field

from inference.catalog.gcp import (
    ENDPOINT_DETACH_SECONDS,
    EXTERNAL_CLASS,
    GKE_CLASS_PREFIX,
    INTERNAL_CLASS,
)
from inference.catalog.limits import (
    BACKEND_WEIGHT,
    BACKENDS_A_RULE,
    DNS_CHARACTERS,
    DRAINING_SECONDS,
    HEALTH_CHECK_SECONDS,
    HEALTH_CHECK_THRESHOLD,
    HOSTNAMES_A_ROUTE,
    LOGGED_OF_A_MILLION,
    MATCHES_A_RULE,
)
from inference.catalog.releases import GatewayRelease
from inference.config.gateway_traffic import CloudArmor, Iap, ModelArmor, Tls
from inference.config.patterns import HOSTNAME_PATTERN, PATH_PATTERN
from inference.config.pod import ObjectName
from inference.config.section import DnsLabel, PositiveInt, ResourceName, Section, each_once


class Routing(StrEnum):
    """How a request selects one of several models."""

    HEADER = "header"
    PATH = "path"
    BODY = "body"


class ChartProvider(StrEnum):
    """What the pool chart makes besides the pool and picker. The components make GKE's objects."""

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


_FEWEST_SHARES = 2
OPENAI_PATHS = (
    Path(path="/v1/completions"),
    Path(path="/v1/chat/completions"),
    Path(path="/v1/responses", match=PathMatch.PREFIX),
    Path(path="/v1/embeddings"),
    Path(path="/v1/models"),
)
"""The API. vLLM's management calls, such as /v1/load_lora_adapter, stay unreachable."""
_LISTED_MODELS: Final = "/v1/models"
"""Answered without a picker, as it has no body."""


def paths_of(release: GatewayRelease) -> tuple[Path, ...]:
    """The paths of the API that the picker of a release can parse, and the list of models."""
    return tuple(
        path for path in OPENAI_PATHS if path.path in {_LISTED_MODELS, *release.parsed_paths}
    )


@final
class RequestLog(Section):
    """Request log of the load balancer."""

    enabled: bool = True
    """Whether requests are logged."""
    sample_rate: Annotated[int, Field(ge=0, le=LOGGED_OF_A_MILLION)] = LOGGED_OF_A_MILLION
    """Requests logged per million."""


@final
class HealthCheck(Section):
    """Health checks of the load balancer, on /health of each model server."""

    interval_seconds: Annotated[int, Field(ge=1, le=HEALTH_CHECK_SECONDS)] = 5
    """Seconds between checks."""
    timeout_seconds: Annotated[int, Field(ge=1, le=HEALTH_CHECK_SECONDS)] = 5
    """Seconds until a check counts as failed; at most the interval."""
    healthy_threshold: Annotated[int, Field(ge=1, le=HEALTH_CHECK_THRESHOLD)] = 1
    """Successful checks before a server is put into rotation."""
    unhealthy_threshold: Annotated[int, Field(ge=1, le=HEALTH_CHECK_THRESHOLD)] = 2
    """Failed checks before it is taken out."""

    @property
    def least_pre_stop(self) -> int:
        """Seconds after which a load balancer sends nothing more to a server that is deleted."""
        return self.interval_seconds * self.unhealthy_threshold + ENDPOINT_DETACH_SECONDS


@final
class Share(Section):
    """A model's part of the requests for a served name."""

    model: DnsLabel
    """Name of the model."""
    weight: Annotated[int, Field(ge=0, le=BACKEND_WEIGHT)]
    """Its share, relative to the other weights."""


@final
class Split(Section):
    """Requests for one served name, divided between models: a canary."""

    served_name: Annotated[str, Field(min_length=1)]
    """Name that requests send as `model`; each of the models must serve it."""
    models: Annotated[
        tuple[Share, ...],
        Field(min_length=_FEWEST_SHARES, max_length=BACKENDS_A_RULE),
    ]
    """At least two models, with their weights."""


@final
class ExistingGateway(Section):
    """A Gateway of another team, to which the stack's routes are attached."""

    name: DnsLabel
    """Its name."""
    namespace: DnsLabel
    """Its namespace; its listener's `allowedRoutes` must admit the stack's. No ReferenceGrant is
    needed: routes and pools share a namespace."""
    listener: ObjectName | None = None
    """Listener that routes attach to; every listener that admits them when unset."""
    https: bool = True
    """Whether that listener uses HTTPS, for the endpoint's URL in the stack's outputs."""


@final
class GatewaySettings(Section):
    """The Gateway, its routes and the policies of its backends."""

    name: DnsLabel = "inference-gateway"
    """Name of the Gateway and of its HTTPRoutes."""
    existing: ExistingGateway | None = None
    """Another team's Gateway for the routes, such as `{name: shared, namespace: gateways}`; one
    is created when unset."""
    class_name: DnsLabel = EXTERNAL_CLASS
    """Gateway class: `gke-l7-regional-external-managed`, `gke-l7-rilb`, or another in the
    cluster; for an existing Gateway, its class."""
    provider: ChartProvider = ChartProvider.NONE
    """What the pool chart adds for the Gateway: `none`, or `istio`'s DestinationRule."""
    wait: bool = True
    """Whether `pulumi up` waits until the Gateway and routes work; set false without a
    controller."""
    paths: Annotated[tuple[Path, ...], Field(min_length=1, max_length=MATCHES_A_RULE)] = (
        OPENAI_PATHS
    )
    """Paths that the endpoint serves; when unset, those that the picker of `gatewayRelease` can
    parse, and `/v1/models`."""
    routing: Routing = Routing.HEADER
    """How requests select a model: `header` X-Gateway-Model-Name, `path` /NAME/v1/…, or `body`."""
    default_model: DnsLabel | None = None
    """Model that gets requests for no or an unknown model; 404 when unset."""
    splits: tuple[Split, ...] = ()
    """Served names whose requests are split between models."""
    hostnames: Annotated[
        tuple[Annotated[str, Field(pattern=HOSTNAME_PATTERN, max_length=DNS_CHARACTERS)], ...],
        Field(max_length=HOSTNAMES_A_ROUTE),
        AfterValidator(each_once),
    ] = ()
    """DNS names of the endpoint; any when empty."""
    tls: Tls | None = None
    """HTTPS; plain HTTP when unset."""
    internal: bool = False
    """Whether an external Gateway also gets an internal one, with the same routes."""
    internal_address: ResourceName | None = None
    """Name of a reserved regional address for the second Gateway; one is reserved when unset."""
    global_access: bool = False
    """Whether clients in other regions can reach the internal Gateway."""
    cloud_armor: CloudArmor | None = None
    """Cloud Armor policy for the pools."""
    iap: Iap | None = None
    """Identity-Aware Proxy for the pools."""
    model_armor: ModelArmor | None = None
    """Model Armor, which filters prompts and answers."""
    timeout_seconds: PositiveInt = 600
    """Time after which the load balancer answers 504."""
    draining_seconds: Annotated[int, Field(ge=0, le=DRAINING_SECONDS)] | None = None
    """Time for open connections to finish when a server is removed; its drain time when unset."""
    request_log: RequestLog = RequestLog()
    """Request log of the load balancer."""
    health_check: HealthCheck = HealthCheck()
    """Health checks of the load balancer."""

    @property
    def is_gke(self) -> bool:
        """Whether GKE's controller implements the class."""
        return self.class_name.startswith(GKE_CLASS_PREFIX)

    @property
    def is_https(self) -> bool:
        """Whether clients reach the endpoint by HTTPS."""
        return self.existing.https if self.existing is not None else self.tls is not None

    @property
    def is_internal(self) -> bool:
        """Whether the endpoint answers inside the VPC only."""
        return self.class_name == INTERNAL_CLASS

    @property
    def has_internal(self) -> bool:
        """Whether any Gateway answers inside the VPC only."""
        return self.is_internal or self.internal
