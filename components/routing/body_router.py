"""Body-based routing: the service that copies a request's `model` into a header."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes_object import CustomResource, object_meta
from components.type_tokens import token
from inference.catalog.body_routing import BODY_ROUTERS
from inference.config.settings import Settings
from inference.derive.body_routing import (
    attaches_itself,
    router_health,
    router_values,
    routing_extension,
)
from inference.derive.names import router_name

_API: Final = "networking.gke.io/v1"
_RELEASE_TIMEOUT: Final = 900
"""Seconds for the router to become ready, a node for it on Autopilot included."""


@final
@dataclass(frozen=True, kw_only=True)
class BodyRouterArgs:
    """Before which Gateways."""

    settings: Settings
    namespace: pulumi.Input[str]
    gateways: Sequence[pulumi.Input[str]]
    """Names of the Gateways."""


@final
class BodyRouter(pulumi.ComponentResource):
    """The router by Helm, and by us what puts it before GKE's Gateways.

    The chart's own objects of GKE know one Gateway, and one router in a namespace.
    """

    def __init__(
        self, name: str, args: BodyRouterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("BodyRouter"), name, None, opts)
        settings = args.settings
        chart = BODY_ROUTERS[settings.gateway_release].chart
        release = kubernetes.helm.v3.Release(
            f"{name}-release",
            name=router_name(settings),
            namespace=args.namespace,
            chart=f"oci://{chart.reference}"
            if chart.digest
            else f"oci://{chart.registry}/{chart.repository}",
            version=None if chart.digest else chart.tag,
            values=router_values(settings),
            timeout=_RELEASE_TIMEOUT,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if settings.gateway.is_gke and not attaches_itself(settings):
            service = release.name.apply(str)
            health = _object(
                name,
                args,
                "HealthCheckPolicy",
                router_health(service),
                pulumi.ResourceOptions(parent=self),
            )
            _object(
                name,
                args,
                "GCPRoutingExtension",
                routing_extension(service, args.gateways),
                # With no healthy router the Gateway would answer no request.
                pulumi.ResourceOptions(parent=self, depends_on=[health]),
            )
        self.register_outputs({})


def _object(
    name: str,
    args: BodyRouterArgs,
    kind: str,
    spec: dict[str, Any],
    opts: pulumi.ResourceOptions,
) -> CustomResource:
    suffix = {"HealthCheckPolicy": "health-check", "GCPRoutingExtension": "extension"}[kind]
    return CustomResource(
        f"{name}-{suffix}",
        api_version=_API,
        kind=kind,
        metadata=object_meta(router_name(args.settings), args.namespace),
        spec=spec,
        opts=opts,
    )
