"""Names that more than one component must agree on."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from inference.catalog.gcp import GMP_NAMESPACE, GMP_NAMESPACE_AUTOPILOT
from inference.config.finding import PROJECT
from inference.config.settings import Settings

SECRET_NAME: Final = "hf-secret"  # noqa: S105 the tutorial's name of the Secret, not its content
STACK_LABELS: Final = ("pulumi-project", "pulumi-stack")
"""Labels by which what a stack made is found."""
POD_RANGE: Final = "pods"
SERVICE_RANGE: Final = "services"
"""Names of the secondary ranges of a subnet that a stack makes."""
_ACCOUNT_LENGTH: Final = 30
_HASH_LENGTH: Final = 4
_LABEL_LENGTH: Final = 63


def node_account_id(cluster: str) -> str:
    """Account id of the node service account: `CLUSTER-nodes`, cut to Google's 30 characters."""
    suffix = "-nodes"
    if len(cluster) + len(suffix) <= _ACCOUNT_LENGTH:
        return cluster + suffix
    digest = hashlib.sha256(cluster.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{cluster[: _ACCOUNT_LENGTH - len(suffix) - _HASH_LENGTH - 1]}-{digest}{suffix}"


def certificate_name(cluster: str, domains: Sequence[str]) -> str:
    """Name of a managed certificate: a part of it follows from its domains, which are fixed."""
    digest = hashlib.sha256(" ".join(sorted(domains)).encode()).hexdigest()[:_HASH_LENGTH]
    return f"{cluster}-gateway-{digest}"


def label_value(text: str) -> str:
    """Text as the value of a Google Cloud label: lower case, digits, dashes, 63 at most."""
    return re.sub(r"[^-_a-z0-9]+", "-", text.lower())[:_LABEL_LENGTH]


def google_labels(stack: str) -> Mapping[str, str]:
    """Labels of every Google Cloud resource of a stack; by these, what it left can be found."""
    return dict(zip(STACK_LABELS, (PROJECT, label_value(stack)), strict=True))


def cluster_scoped(name: str, namespace: str) -> str:
    """Name of a cluster-scoped object: the tutorial's in `default`, its own in other namespaces.

    Two stacks in one cluster would otherwise take each other's objects.
    """
    return name if namespace == "default" else f"{name}-{namespace}"


def collector_namespace(settings: Settings) -> str:
    """Namespace of Managed Prometheus's collector."""
    return GMP_NAMESPACE_AUTOPILOT if settings.cluster.is_autopilot else GMP_NAMESPACE


def cluster_id(settings: Settings) -> str:
    """What identifies the cluster to the Kubernetes provider, known before it exists."""
    if settings.cluster.is_created:
        return f"{settings.gcp.project}/{settings.location}/{settings.cluster.name}"
    return settings.cluster.context or ""


def network_path(settings: Settings) -> str:
    """The VPC network as Google's APIs take it: its name, or its place in a host project."""
    name, host = settings.network_name, settings.network.host_project
    return f"projects/{host}/global/networks/{name}" if host else name


def subnetwork_path(settings: Settings) -> str | None:
    """The nodes' subnet in the same way; None for the one of the network's own name."""
    name, host = settings.network.subnetwork, settings.network.host_project
    if host is None or name is None:
        return name
    return f"projects/{host}/regions/{settings.gcp.region}/subnetworks/{name}"


def nodes_subnet(settings: Settings) -> str:
    """Name of the subnet of nodes in a network that a stack makes."""
    return f"{settings.cluster.name}-nodes"


def upgrades_topic(settings: Settings) -> str:
    """Name of the topic that a stack makes for what GKE tells of its cluster."""
    return f"{settings.cluster.name}-upgrades"


def proxy_only_subnet(settings: Settings) -> str:
    """Name of the proxy-only subnet that a stack makes."""
    return f"{settings.cluster.name}-proxy-only"
