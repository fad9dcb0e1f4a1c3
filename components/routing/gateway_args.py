"""What Gateways and their routes are made of.

Matches, filters and listeners are as the Gateway API writes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi

from inference.catalog.gcp import EXTERNAL_CLASS, INTERNAL_CLASS

HTTP_LISTENER: Final[Mapping[str, Any]] = {"name": "http", "protocol": "HTTP", "port": 80}


@final
@dataclass(frozen=True, kw_only=True)
class Backend:
    """An InferencePool, and its share where a rule has several."""

    pool: pulumi.Input[str]
    """Name of the pool, in the Gateway's namespace."""
    weight: int | None = None
    """Its part of the requests, in proportion to the others."""


@final
@dataclass(frozen=True, kw_only=True)
class RouteRule:
    """One rule of an HTTPRoute."""

    backends: Sequence[Backend]
    """Pools that answer, one or more."""
    matches: Sequence[Mapping[str, Any]]
    """Paths and headers; each match counts towards the route's limit."""
    filters: Sequence[Mapping[str, Any]] = ()
    """Changes of a request on its way, such as a URLRewrite."""


@final
@dataclass(frozen=True, kw_only=True)
class InternalGateway:
    """A second Gateway with the same routes, that answers inside the VPC network only."""

    name: str
    """Name of the Gateway."""
    class_name: str = INTERNAL_CLASS
    """An internal Gateway class; GKE's by default."""
    address_name: pulumi.Input[str] | None = None
    """Reserved regional address of the class; the controller takes one when None."""


@final
@dataclass(frozen=True, kw_only=True)
class ExistingGateway:
    """A Gateway that others make, and whose listener admits routes of this namespace."""

    name: str
    """Name of the Gateway."""
    namespace: str
    """Its namespace."""


@final
@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """Which class, at which address, to which pools."""

    rules: Sequence[RouteRule]
    """Rules in order, spread over as many HTTPRoutes as the Gateway API's limits ask for."""
    name: str = "inference-gateway"
    """Name of the Gateway and, with a suffix, of its routes and policies."""
    namespace: pulumi.Input[str] = "default"
    """Namespace of Gateways, routes and pools."""
    existing: ExistingGateway | None = None
    """Gateway of others that the routes are attached to; None makes one."""
    class_name: str = EXTERNAL_CLASS
    """Gateway class: GKE's external one, `gke-l7-rilb`, or one that the cluster has."""
    address_name: pulumi.Input[str] | None = None
    """Reserved regional address; the controller takes one when None."""
    internal: InternalGateway | None = None
    """A second Gateway; None for none."""
    hostnames: Sequence[str] = ()
    """DNS names that the routes answer under; any when empty."""
    listeners: Sequence[Mapping[str, Any]] = (HTTP_LISTENER,)
    """Listeners of each Gateway, as the Gateway API writes them; HTTP on port 80 by default."""
    listener: str | None = None
    """Name of the listener that routes attach to; all of them when None."""
    redirected_listener: str | None = None
    """Name of the listener whose requests are sent to HTTPS; None where there is none."""
    ssl_policy: pulumi.Input[str] | None = None
    """Regional SSL policy of the load balancers. GKE's classes only."""
    global_access: bool = False
    """Whether clients in other regions reach what is internal. GKE's classes only."""
    traffic_extension: Sequence[Mapping[str, Any]] = ()
    """`extensionChains` of a GCPTrafficExtension before the Gateways, such as Model Armor's."""
    wait: bool = True
    """Whether an update waits until Gateways and routes work; False without a controller."""
    after: Sequence[pulumi.Resource] = ()
    """What load balancers use and no value shows, such as their proxy-only subnet, or what waits
    for their end, as `LoadBalancerRemoval` does."""
