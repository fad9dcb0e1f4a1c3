"""Body-based routing: the service that copies a request's `model` into a header."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_kubernetes as kubernetes

from components.child_options import child_after
from components.kubernetes_object import RELEASE_TIMEOUT, gke_policy, object_meta
from components.type_tokens import token
from inference.catalog import body_routing as catalog
from inference.derive.body_routing import router_health, router_values, routing_extension


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
        chart, version = args.router.chart.oci
        release = kubernetes.helm.v3.Release(
            f"{name}-release",
            name=args.name,
            namespace=args.namespace,
            chart=chart,
            version=version,
            values=router_values(args.router, args.name, args.gateway, args.provider),
            timeout=RELEASE_TIMEOUT,
            # No value shows that the router has a NEG.
            opts=child_after(self, args.removal),
        )
        if args.attached_to:
            service, meta = release.name.apply(str), object_meta(args.name, args.namespace)
            health = gke_policy(
                f"{name}-health-check",
                "HealthCheckPolicy",
                meta,
                router_health(service),
                pulumi.ResourceOptions(parent=self),
            )
            gke_policy(
                f"{name}-extension",
                "GCPRoutingExtension",
                meta,
                routing_extension(service, args.attached_to),
                # With no healthy router the Gateway would answer no request.
                child_after(self, health),
            )
        self.register_outputs({})
