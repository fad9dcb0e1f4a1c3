"""What Google's load balancers, Cloud Armor and Model Armor take, and what they refuse."""

from typing import Final

from inference.catalog.source import high, inferred, medium

CERTIFICATE_OPTION: Final = "networking.gke.io/cert-manager-certs"
"""Listener option that names regional certificates; a certificate map is for global classes."""
MANAGED_CERTIFICATES: Final = high(
    "Certificate Manager: domain authorization; regional certificates take DNS alone",
    "https://cloud.google.com/certificate-manager/docs/domain-authorization",
)
GATEWAY_CRDS: Final = high(
    "GKE's CRDs of GCPBackendPolicy, GCPGatewayPolicy and GCPTrafficExtension"
)
IAP_HTTPS: Final = high(
    "IAP: enabling for GKE asks for an HTTPS load balancer",
    "https://cloud.google.com/iap/docs/enabling-kubernetes-howto",
)
ARMOR_CLASSES: Final = medium(
    "Cloud Armor: security policy overview; of GKE's internal class nothing was read",
    "https://cloud.google.com/armor/docs/security-policy-overview",
)
WAF_PROMPTS: Final = inferred(
    "Cloud Armor: preconfigured rules look into request bodies, where prompts are"
)
MODEL_ARMOR: Final = high(
    "GKE: secure a serving workload with Model Armor; Service Extensions: its service agent",
    "https://cloud.google.com/service-extensions/docs/configure-extensions-to-google-services",
)
RATE_INTERVALS: Final = (10, 30, 60, 120, 180, 240, 300, 600, 900, 1200, 1800, 2700, 3600)
"""Seconds that a rate limit of Cloud Armor may count over."""
MODEL_ARMOR_AGENT: Final = "service-PROJECT_NUMBER@gcp-sa-dep.iam.gserviceaccount.com"
MODEL_ARMOR_ROLES: Final = (
    "roles/container.admin",
    "roles/modelarmor.calloutUser",
    "roles/modelarmor.user",
    "roles/serviceusage.serviceUsageConsumer",
)
"""What the service agent of Service Extensions needs, to call Model Armor."""
