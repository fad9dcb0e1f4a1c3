"""The Gateways and the HTTPRoutes to the pools."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, final

import pulumi

from components.kubernetes_object import CustomResource, gke_policy, object_meta, pool_reference
from components.routing.gateway_args import GatewayArgs, RouteRule
from components.type_tokens import token
from inference.catalog.gcp import GKE_CLASS_PREFIX, INTERNAL_CLASS
from inference.derive.body_routing import gateway_reference
from inference.derive.listeners import REDIRECT
from inference.derive.names import redirect_route, route
from inference.derive.routes import spread

_API: Final = "gateway.networking.k8s.io/v1"
_WAIT: Final = "pulumi.com/waitFor"
_TIMEOUT: Final = "20m"
"""GKE has been seen to take ten minutes to programme a load balancer."""
_DELETE_TIMEOUT: Final = "20m"
"""The controller frees the load balancer before it lets a Gateway go."""


class _Place(NamedTuple):
    """One of the two Gateways: where they differ."""

    suffix: str
    """Of the resources' names."""
    name: str
    class_name: str
    address_name: pulumi.Input[str] | None


@final
class Gateway(pulumi.ComponentResource):
    """One Gateway, or an internal one beside it, and their HTTPRoutes, awaited until they work.

    With a Gateway of others, the HTTPRoutes alone.

    The load balancers are made by the cluster's controller, so on destroy both must be gone before
    the cluster is.
    """

    gateway_name: pulumi.Output[str]
    """Name of the Gateway of `class_name`."""
    names: Sequence[pulumi.Output[str]]
    """Names of all Gateways, the first one's included."""

    def __init__(
        self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Gateway"), name, None, opts)
        self._name, self._args = name, args
        self._is_gke = args.class_name.startswith(GKE_CLASS_PREFIX)
        if args.existing is not None:
            self.names = [pulumi.Output.from_input(args.existing.name)]
        else:
            places = _places(args)
            gateways: list[CustomResource] = []
            for place in places:
                gateways.append(self._gateway(place, gateways))
            self.names = [one.object_name for one in gateways]
            if self._is_gke:
                self._policies(places)
        self.gateway_name = self.names[0]
        for index, rules in enumerate(spread(args.rules)):
            suffix = f"-{index + 1}" if index else ""
            written = [_rule(rule) for rule in rules]
            self._route(f"route{suffix}", route(args.name, index), args.listener, written)
        if args.redirected_listener is not None:
            # With a port GKE refuses the route, and with it every route of the Gateway.
            to_https = {"type": "RequestRedirect", "requestRedirect": REDIRECT}
            rules = [{"filters": [to_https]}]
            self._route("redirect", redirect_route(args.name), args.redirected_listener, rules)
        self.register_outputs({"gatewayName": self.gateway_name})

    def _gateway(self, place: _Place, earlier: Sequence[pulumi.Resource]) -> CustomResource:
        args = self._args
        spec: dict[str, Any] = {
            "gatewayClassName": place.class_name,
            "listeners": [dict(listener) for listener in args.listeners],
        }
        if place.address_name is not None:
            spec["addresses"] = [{"type": "NamedAddress", "value": place.address_name}]
        wait = {_WAIT: "condition=Programmed"} if args.wait else None
        return CustomResource(
            f"{self._name}-gateway{place.suffix}",
            api_version=_API,
            kind="Gateway",
            metadata=object_meta(place.name, args.namespace, wait),
            spec=spec,
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the load balancer's proxies need their subnet, nor that it
                # holds on to the policies of Google that the controller gives it.
                depends_on=list(args.after),
                # A load balancer cannot change its kind or give its address to another.
                replacement_trigger=place.class_name,
                delete_before_replace=True,
                # Where an internal one takes the place of both, it takes the second one's address,
                # which must be free by then.
                replace_with=list(earlier),
                custom_timeouts=pulumi.CustomTimeouts(
                    create=_TIMEOUT, update=_TIMEOUT, delete=_DELETE_TIMEOUT
                ),
            ),
        )

    def _policies(self, places: Sequence[_Place]) -> None:
        args = self._args
        for place, reference in zip(places, self.names, strict=True):
            default: dict[str, Any] = {}
            if args.ssl_policy is not None:
                default["sslPolicy"] = args.ssl_policy
            if args.global_access and place.class_name == INTERNAL_CLASS:
                default["allowGlobalAccess"] = True
            if default:
                spec = {"targetRef": gateway_reference(reference), "default": default}
                self._policy(f"policy{place.suffix}", "GCPGatewayPolicy", place.name, spec)
        if args.traffic_extension:
            spec = {
                "targetRefs": [gateway_reference(name) for name in self.names],
                "extensionChains": list(args.traffic_extension),
            }
            self._policy("model-armor", "GCPTrafficExtension", args.name, spec)

    def _policy(self, suffix: str, kind: str, object_name: str, spec: dict[str, Any]) -> None:
        gke_policy(
            f"{self._name}-{suffix}",
            kind,
            object_meta(object_name, self._args.namespace),
            spec,
            pulumi.ResourceOptions(parent=self),
        )

    def _route(
        self,
        suffix: str,
        object_name: str,
        listener: str | None,
        rules: Sequence[Mapping[str, Any]],
    ) -> None:
        args = self._args
        hostnames = {"hostnames": list(args.hostnames)} if args.hostnames else {}
        parent = {"namespace": args.existing.namespace} if args.existing else {}
        if listener:
            parent["sectionName"] = listener
        CustomResource(
            f"{self._name}-{suffix}",
            api_version=_API,
            kind="HTTPRoute",
            metadata=object_meta(object_name, args.namespace, self._route_wait()),
            spec={
                "parentRefs": [{"name": name, **parent} for name in self.names],
                **hostnames,
                "rules": list(rules),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                # A route is accepted only after its Gateway is programmed.
                custom_timeouts=pulumi.CustomTimeouts(
                    create=_TIMEOUT, update=_TIMEOUT, delete=_DELETE_TIMEOUT
                ),
            ),
        )

    def _route_wait(self) -> dict[str, str] | None:
        """Conditions of a route stand below its parents, where only a JSONPath finds them."""
        if not self._args.wait:
            return None
        conditions = ["Accepted", "ResolvedRefs", *(["Reconciled"] if self._is_gke else [])]
        return {
            _WAIT: json.dumps(
                [
                    f"jsonpath={{.status.parents[{parent}].conditions"
                    f'[?(@.type=="{condition}")].status}}=True'
                    for parent in range(len(self.names))
                    for condition in conditions
                ]
            )
        }


def _places(args: GatewayArgs) -> list[_Place]:
    own, beside = _Place("", args.name, args.class_name, args.address_name), args.internal
    if beside is None:
        return [own]
    return [own, _Place("-internal", beside.name, beside.class_name, beside.address_name)]


def _rule(rule: RouteRule) -> dict[str, Any]:
    filters = {"filters": list(rule.filters)} if rule.filters else {}
    return {
        "matches": list(rule.matches),
        **filters,
        "backendRefs": [
            pool_reference(backend.pool)
            if backend.weight is None
            else {**pool_reference(backend.pool), "weight": backend.weight}
            for backend in rule.backends
        ],
    }
