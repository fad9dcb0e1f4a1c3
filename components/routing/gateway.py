"""The Gateways and the HTTPRoutes to the pools."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi

from components.google.edge import Edge
from components.kubernetes_object import CustomResource, object_meta, pool_reference
from components.type_tokens import token
from inference.catalog.gcp import INTERNAL_CLASS
from inference.config.gateway import GatewaySettings
from inference.config.settings import Settings
from inference.derive.body_routing import gateway_reference
from inference.derive.hostnames import Hostnames
from inference.derive.listeners import HTTP, HTTPS, REDIRECT, gateways, listeners, parents
from inference.derive.model_armor import armor_extension
from inference.derive.names import redirect_route, route
from inference.derive.routes import Rule, rules, spread

_API: Final = "gateway.networking.k8s.io/v1"
_GKE_API: Final = "networking.gke.io/v1"
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
    edge: Edge | None
    """Certificate, policies and second address; None where none is asked for."""


@final
class Gateway(pulumi.ComponentResource):
    """One Gateway, or an internal one beside it, and their HTTPRoutes, awaited until they work.

    The load balancers are made by the cluster's controller, so on destroy both must be gone before
    the cluster is.
    """

    gateway_name: pulumi.Output[str]
    names: Sequence[pulumi.Output[str]]
    """Names of all Gateways, the first one's included."""

    def __init__(
        self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Gateway"), name, None, opts)
        settings = args.settings.gateway
        internal = args.edge.internal_address if args.edge else None
        addresses = [args.address_name, internal.name if internal else None]
        suffixes = ["", "-internal"]
        self.names = [
            _gateway(self, f"{name}-gateway{suffix}", args, place, address)
            for suffix, place, address in zip(suffixes, gateways(settings), addresses, strict=False)
        ]
        self.gateway_name = self.names[0]
        self._policies(name, args)
        section = HTTPS if settings.tls is not None else HTTP
        for index, group in enumerate(spread(rules(settings, args.settings.models))):
            suffix = f"-{index + 1}" if index else ""
            every = [{**rule.spec, "backendRefs": _backends(rule, args)} for rule in group]
            object_name = route(settings.name, index)
            self._route(f"{name}-route{suffix}", object_name, args, section, every)
        if settings.tls is not None and settings.tls.redirect:
            # With a port GKE refuses the route, and with it every route of the Gateway.
            to_https = {"type": "RequestRedirect", "requestRedirect": REDIRECT}
            self._route(
                f"{name}-redirect",
                redirect_route(settings.name),
                args,
                HTTP,
                [{"filters": [to_https]}],
            )
        self.register_outputs({"gatewayName": self.gateway_name})

    def _policies(self, name: str, args: GatewayArgs) -> None:
        settings = args.settings.gateway
        if not settings.is_gke:
            return
        for place, (own_name, class_name), reference in zip(
            ("", "-internal"), gateways(settings), self.names, strict=False
        ):
            default: dict[str, Any] = {}
            if args.edge is not None and args.edge.ssl_policy is not None:
                default["sslPolicy"] = args.edge.ssl_policy
            if settings.global_access and class_name == INTERNAL_CLASS:
                default["allowGlobalAccess"] = True
            if default:
                spec = {"targetRef": gateway_reference(reference), "default": default}
                self._object(f"{name}-policy{place}", "GCPGatewayPolicy", own_name, args, spec)
        if settings.model_armor is not None:
            spec = armor_extension(args.settings, settings.model_armor, self.names)
            self._object(f"{name}-model-armor", "GCPTrafficExtension", settings.name, args, spec)

    def _object(
        self, name: str, kind: str, object_name: str, args: GatewayArgs, spec: dict[str, Any]
    ) -> None:
        CustomResource(
            name,
            api_version=_GKE_API,
            kind=kind,
            metadata=object_meta(object_name, args.namespace),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _route(
        self,
        name: str,
        object_name: str,
        args: GatewayArgs,
        section: str,
        every: Sequence[Mapping[str, Any]],
    ) -> None:
        settings = args.settings.gateway
        served = Hostnames(settings.hostnames).routes
        hostnames = {"hostnames": served} if served else {}
        CustomResource(
            name,
            api_version=_API,
            kind="HTTPRoute",
            metadata=object_meta(
                object_name, args.namespace, _route_wait(settings, len(self.names))
            ),
            spec={
                "parentRefs": parents(settings, self.names, section),
                **hostnames,
                "rules": list(every),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                # A route is accepted only after its Gateway is programmed.
                custom_timeouts=pulumi.CustomTimeouts(
                    create=_TIMEOUT, update=_TIMEOUT, delete=_DELETE_TIMEOUT
                ),
            ),
        )


def _backends(rule: Rule, args: GatewayArgs) -> list[dict[str, Any]]:
    if not rule.shares:
        return [pool_reference(args.pools[rule.model])]
    return [
        {**pool_reference(args.pools[share.model]), "weight": share.weight} for share in rule.shares
    ]


def _gateway(
    parent: pulumi.Resource,
    name: str,
    args: GatewayArgs,
    place: tuple[str, str],
    address: pulumi.Input[str] | None,
) -> pulumi.Output[str]:
    settings, (object_name, class_name) = args.settings.gateway, place
    spec: dict[str, Any] = {
        "gatewayClassName": class_name,
        "listeners": listeners(settings, args.edge.certificate if args.edge else None),
    }
    if address is not None:
        spec["addresses"] = [{"type": "NamedAddress", "value": address}]
    subnet = [args.proxy_only_subnet] if args.proxy_only_subnet else []
    return CustomResource(
        name,
        api_version=_API,
        kind="Gateway",
        metadata=object_meta(
            object_name,
            args.namespace,
            {_WAIT: "condition=Programmed"} if settings.wait else None,
        ),
        spec=spec,
        opts=pulumi.ResourceOptions(
            parent=parent,
            # No value shows that the load balancer's proxies need their subnet, nor that it holds
            # on to the policies of Google that the controller gives it.
            depends_on=[*subnet, *(args.edge.used if args.edge else [])],
            # A load balancer cannot change its kind or give its address to another.
            replacement_trigger=class_name,
            delete_before_replace=True,
            custom_timeouts=pulumi.CustomTimeouts(
                create=_TIMEOUT, update=_TIMEOUT, delete=_DELETE_TIMEOUT
            ),
        ),
    ).object_name


def _route_wait(settings: GatewaySettings, gateways: int) -> dict[str, str] | None:
    """Conditions of a route stand below its parents, where only a JSONPath finds them."""
    if not settings.wait:
        return None
    conditions = ["Accepted", "ResolvedRefs", *(["Reconciled"] if settings.is_gke else [])]
    return {
        _WAIT: json.dumps(
            [
                f'jsonpath={{.status.parents[{parent}].conditions[?(@.type=="{condition}")].status}}'
                "=True"
                for parent in range(gateways)
                for condition in conditions
            ]
        )
    }
