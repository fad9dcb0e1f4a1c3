"""What the person who deploys must be allowed, by role."""

from collections.abc import Iterator, Mapping

from inference.catalog.gcp import (
    ACT_AS_ROLE,
    CERTIFICATE_ROLE,
    CLUSTER_ROLE,
    DNS_ENDPOINT_PERMISSIONS,
    IAM_GRANT_ROLE,
    LOG_METRICS_ROLE,
    MONITORING_ROLE,
    NETWORK_ROLE,
    PUBSUB_ROLE,
    ROLE_PERMISSIONS,
    SECRET_MANAGER_ROLE,
    SECURITY_ROLE,
    SERVICE_USAGE_ROLE,
    STORAGE_ROLE,
    USER_ROLES,
    VPC_PERMISSIONS,
)
from inference.config.cluster import Endpoint
from inference.config.settings import Settings


def _roles(settings: Settings) -> Iterator[str]:
    if not settings.cluster.is_created:
        yield from (SERVICE_USAGE_ROLE,) if settings.needs_project else ()
        # Address and proxies of another team's Gateway are not the stack's.
        if settings.needs_project and settings.gateway.existing is None:
            yield NETWORK_ROLE
    else:
        yield from (*USER_ROLES, NETWORK_ROLE, IAM_GRANT_ROLE, ACT_AS_ROLE)
    if settings.needs_project and settings.observability.watches:
        yield from (MONITORING_ROLE, LOG_METRICS_ROLE)
    if settings.hugging_face_secret_manager is not None:
        yield SECRET_MANAGER_ROLE
    if settings.weights is not None:
        yield STORAGE_ROLE
    notifications = settings.cluster.notifications
    if notifications is not None and notifications.topic is None:
        yield PUBSUB_ROLE
    gateway = settings.gateway
    if settings.needs_project and gateway.is_gke:
        tls, armor = gateway.tls, gateway.cloud_armor
        if tls is not None and tls.is_managed:
            yield CERTIFICATE_ROLE
        if (tls and tls.ssl_policy is None) or (armor and armor.policy is None):
            yield SECURITY_ROLE


def permissions(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Roles in alphabetical order, with the permissions that stand for each in this stack."""
    found = {role: ROLE_PERMISSIONS[role] for role in sorted(_roles(settings))}
    if settings.network.vpc is not None:
        found[NETWORK_ROLE] += VPC_PERMISSIONS
    if settings.cluster.endpoint is Endpoint.DNS:
        found[CLUSTER_ROLE] += DNS_ENDPOINT_PERMISSIONS
    return found
