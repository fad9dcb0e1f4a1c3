"""Listeners of the stack's Gateways, and the endpoint that they make."""

from typing import Any, Final

from inference.catalog.gcp import INTERNAL_CLASS
from inference.catalog.traffic import CERTIFICATE_OPTION
from inference.config.gateway import GatewaySettings
from inference.derive.names import internal_gateway

HTTP: Final = "http"
HTTPS: Final = "https"
REDIRECT: Final = {"scheme": HTTPS, "statusCode": 301}
"""Where a redirect sends clients."""
_HTTP_PORT: Final = 80
_HTTPS_PORT: Final = 443


def gateways(settings: GatewaySettings) -> list[tuple[str, str]]:
    """Name and class of each Gateway, the one of `className` first."""
    own = (settings.name, settings.class_name)
    return [
        own,
        *([(internal_gateway(settings.name), INTERNAL_CLASS)] if settings.internal else []),
    ]


def listeners(settings: GatewaySettings, certificate: Any | None) -> list[dict[str, Any]]:  # noqa: ANN401 an input of a resource
    """Listeners of each Gateway. `certificate` is the name of one of Certificate Manager.

    A listener has one hostname at most; several are told apart by the routes alone.
    """
    names = settings.hostnames
    hostname = {"hostname": names[0]} if len(names) == 1 else {}
    tls = settings.tls
    plain = {"name": HTTP, "protocol": "HTTP", "port": _HTTP_PORT}
    if tls is None:
        return [{**plain, **hostname}]
    terminate: dict[str, Any] = {"mode": "Terminate"}
    if tls.secret is not None:
        terminate["certificateRefs"] = [{"group": "", "kind": "Secret", "name": tls.secret}]
    else:
        terminate["options"] = {CERTIFICATE_OPTION: certificate}
    encrypted = {"name": HTTPS, "protocol": "HTTPS", "port": _HTTPS_PORT, "tls": terminate}
    return [*([{**plain, **hostname}] if tls.redirect else []), {**encrypted, **hostname}]


def scheme(settings: GatewaySettings) -> str:
    """`https` where the Gateway has TLS."""
    return HTTPS if settings.is_https else HTTP


def endpoint_host(settings: GatewaySettings) -> str | None:
    """The DNS name that clients use; None where they use the address, or a wildcard is all."""
    return next((name for name in settings.hostnames if not name.startswith("*.")), None)


def address_records(settings: GatewaySettings, address: str) -> list[dict[str, str]]:
    """DNS records by which clients find the endpoint; names end with a dot, as in a zone."""
    return [{"name": f"{name}.", "type": "A", "data": address} for name in settings.hostnames]
