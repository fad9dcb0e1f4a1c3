"""Arguments of the routing components, from settings. Registers nothing."""

from collections.abc import Mapping, Sequence

import pulumi

from components.arguments.resources import StackResources
from components.google.edge import Edge
from components.google.network import Network
from components.routing.body_router import BodyRouterArgs
from components.routing.gateway_args import (
    Backend,
    ExistingGateway,
    GatewayArgs,
    InternalGateway,
    RouteRule,
)
from components.routing.inference_objectives import InferenceObjectivesArgs
from components.routing.inference_pool_args import (
    InferencePoolArgs,
    LoadBalancing,
    Picker,
    PickerMetrics,
)
from inference.catalog.body_routing import BODY_ROUTERS
from inference.catalog.limits import DRAINING_SECONDS
from inference.config.gateway import GatewaySettings
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.body_routing import attaches_itself, has_body_router
from inference.derive.engines import server_of
from inference.derive.listeners import HTTP, HTTPS, listeners
from inference.derive.model_armor import armor_chains
from inference.derive.names import internal_gateway, router_name, server_labels
from inference.derive.picker import (
    flow_control,
    picker_requests,
    plugin_parameters,
    scorer_weights,
)
from inference.derive.routes import Rule, rules
from inference.derive.timing import drain_seconds


def inference_pool_args(
    settings: Settings, model: Model, resources: StackResources
) -> InferencePoolArgs:
    """The pool of one model."""
    load_balancing = _load_balancing(settings, model, resources.edge)
    return InferencePoolArgs(
        name=model.name,
        release=settings.release,
        selector=server_labels(model.name),
        port=model.port,
        namespace=resources.namespace,
        picker=_picker(settings, model),
        provider=settings.gateway.provider.value,
        load_balancing=load_balancing if settings.gateway.is_gke else None,
        metrics=PickerMetrics(token_secret=resources.metrics_secret) if settings.on_gke else None,
        crds=resources.crds,
        removal=resources.removal,
    )


def _picker(settings: Settings, model: Model) -> Picker:
    wanted = settings.picker
    configured = wanted.scorers is not None or wanted.flow_control is not None
    return Picker(
        replicas=wanted.replicas,
        requests=picker_requests(settings, model),
        failure_mode=wanted.failure_mode.value if wanted.failure_mode else None,
        scorers=scorer_weights(wanted) if configured else None,
        plugins=plugin_parameters(wanted, settings.release.name) if configured else {},
        flow_control=flow_control(wanted),
        flags=server_of(model).picker_flags,
    )


def _load_balancing(settings: Settings, model: Model, edge: Edge | None) -> LoadBalancing:
    gateway = settings.gateway
    log, draining = gateway.request_log, gateway.draining_seconds
    if draining is None:
        # Shorter, and the load balancer would cut answers that the server still finishes.
        draining = min(drain_seconds(model), DRAINING_SECONDS)
    return LoadBalancing(
        health_path=server_of(model).ready_path,
        health_check=gateway.health_check,
        timeout_seconds=gateway.timeout_seconds,
        draining_seconds=draining,
        log_sample_rate=log.sample_rate if log.enabled else None,
        security_policy=edge.security_policy if edge else None,
        iap=gateway.iap,
    )


def objectives_args(
    settings: Settings, model: Model, pool: pulumi.Input[str], resources: StackResources
) -> InferenceObjectivesArgs | None:
    """Priorities of the model's requests; None where it has none."""
    if not model.objectives:
        return None
    return InferenceObjectivesArgs(
        priorities={objective.name: objective.priority for objective in model.objectives},
        pool_name=pool,
        release=settings.release,
        namespace=resources.namespace,
        crds=resources.crds,
    )


def gateway_args(
    settings: Settings, pools: Mapping[str, pulumi.Input[str]], resources: StackResources
) -> GatewayArgs:
    """The Gateways; `pools` has each InferencePool's name by the model's."""
    gateway, edge, network = settings.gateway, resources.edge, resources.network
    removal = resources.removal
    tls, armor = gateway.tls, gateway.model_armor
    subnet = network.proxy_only_subnet if network else None
    existing = gateway.existing
    return GatewayArgs(
        rules=[_rule(rule, pools) for rule in rules(gateway, settings.models)],
        name=gateway.name,
        namespace=resources.namespace,
        existing=ExistingGateway(name=existing.name, namespace=existing.namespace)
        if existing
        else None,
        class_name=gateway.class_name,
        address_name=network.address_name if network else None,
        internal=_internal(gateway, network),
        hostnames=gateway.hostnames,
        listeners=listeners(gateway, edge.certificate if edge else None),
        # Without TLS a Gateway of the stack has one listener, which need not be named.
        listener=existing.listener if existing else HTTPS if tls else None,
        redirected_listener=HTTP if tls and tls.redirect else None,
        ssl_policy=edge.ssl_policy if edge else None,
        global_access=gateway.global_access,
        traffic_extension=armor_chains(settings, armor) if armor else (),
        wait=gateway.wait,
        after=[
            *([subnet] if subnet else []),
            *(edge.used if edge else []),
            *([removal] if removal else []),
        ],
    )


def _internal(gateway: GatewaySettings, network: Network | None) -> InternalGateway | None:
    if not gateway.internal:
        return None
    address = network.internal_address if network else None
    return InternalGateway(
        name=internal_gateway(gateway.name), address_name=address.name if address else None
    )


def _rule(rule: Rule, pools: Mapping[str, pulumi.Input[str]]) -> RouteRule:
    backends = [Backend(pool=pools[share.model], weight=share.weight) for share in rule.shares]
    return RouteRule(
        backends=backends or [Backend(pool=pools[rule.model])],
        matches=rule.matches,
        filters=rule.filters,
    )


def body_router_args(
    settings: Settings, gateways: Sequence[pulumi.Input[str]], resources: StackResources
) -> BodyRouterArgs | None:
    """The body router before the Gateways of these names; None where requests need none."""
    if not has_body_router(settings):
        return None
    attached = settings.gateway.is_gke and not attaches_itself(settings)
    return BodyRouterArgs(
        router=BODY_ROUTERS[settings.gateway_release].mirrored(settings.registry.prefix),
        gateway=settings.gateway.name,
        name=router_name(settings),
        namespace=resources.namespace,
        provider=settings.gateway.provider.value,
        attached_to=gateways if attached else (),
        removal=resources.removal,
    )
