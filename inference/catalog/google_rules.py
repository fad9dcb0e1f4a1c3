"""Names, ranges and lengths that Google Cloud and Kubernetes refuse."""

from ipaddress import IPv4Network, ip_network
from typing import Final

from inference.catalog.source import high

PROHIBITED_RANGES: Final = high(
    "VPC: subnets, prohibited IPv4 ranges", "https://cloud.google.com/vpc/docs/subnets"
)
BUCKET_NAMES: Final = high(
    "Cloud Storage: bucket naming", "https://cloud.google.com/storage/docs/buckets"
)
TOPIC_NAMES: Final = high(
    "Pub/Sub: names of resources", "https://cloud.google.com/pubsub/docs/pubsub-basics"
)
RULE_SETS: Final = high(
    "Cloud Armor: preconfigured WAF rules",
    "https://cloud.google.com/armor/docs/waf-rules",
)
NAMESPACES: Final = high(
    "Kubernetes: initial namespaces; GKE: namespaces of its own parts",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
)
PRIORITY_CLASSES: Final = high(
    "Kubernetes: a Pod whose PriorityClass does not exist is refused",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
)
DNS_LABELS: Final = high(
    "RFC 1035: a label has at most 63 characters", "https://www.rfc-editor.org/rfc/rfc1035"
)
TLS_SECRETS: Final = high(
    "Kubernetes: Secrets of type kubernetes.io/tls",
    "https://kubernetes.io/docs/concepts/configuration/secret/",
)
GKE_CONTROLLERS: Final = high(
    "GKE: a cluster has controllers of its own GatewayClasses alone",
    "https://cloud.google.com/kubernetes-engine/docs/concepts/gateway-api",
)
UNUSABLE: Final = tuple(
    IPv4Network(cidr)
    for cidr in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "199.36.153.4/30",
        "199.36.153.8/30",
        "224.0.0.0/4",
        "255.255.255.255/32",
    )
)
"""Ranges that no subnet may overlap."""
AUTO_MODE_SUBNETS: Final = IPv4Network("10.128.0.0/9")
"""In which networks of auto mode have their subnets."""
DOCUMENTATION_RANGES: Final = tuple(
    ip_network(cidr)
    for cidr in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
"""Ranges reserved for documentation, which no client has."""
DEFAULT_POOL: Final = "default-pool"
"""Node pool that GKE makes with a cluster."""
SYSTEM_NAMESPACES: Final = ("kube-", "gke-", "gmp-", "config-management-")
"""What namespaces begin with that Kubernetes and GKE keep for themselves."""
SYSTEM_PRIORITY: Final = "system-"
"""What names of PriorityClasses begin with that Kubernetes keeps for itself."""
SYSTEM_PRIORITIES: Final = ("system-cluster-critical", "system-node-critical")
"""PriorityClasses of each cluster; GKE takes them where a quota for them is."""
GOOGLE_PREFIX: Final = "goog"
"""What no name may begin with."""
GOOGLE_WORDS: Final = ("google", "g00gle")
"""What no bucket's name may contain."""
WAF_RULES: Final = frozenset(
    {
        f"{name}-v33-{kind}"
        for name in (
            "java",
            "lfi",
            "methodenforcement",
            "nodejs",
            "php",
            "protocolattack",
            "rce",
            "rfi",
            "scannerdetection",
            "sessionfixation",
            "sqli",
            "xss",
        )
        for kind in ("stable", "canary")
    }
    | {"cve-canary", "json-sqli-canary"}
)
"""Preconfigured rule sets of OWASP CRS 3.3 and Google's own; later sets may not be here."""
