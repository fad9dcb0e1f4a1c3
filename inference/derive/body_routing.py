"""Values and objects of body-based routing."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from inference.catalog.body_routing import BODY_ROUTER_HEALTH_PORT, BODY_ROUTER_PORT, BodyRouter
from inference.config.gateway import ChartProvider, Routing
from inference.config.settings import Settings

_REPLICAS: Final = 2
"""Without the router no request is routed, so one may be missing."""
_TIMEOUT: Final = "10s"
"""The most that GKE takes: the router answers when the whole body has arrived."""


def has_body_router(settings: Settings) -> bool:
    """Whether the stack installs the router; one model alone needs none."""
    return settings.routing is Routing.BODY


def router_values(router: BodyRouter, name: str, gateway: str, provider: str) -> Mapping[str, Any]:
    """Values of the chart, for a router `name` before the Gateway `gateway`.

    Its objects of GKE are left out: they know one Gateway alone.
    """
    image: dict[str, Any] = {"tag": router.image.pinned_tag, "pullPolicy": "IfNotPresent"}
    if router.hub_layout:
        hub, _, name_of_image = f"{router.image.host}/{router.image.repository}".rpartition("/")
        image |= {"hub": hub, "name": name_of_image}
    else:
        image |= {"registry": router.image.host, "repository": router.image.repository}
    return {
        "bbr": {"name": name, "replicas": _REPLICAS, "image": image},
        "provider": {"name": provider},
        "inferenceGateway": {"name": gateway},
    }


def attaches_itself(settings: Settings) -> bool:
    """Whether the chart's own objects put the router before the gateway."""
    return settings.gateway.provider is ChartProvider.ISTIO


def routing_extension(service: Any, gateways: Sequence[Any]) -> dict[str, Any]:  # noqa: ANN401 inputs of a resource
    """Spec of the GCPRoutingExtension that puts the router before the Gateways."""
    extension = {
        "name": "body-based-router",
        "authority": "body-based-router.internal",
        "timeout": _TIMEOUT,
        "supportedEvents": ["RequestHeaders", "RequestBody", "RequestTrailers"],
        "requestBodySendMode": "FullDuplexStreamed",
        "backendRef": {"group": "", "kind": "Service", "name": service, "port": BODY_ROUTER_PORT},
    }
    return {
        "targetRefs": [gateway_reference(name) for name in gateways],
        "extensionChains": [{"name": "body-based-routing", "extensions": [extension]}],
    }


def router_health(service: Any) -> dict[str, Any]:  # noqa: ANN401 an input of a resource
    """Spec of the HealthCheckPolicy of the router's Service."""
    return {
        "targetRef": {"group": "", "kind": "Service", "name": service},
        "default": {
            "config": {
                "type": "GRPC",
                "grpcHealthCheck": {
                    "portSpecification": "USE_FIXED_PORT",
                    "port": BODY_ROUTER_HEALTH_PORT,
                },
            }
        },
    }


def gateway_reference(name: Any) -> dict[str, Any]:  # noqa: ANN401 an input of a resource
    """How GKE's policies and extensions name a Gateway."""
    return {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": name}
