"""Every physical name that a stack gives, but for those that its file says."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from inference.catalog.gcp import GMP_NAMESPACE, GMP_NAMESPACE_AUTOPILOT
from inference.catalog.limits import (
    ACCOUNT_ID_CHARACTERS,
    CERTIFICATE_CHARACTERS,
    CHART_NAME_CHARACTERS,
    GOOGLE_LABEL_CHARACTERS,
    LABEL_CHARACTERS,
)
from inference.catalog.metrics_adapter import ADAPTER
from inference.config.finding import PROJECT
from inference.config.settings import Settings

SECRET_NAME: Final = "hf-secret"  # noqa: S105 the tutorial's name of the Secret, not its content
STACK_LABELS: Final = ("pulumi-project", "pulumi-stack")
"""Labels by which what a stack made is found."""
POD_RANGE: Final = "pods"
SERVICE_RANGE: Final = "services"
"""Names of the secondary ranges of a subnet that a stack makes."""
SERVER_ACCOUNT: Final = "model-server"
"""The Kubernetes account of model servers that are granted roles in Google Cloud."""
TOKEN_CLASS: Final = "hugging-face-token"  # noqa: S105 a name
"""The SecretProviderClass by which a token of Secret Manager is mounted."""
CRD_RELEASE: Final = "inference-crds"
"""Name of the Helm release that installs the CRDs."""
CRD_NAMESPACE: Final = "default"
"""Its namespace, whatever the stack's: a later stack in another could not adopt the kept CRDs."""
METRICS_ROLE: Final = "inference-gateway-metrics-reader"
METRICS_ACCOUNT: Final = "inference-gateway-sa-metrics-reader"
METRICS_BINDING: Final = f"{METRICS_ACCOUNT}-role-binding"
METRICS_SECRET: Final = f"{METRICS_ACCOUNT}-secret"
METRICS_SECRET_ROLE: Final = f"{METRICS_SECRET}-read"
"""The tutorial's names of what reads metrics."""
ADAPTER_DELEGATOR: Final = f"{ADAPTER}:system:auth-delegator"
ADAPTER_AUTH_READER: Final = f"{ADAPTER}-auth-reader"
ADAPTER_READER: Final = f"{ADAPTER}-resource-reader"
"""Roles and bindings of the custom metrics adapter, named as in its own manifest."""
PICKER_SUFFIX: Final = "-epp"
"""What the pool charts append to the release's name."""
_HASH_LENGTH: Final = 4
_INTERNAL: Final = "-internal"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def dns_label(text: str, most: int = LABEL_CHARACTERS) -> str:
    """The nearest name of lower-case letters, digits and dashes, of `most` characters at most."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")[:most].rstrip("-")


def node_account_id(cluster: str) -> str:
    """Account id of the node service account: `CLUSTER-nodes`, cut to Google's 30 characters."""
    suffix = "-nodes"
    if len(cluster) + len(suffix) <= ACCOUNT_ID_CHARACTERS:
        return cluster + suffix
    kept = ACCOUNT_ID_CHARACTERS - len(suffix) - _HASH_LENGTH - 1
    return f"{cluster[:kept]}-{_digest(cluster)}{suffix}"


def certificate_name(cluster: str, domains: Sequence[str]) -> str:
    """Name of a managed certificate: a part of it follows from its domains, which are fixed."""
    return f"{cluster}-gateway-{_digest(' '.join(sorted(domains)))}"


def authorization_names(cluster: str, hostnames: Sequence[str]) -> Mapping[str, str]:
    """Name of the DNS authorization by domain, cut to what Certificate Manager takes.

    A parent authorises its wildcard. Two domains may give the same name; preflight refuses them
    (`names.same-authorization`).
    """
    domains = dict.fromkeys(name.removeprefix("*.") for name in hostnames)
    return {
        domain: f"{cluster}-{domain.replace('.', '-')}"[:CERTIFICATE_CHARACTERS].rstrip("-")
        for domain in domains
    }


def gateway_address(cluster: str) -> str:
    """Name of the external address; that of SSL and Cloud Armor policies too."""
    return f"{cluster}-gateway"


def internal_address(cluster: str) -> str:
    """Name of an internal Gateway's address."""
    return f"{gateway_address(cluster)}{_INTERNAL}"


def gateway_policy(cluster: str) -> str:
    """Name of the SSL policy and of the Cloud Armor policy."""
    return gateway_address(cluster)


def cloud_router(cluster: str) -> str:
    """Name of the Cloud Router."""
    return f"{cluster}-router"


def cloud_nat(cluster: str) -> str:
    """Name of the NAT."""
    return f"{cluster}-nat"


def internal_gateway(gateway: str) -> str:
    """Name of the second Gateway."""
    return f"{gateway}{_INTERNAL}"


def route(gateway: str, index: int) -> str:
    """Name of an HTTPRoute by its place, the first one's from 0."""
    return f"{gateway}-{index + 1}" if index else gateway


def redirect_route(gateway: str) -> str:
    """Name of the HTTPRoute that sends clients to HTTPS."""
    return f"{gateway}-redirect"


def adapters_config(model: str) -> str:
    """Name of the ConfigMap with a model's LoRA adapters."""
    return f"{model}-adapters"


def server_labels(model: str) -> dict[str, str]:
    """Labels that the Deployment, its budget and the InferencePool select a model's servers by."""
    return {"app": model}


def objective_id(model: str, what: str) -> str:
    """Id of a model's service level objective, such as that of `errors`."""
    return f"{model}-{what.replace(' ', '-')}"


def picker_name(release: str) -> str:
    """Name of the endpoint picker's Deployment and Service: the charts cut and append."""
    return release[:CHART_NAME_CHARACTERS] + PICKER_SUFFIX


def router_name(settings: Settings) -> str:
    """Name of the body-based router's Deployment and Service."""
    return f"{settings.gateway.name}-bbr"


def _unique(settings: Settings, what: str) -> str:
    """A name of which a project has one: the cluster's alone may be that of another region's."""
    return f"{settings.cluster.name}-{settings.gcp.region}-{what}"


def error_metric_name(settings: Settings) -> str:
    """Name of the log-based metric of requests that failed."""
    return _unique(settings, "errors")


def service_name(settings: Settings) -> str:
    """Id of the service in Cloud Monitoring that objectives belong to."""
    return _unique(settings, "inference")


def label_value(text: str) -> str:
    """Text as the value of a Google Cloud label: lower case, digits, dashes, 63 at most."""
    return re.sub(r"[^-_a-z0-9]+", "-", text.lower())[:GOOGLE_LABEL_CHARACTERS]


def google_labels(stack: str) -> Mapping[str, str]:
    """Labels of every Google Cloud resource of a stack; by these, what it left can be found."""
    return dict(zip(STACK_LABELS, (PROJECT, label_value(stack)), strict=True))


def cluster_scoped(name: str, namespace: str) -> str:
    """Name of a cluster-scoped object: the tutorial's in `default`, its own in other namespaces.

    Two stacks in one cluster would otherwise take each other's objects.
    """
    return name if namespace == "default" else f"{name}-{namespace}"


def collector_binding(collector_namespace: str) -> str:
    """Name of the binding by which Managed Prometheus's collector reads the metrics Secret."""
    return f"{collector_namespace}:collector:{METRICS_SECRET_ROLE}"


def collector_namespace(settings: Settings) -> str:
    """Namespace of Managed Prometheus's collector."""
    return GMP_NAMESPACE_AUTOPILOT if settings.cluster.is_autopilot else GMP_NAMESPACE


def cluster_id(settings: Settings) -> str:
    """What identifies the cluster to the Kubernetes provider, known before it exists."""
    if settings.cluster.is_created:
        return f"{settings.gcp.project}/{settings.location}/{settings.cluster.name}"
    return settings.cluster.context or ""


def network_name(settings: Settings) -> str:
    """Name of the VPC network, made or existing."""
    if settings.network.vpc is not None and "name" not in settings.network.model_fields_set:
        return settings.cluster.name
    return settings.network.name


def bucket_name(settings: Settings) -> str:
    """Name of the bucket with weights, where there is one."""
    named = settings.weights.bucket if settings.weights else None
    # Of the ids of old projects, a domain is a part.
    project = (settings.gcp.project or "").replace(":", "-").replace(".", "-")
    return named or f"{project}-{settings.cluster.name}-weights"


def cache_bucket_name(settings: Settings) -> str:
    """Name of the bucket with compile caches, where there is one."""
    return f"{bucket_name(settings)}-cache"


def network_path(settings: Settings) -> str:
    """The VPC network as Google's APIs take it: its name, or its place in a host project."""
    name, host = network_name(settings), settings.network.host_project
    return f"projects/{host}/global/networks/{name}" if host else name


def subnetwork_path(settings: Settings) -> str | None:
    """The nodes' subnet in the same way; None for the one of the network's own name."""
    name, host = settings.network.subnetwork, settings.network.host_project
    if host is None or name is None:
        return name
    return f"projects/{host}/regions/{settings.gcp.region}/subnetworks/{name}"


def address_path(settings: Settings, name: str) -> str:
    """A reserved regional address of the stack's project."""
    return f"projects/{settings.gcp.project}/regions/{settings.gcp.region}/addresses/{name}"


def nodes_subnet(settings: Settings) -> str:
    """Name of the subnet of nodes in a network that a stack makes."""
    return f"{settings.cluster.name}-nodes"


def upgrades_topic(settings: Settings) -> str:
    """Name of the topic that a stack makes for what GKE says of its cluster."""
    return f"{settings.cluster.name}-upgrades"


def proxy_only_subnet(settings: Settings) -> str:
    """Name of the proxy-only subnet that a stack makes."""
    return f"{settings.cluster.name}-proxy-only"
