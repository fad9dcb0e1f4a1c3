"""Google Cloud services and roles that the stack needs."""

from collections.abc import Mapping
from typing import Final

from inference.catalog.source import high, medium

GCP_SOURCE: Final = high("GKE: prepare to use GKE Inference Gateway; the tutorial's prerequisites")
CLOUD_PLATFORM_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
"""OAuth scope of nodes; what they may do is decided by the account's role."""
RESOURCE_MANAGER_API: Final = "cloudresourcemanager.googleapis.com"
"""Grants the node account its role, and knows the project's number."""
APIS: Final = (
    RESOURCE_MANAGER_API,
    "compute.googleapis.com",
    "container.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "networkservices.googleapis.com",
)
"""Services that every stack needs."""
PUBSUB_API: Final = "pubsub.googleapis.com"
"""Where notifications of a cluster go to a topic."""
IMAGE_STREAMING_API: Final = "containerfilesystem.googleapis.com"
"""Image streaming reads images through it."""
CERTIFICATE_API: Final = "certificatemanager.googleapis.com"
"""Regional certificates."""
MODEL_ARMOR_API: Final = "modelarmor.googleapis.com"
"""Filters of prompts and answers."""
SERVICE_USAGE_ROLE: Final = "roles/serviceusage.serviceUsageAdmin"
"""To enable the APIs."""
CLUSTER_ROLE: Final = "roles/container.admin"
USER_ROLES: Final = (
    CLUSTER_ROLE,
    "roles/iam.serviceAccountAdmin",
    SERVICE_USAGE_ROLE,
)
"""What the tutorial asks of the person who deploys."""
NETWORK_ROLE: Final = "roles/compute.networkAdmin"
"""To make the proxy-only subnet and to reserve the address."""
PUBSUB_ROLE: Final = "roles/pubsub.editor"
"""To make a topic."""
CERTIFICATE_ROLE: Final = "roles/certificatemanager.owner"
"""To ask for a certificate, and to delete it."""
SECURITY_ROLE: Final = "roles/compute.securityAdmin"
"""To make Cloud Armor and SSL policies."""
SECRET_MANAGER_ROLE: Final = "roles/secretmanager.admin"  # noqa: S105 a role
"""To let an account in the cluster read a secret."""
STORAGE_ROLE: Final = "roles/storage.admin"
"""To make buckets, and to let an account in the cluster read and write in them."""
IAM_GRANT_ROLE: Final = "roles/resourcemanager.projectIamAdmin"
"""To grant the node account its role."""
ACT_AS_ROLE: Final = "roles/iam.serviceAccountUser"
"""To run nodes as the node account."""
MONITORING_ROLE: Final = "roles/monitoring.editor"
"""To make dashboard, alert policies, notification channel and objectives."""
LOG_METRICS_ROLE: Final = "roles/logging.configWriter"
"""To make the log-based metric."""
NODE_ROLE: Final = "roles/container.defaultNodeServiceAccount"
"""The minimal role of a node's service account."""
IMAGE_READER_ROLE: Final = "roles/artifactregistry.reader"
"""What nodes pull images of Artifact Registry with."""
IMAGE_STREAMING_ROLE: Final = "roles/serviceusage.serviceUsageConsumer"
"""What nodes that stream images need besides, with an account of their own."""
MONITORING_VIEWER_ROLE: Final = "roles/monitoring.viewer"
"""What the custom metrics adapter reads Cloud Monitoring with."""
PERMISSIONS_SOURCE: Final = medium(
    "IAM: basic and predefined roles reference",
    "https://cloud.google.com/iam/docs/understanding-roles",
)
ROLE_PERMISSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    CLUSTER_ROLE: (
        "container.clusters.create",
        "container.clusters.delete",
        "container.clusterRoleBindings.create",
        "container.clusterRoles.bind",
        "container.secrets.create",
    ),
    "roles/iam.serviceAccountAdmin": (
        "iam.serviceAccounts.create",
        "iam.serviceAccounts.delete",
    ),
    SERVICE_USAGE_ROLE: ("serviceusage.services.enable", "serviceusage.services.get"),
    NETWORK_ROLE: (
        "compute.addresses.create",
        "compute.addresses.delete",
        "compute.subnetworks.create",
        "compute.subnetworks.delete",
    ),
    PUBSUB_ROLE: ("pubsub.topics.create", "pubsub.topics.delete"),
    CERTIFICATE_ROLE: (
        "certificatemanager.certs.create",
        "certificatemanager.certs.delete",
        "certificatemanager.dnsauthorizations.create",
        "certificatemanager.dnsauthorizations.delete",
    ),
    SECURITY_ROLE: (
        "compute.securityPolicies.create",
        "compute.securityPolicies.delete",
        "compute.sslPolicies.create",
        "compute.sslPolicies.delete",
    ),
    SECRET_MANAGER_ROLE: (
        "secretmanager.secrets.getIamPolicy",
        "secretmanager.secrets.setIamPolicy",
    ),
    STORAGE_ROLE: (
        "storage.buckets.create",
        "storage.buckets.delete",
        "storage.buckets.get",
        "storage.buckets.getIamPolicy",
        "storage.buckets.setIamPolicy",
        "storage.buckets.update",
        "storage.objects.delete",
        "storage.objects.list",
    ),
    IAM_GRANT_ROLE: (
        "resourcemanager.projects.getIamPolicy",
        "resourcemanager.projects.setIamPolicy",
    ),
    ACT_AS_ROLE: ("iam.serviceAccounts.actAs",),
    MONITORING_ROLE: (
        "monitoring.alertPolicies.create",
        "monitoring.alertPolicies.delete",
        "monitoring.dashboards.create",
        "monitoring.dashboards.delete",
        "monitoring.notificationChannels.create",
        "monitoring.services.create",
        "monitoring.slos.create",
    ),
    LOG_METRICS_ROLE: ("logging.logMetrics.create", "logging.logMetrics.delete"),
}
"""Permissions that stand for a role: with all of them, whatever the role's own name, `up` works."""
VPC_PERMISSIONS: Final = (
    "compute.networks.create",
    "compute.networks.delete",
    "compute.routers.create",
    "compute.routers.delete",
)
"""Permissions of the network role that a stack with a VPC network of its own also needs."""
DNS_ENDPOINT_PERMISSIONS: Final = ("container.clusters.connect",)
"""What reaching a control plane by its DNS name takes besides."""
ENDPOINT_DETACH: Final = medium(
    "Google Cloud: 502 and 503 errors of load balancers while Pods stop",
    "https://cloud.google.com/knowledge/kb/502-503-errors-on-external-http-s-load-balancer-000006416",
)
ENDPOINT_DETACH_SECONDS: Final = 20
"""Until a Pod that is deleted is out of its network endpoint group and every proxy knows, beside
the health checks. The tutorial's 30 s of preStop less 10 s of checks; Google's sample sleeps 40."""
GKE_CLASS_PREFIX: Final = "gke-l7-"
EXTERNAL_CLASS: Final = "gke-l7-regional-external-managed"
INTERNAL_CLASS: Final = "gke-l7-rilb"
CLASSIC_CLASS: Final = "gke-l7-gxlb"
GMP_NAMESPACE: Final = "gmp-system"
GMP_NAMESPACE_AUTOPILOT: Final = "gke-gmp-system"
