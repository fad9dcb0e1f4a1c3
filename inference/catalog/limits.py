"""Limits of Kubernetes, the Gateway API, GKE and Google Cloud, each below its source.

A limit's unit is in its name or docstring; it is the highest value unless the name says `LEAST`.
"""

from datetime import timedelta
from typing import Final

from inference.catalog.source import high, medium

KUBERNETES_NAMES: Final = high(
    "Kubernetes: object names and IDs; a label and a Service name have 63 characters",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
)
LABEL_CHARACTERS: Final = 63
"""Of a DNS label, and of a Service's name."""
DNS_CHARACTERS: Final = 253
"""Of a whole DNS name."""

PORTS: Final = high(
    "IANA: service names and port numbers; system ports are those below 1024",
    "https://www.iana.org/assignments/service-names-port-numbers/",
)
PORT: Final = 65535
LEAST_PORT: Final = 1024

ARGUMENT_LENGTH: Final = high("Linux: execve(2), MAX_ARG_STRLEN is 128 KiB")
ARGUMENT_BYTES: Final = 128 * 1024
"""Of one argument of a program."""

HPA: Final = high(
    "Kubernetes: API of HorizontalPodAutoscaler v2",
    "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/"
    "horizontal-pod-autoscaler-v2/",
)
HPA_WINDOW_SECONDS: Final = 3600
HPA_PERIOD_SECONDS: Final = 1800

PRIORITY_CLASSES: Final = high(
    "Kubernetes: values of PriorityClasses above a billion are for the system",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
)
PRIORITY: Final = 10**9
"""Highest value of a PriorityClass of a user."""

GATEWAY_API: Final = high(
    "Gateway API v1: the CRD of HTTPRoute", "https://gateway-api.sigs.k8s.io/reference/spec/"
)
RULES_A_ROUTE: Final = 16
MATCHES_A_ROUTE: Final = 127
MATCHES_A_RULE: Final = 64
BACKENDS_A_RULE: Final = 16
HOSTNAMES_A_ROUTE: Final = 16
BACKEND_WEIGHT: Final = 1_000_000
HEADER_BYTES: Final = 4096
"""Of the value that a header is compared with."""
PATH_CHARACTERS: Final = 1024

POOL_CHART: Final = high("pool chart: names are cut after 40 characters, before `-epp`")
CHART_NAME_CHARACTERS: Final = 40
"""Of a model's name, before the chart's own suffix."""

GKE_CLUSTERS: Final = high(
    "GKE: API of clusters and node pools, container.v1",
    "https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters",
)
CLUSTER_NAME_CHARACTERS: Final = 40
"""Of the names of a cluster and of a node pool."""
NODES_A_ZONE: Final = 1000
"""Of one node pool."""
LEAST_PODS_A_NODE: Final = 8
PODS_A_NODE: Final = 256
AUTHORIZED_NETWORKS: Final = 100

POD_ADDRESSES: Final = high(
    "GKE: configure maximum Pods per node; 110 Pods take a /24 of each node",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr",
)
DEFAULT_PODS_A_NODE: Final = 110
"""Of a Standard cluster whose pools say nothing else."""
AUTOPILOT_PODS_A_NODE: Final = 32

NODE_VERSIONS: Final = high(
    "GKE: versioning and support, supported version skew; release channels",
    "https://cloud.google.com/kubernetes-engine/versioning",
)
NODES_BEHIND: Final = 2
"""Minor versions by which nodes may be older than the control plane."""

MANAGED_SOURCE: Final = high(
    "GKE: expose custom metrics for autoscaling",
    "https://docs.cloud.google.com/kubernetes-engine/docs/how-to/expose-custom-metrics-autoscaling",
)
MANAGED_METRICS: Final = 20
"""Of a cluster whose metrics GKE exposes to autoscalers itself."""

GKE_POLICIES: Final = high("GKE's CRDs of HealthCheckPolicy and GCPBackendPolicy")
LOGGED_OF_A_MILLION: Final = 1_000_000
HEALTH_CHECK_SECONDS: Final = 300
HEALTH_CHECK_THRESHOLD: Final = 10
DRAINING_SECONDS: Final = 3600

HEALTH_CHECKS: Final = high(
    "Compute Engine API: a health check's timeout is at most its interval",
    "https://cloud.google.com/compute/docs/reference/rest/v1/regionHealthChecks",
)

SERVICE_RANGES: Final = high(
    "GKE: IP address ranges of VPC-native clusters",
    "https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips",
)
LONGEST_SERVICE_PREFIX: Final = 28
"""GKE takes no smaller range of Services."""

GKE_QUOTAS: Final = high(
    "GKE: quotas and limits", "https://cloud.google.com/kubernetes-engine/quotas"
)
MOST_NODES: Final = 15_000
"""Of a Standard cluster, without a raised quota."""

RESOURCE_LABELS: Final = high(
    "Google Cloud: requirements for labels",
    "https://cloud.google.com/resource-manager/docs/labels-overview",
)
MOST_LABELS: Final = 64
"""Of a resource."""

EXCLUSION_RULES: Final = high(
    "GKE: maintenance exclusions and their longest durations",
    "https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions",
)
EXCLUSION_DAYS: Final = {
    "noUpgrades": timedelta(days=30),
    "noMinorUpgrades": timedelta(days=180),
    "noMinorOrNodeUpgrades": timedelta(days=180),
}
"""Longest exclusion by scope."""

MAINTENANCE: Final = high(
    "GKE: maintenance windows and exclusions",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/maintenance-windows-and-exclusions",
)
LEAST_WINDOW_HOURS: Final = 4
LEAST_WEEKLY_HOURS: Final = 12
"""Of the maintenance window: GKE asks for 48 hours in 32 days, so in four weeks."""
EXCLUSIONS: Final = 20
NO_UPGRADES: Final = 3
"""Exclusions of all upgrades."""

SUBNETS: Final = high(
    "VPC: subnets; the primary range is a /29 or larger, four addresses are reserved",
    "https://cloud.google.com/vpc/docs/subnets",
)
SUBNET_PREFIX: Final = 29
RESERVED_ADDRESSES: Final = 4
"""Addresses of a subnet's primary range that Google keeps for itself."""

PROXY_SUBNETS: Final = high(
    "Cloud Load Balancing: proxy-only subnets; /26 or larger, /23 recommended",
    "https://cloud.google.com/load-balancing/docs/proxy-only-subnets",
)
PROXY_SUBNET_PREFIX: Final = 26
RECOMMENDED_PROXY_PREFIX: Final = 23

DISKS: Final = high(
    "Compute Engine: a persistent disk has at most 64 TiB",
    "https://cloud.google.com/compute/docs/disks",
)
BOOT_DISK_GB: Final = 65536

ACCOUNTS: Final = high(
    "IAM: an account id has 6 to 30 characters",
    "https://cloud.google.com/iam/docs/service-accounts-create",
)
ACCOUNT_ID_CHARACTERS: Final = 30

CERTIFICATES: Final = high("Certificate Manager: names have at most 63 characters")
CERTIFICATE_CHARACTERS: Final = 63
"""Of the names of certificates and DNS authorizations."""

LABELS: Final = high(
    "Resource Manager: labels have at most 63 characters, and those of Google begin `goog`",
    "https://cloud.google.com/resource-manager/docs/labels-overview",
)
GOOGLE_LABEL_CHARACTERS: Final = 63

BUCKETS: Final = high(
    "Cloud Storage: bucket names have 3 to 63 characters",
    "https://cloud.google.com/storage/docs/buckets#naming",
)
BUCKET_CHARACTERS: Final = 63

SECRETS: Final = high("Secret Manager API: a secret's id has at most 255 characters")
SECRET_ID_CHARACTERS: Final = 255

SSL_POLICIES: Final = high(
    "Compute Engine API: an SSL policy of TLS 1.3 alone must have the profile RESTRICTED",
    "https://cloud.google.com/compute/docs/reference/rest/v1/regionSslPolicies",
)

ARMOR_RULES: Final = medium(
    "google provider, documentation of compute_security_policy: 10 ranges of addresses in a rule",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/"
    "compute_security_policy",
)
RANGES_A_RULE: Final = 10
"""Ranges of addresses in one rule of Cloud Armor."""

URL_MAPS: Final = medium(
    "Cloud Load Balancing: a URL map has at most 1 MB, of a classic load balancer 64 KB; how GKE "
    "writes routes into it was not read",
    "https://docs.cloud.google.com/load-balancing/docs/url-map-size-quota",
)
URL_MAP_BYTES: Final = 1_000_000
CLASSIC_URL_MAP_BYTES: Final = 64_000

MODEL_ARMOR_TIMES: Final = high("Service Extensions API: a callout's timeout is 10 to 10000 ms")
LEAST_CALLOUT_MILLISECONDS: Final = 10
CALLOUT_MILLISECONDS: Final = 10_000

OBJECTIVES: Final = high("Cloud Monitoring API: an objective is kept over 1 to 30 days")
OBJECTIVE_DAYS: Final = 30

MONITORING_SCHEMA: Final = high(
    "gcp provider 10.2, its schema of monitoring.Slo: 0 < goal <= 0.999"
)
OBJECTIVE_GOAL: Final = 0.999

FLEX_START: Final = high(
    "GKE: Flex-start nodes run for at most seven days",
    "https://cloud.google.com/kubernetes-engine/docs/concepts/dws",
)
FLEX_START_RUN: Final = "604800s"

SPOT: Final = high("GKE: Spot VMs")
SPOT_NOTICE_SECONDS: Final = 25
"""What Pods get to end when Google preempts their node."""
