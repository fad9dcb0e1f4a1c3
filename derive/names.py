"""Names that more than one component must agree on."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from config.finding import PROJECT
from config.settings import Settings

SECRET_NAME: Final = "hf-secret"  # noqa: S105 the tutorial's name of the Secret, not its content
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


def label_value(text: str) -> str:
    """Text as the value of a Google Cloud label: lower case, digits, dashes, 63 at most."""
    return re.sub(r"[^-_a-z0-9]+", "-", text.lower())[:_LABEL_LENGTH]


def google_labels(stack: str) -> Mapping[str, str]:
    """Labels of every Google Cloud resource of a stack; by these, what it left can be found."""
    return {"pulumi-project": PROJECT, "pulumi-stack": label_value(stack)}


def cluster_scoped(name: str, namespace: str) -> str:
    """Name of a cluster-scoped object: the tutorial's in `default`, its own in other namespaces.

    Two stacks in one cluster would otherwise take each other's objects.
    """
    return name if namespace == "default" else f"{name}-{namespace}"


def cluster_id(settings: Settings) -> str:
    """What identifies the cluster to the Kubernetes provider, known before it exists."""
    if settings.cluster.is_created:
        return f"{settings.gcp.project}/{settings.location}/{settings.cluster.name}"
    return settings.cluster.context or ""


def proxy_only_subnet(settings: Settings) -> str:
    """Name of the proxy-only subnet that a stack makes."""
    return f"{settings.cluster.name}-proxy-only"
