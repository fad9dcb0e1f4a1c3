"""What the endpoint's certificate and policies ask of whoever deploys."""

from collections.abc import Iterator

from inference.catalog.gcp import CERTIFICATE_ROLE, SECURITY_ROLE
from inference.config.settings import Settings


def traffic_roles(settings: Settings) -> Iterator[str]:
    """Roles for what the stack makes of certificates and policies."""
    gateway = settings.gateway
    if not settings.needs_project or not gateway.is_gke:
        return
    tls, armor = gateway.tls, gateway.cloud_armor
    if tls is not None and tls.is_managed:
        yield CERTIFICATE_ROLE
    own_tls = tls is not None and tls.ssl_policy is None
    own_armor = armor is not None and armor.policy is None
    if own_tls or own_armor:
        yield SECURITY_ROLE
