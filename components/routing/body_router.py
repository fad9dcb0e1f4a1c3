"""Body-based routing: the service that copies a request's `model` into a header."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi
import pulumi_kubernetes as kubernetes

from components.child_options import child_after
from components.kubernetes_object import CustomResource, object_meta
from components.type_tokens import token
from inference.catalog import body_routing as catalog
from inference.derive.body_routing import router_health, router_values, routing_extension

_API: Final = "networking.gke.io/v1"
_RELEASE_TIMEOUT: Final = 900
"""Seconds for the router to become ready, a node for it on Autopilot included."""


@final
@dataclass(frozen=True, kw_only=True)
class BodyRouterArgs:
    """Which router, before which Gateways."""

    router: catalog.BodyRouter
    """Chart and image, such as `inference.catalog.body_routing.BODY_ROUTERS["v1.5.0"]`."""
    gateway: str
    """Name of the Gateway whose router it is, for the chart."""
    name: str
    """Name of the Helm release, and of the router's Deployment and Service."""
    namespace: pulumi.Input[str] = "default"
    """Namespace of the Gateways and the router."""
    provider: str = "none"
    """The chart's provider: `istio` attaches the router by objects of the chart."""
    attached_to: Sequence[pulumi.Input[str]] = ()
    """Names of GKE Gateways to put it before; empty where the chart does that."""
    removal: pulumi.Resource | None = None
    """Waits for the end of its load balancers, such as `LoadBalancerRemoval`; None for no wait."""


@final
class BodyRouter(pulumi.ComponentResource):
    """The router by Helm, and by us what puts it before GKE's Gateways.

    The chart's own objects of GKE know one Gateway, and one router in a namespace.
    """

    def __init__(
        self, name: str, args: BodyRouterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("BodyRouter"), name, None, opts)
        self._name, self._args = name, args
        chart = args.router.chart
        release = kubernetes.helm.v3.Release(
            f"{name}-release",
            name=args.name,
            namespace=args.namespace,
            chart=f"oci://{chart.reference}"
            if chart.digest
            else f"oci://{chart.host}/{chart.repository}",
            version=None if chart.digest else chart.tag,
            values=router_values(args.router, args.name, args.gateway, args.provider),
            timeout=_RELEASE_TIMEOUT,
            # No value shows that the router has a NEG.
            opts=child_after(self, args.removal),
        )
        if args.attached_to:
            self._attach(release.name.apply(str))
        self.register_outputs({})

    def _attach(self, service: pulumi.Output[str]) -> None:
        health = self._object(
            "health-check", "HealthCheckPolicy", router_health(service), after=None
        )
        # With no healthy router the Gateway would answer no request.
        spec = routing_extension(service, self._args.attached_to)
        self._object("extension", "GCPRoutingExtension", spec, after=health)

    def _object(
        self, suffix: str, kind: str, spec: dict[str, Any], *, after: pulumi.Resource | None
    ) -> CustomResource:
        return CustomResource(
            f"{self._name}-{suffix}",
            api_version=_API,
            kind=kind,
            metadata=object_meta(self._args.name, self._args.namespace),
            spec=spec,
            opts=child_after(self, after),
        )
