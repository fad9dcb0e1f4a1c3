"""The Gateway and the HTTPRoutes to the pools."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi

from components.kubernetes_object import CustomResource, object_meta, pool_reference
from components.tokens import token
from config.gateway import GatewaySettings
from config.settings import Settings
from derive.routes import Rule, rules, spread

_API: Final = "gateway.networking.k8s.io/v1"
_PORT: Final = 80
_WAIT: Final = "pulumi.com/waitFor"
_TIMEOUT: Final = "20m"
"""GKE has been seen to take ten minutes to programme a load balancer."""
_DELETE_TIMEOUT: Final = "20m"
"""The controller frees the load balancer before it lets a Gateway go."""


@final
@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """Which class, at which address, to which pools."""

    settings: Settings
    namespace: pulumi.Input[str]
    pools: Mapping[str, pulumi.Input[str]]
    """InferencePool name by model name."""
    address_name: pulumi.Input[str] | None
    """Reserved regional address; None where the class is not GKE's."""
    proxy_only_subnet: pulumi.Resource | None


@final
class Gateway(pulumi.ComponentResource):
    """A Gateway on HTTP and its HTTPRoutes, awaited until they work.

    The load balancer is made by the cluster's controller, so on destroy both must be gone before
    the cluster is.
    """

    gateway_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Gateway"), name, None, opts)
        gateway = _gateway(self, name, args)
        self.gateway_name = gateway.object_name
        for index, group in enumerate(spread(rules(args.settings.gateway, args.settings.models))):
            suffix = f"-{index + 1}" if index else ""
            self._route(name, suffix, args, group)
        self.register_outputs({"gatewayName": self.gateway_name})

    def _route(self, name: str, suffix: str, args: GatewayArgs, group: Sequence[Rule]) -> None:
        CustomResource(
            f"{name}-route{suffix}",
            api_version=_API,
            kind="HTTPRoute",
            metadata=object_meta(
                f"{args.settings.gateway.name}{suffix}",
                args.namespace,
                _route_wait(args.settings.gateway),
            ),
            spec={
                "parentRefs": [{"name": self.gateway_name}],
                "rules": [
                    {**rule.spec, "backendRefs": [pool_reference(args.pools[rule.model])]}
                    for rule in group
                ],
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                # A route is accepted only after its Gateway is programmed.
                custom_timeouts=pulumi.CustomTimeouts(
                    create=_TIMEOUT, update=_TIMEOUT, delete=_DELETE_TIMEOUT
                ),
            ),
        )


def _gateway(parent: pulumi.Resource, name: str, args: GatewayArgs) -> CustomResource:
    settings = args.settings.gateway
    spec: dict[str, Any] = {
        "gatewayClassName": settings.class_name,
        "listeners": [{"name": "http", "protocol": "HTTP", "port": _PORT}],
    }
    if args.address_name is not None:
        spec["addresses"] = [{"type": "NamedAddress", "value": args.address_name}]
    return CustomResource(
        f"{name}-gateway",
        api_version=_API,
        kind="Gateway",
        metadata=object_meta(
            settings.name,
            args.namespace,
            {_WAIT: "condition=Programmed"} if settings.wait else None,
        ),
        spec=spec,
        opts=pulumi.ResourceOptions(
            parent=parent,
            # No value shows that the load balancer's proxies need their subnet.
            depends_on=[args.proxy_only_subnet] if args.proxy_only_subnet else None,
            # A load balancer cannot change its kind or give its address to another.
            replacement_trigger=settings.class_name,
            delete_before_replace=True,
            custom_timeouts=pulumi.CustomTimeouts(
                create=_TIMEOUT, update=_TIMEOUT, delete=_DELETE_TIMEOUT
            ),
        ),
    )


def _route_wait(settings: GatewaySettings) -> dict[str, str] | None:
    """Conditions of a route stand below its parents, where only a JSONPath finds them."""
    if not settings.wait:
        return None
    conditions = ["Accepted", "ResolvedRefs", *(["Reconciled"] if settings.is_gke else [])]
    return {
        _WAIT: json.dumps(
            [
                f'jsonpath={{.status.parents[0].conditions[?(@.type=="{condition}")].status}}=True'
                for condition in conditions
            ]
        )
    }
