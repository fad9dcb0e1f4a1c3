"""Models told apart by the request's body: whether anything does it, and what has no body."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.body_routing import BODY_ROUTER_SOURCE
from inference.config import Finding, Settings
from inference.config.gateway import ChartProvider, Routing
from inference.preflight.registry import error, info

UNATTACHED: Final = error(
    id="traffic.body-router-unattached",
    cause="Routing by body is set with a Gateway class that the chart has no objects for.",
    consequence="Nothing sets the header that routes requests: they are answered 404.",
    fix="Use `routing: header`, or a GKE or Istio class.",
    source=BODY_ROUTER_SOURCE,
)
NO_DEFAULT: Final = info(
    id="traffic.no-default-model",
    cause="With routing by body, a request without a body, such as GET /v1/models, specifies no "
    "model.",
    consequence="It is answered 404.",
    fix="Set `gateway.defaultModel` to the model that answers it.",
    source=BODY_ROUTER_SOURCE,
)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the body-based router."""
    gateway = settings.gateway
    if settings.routing is not Routing.BODY:
        return
    if not gateway.is_gke and gateway.provider is not ChartProvider.ISTIO:
        yield UNATTACHED.to_set(
            "gateway.routing",
            "body, but the chart cannot attach the router to a Gateway of class "
            f"{gateway.class_name}: requests would be answered 404",
            Routing.HEADER.value,
        )
    if gateway.default_model is None:
        yield NO_DEFAULT.to_set(
            "gateway.defaultModel",
            "not set, so a request that specifies no model, such as GET /v1/models, is answered "
            "404",
            settings.models[0].name,
        )
