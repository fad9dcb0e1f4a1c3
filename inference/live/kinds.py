"""Google Cloud resources that the program makes, by Pulumi's type: id, look-up, and what is left.

Ids are those that pulumi-gcp takes for an import (section "Import" of each resource's page), as
patterns over the resource's inputs and its provider's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from inference.live.endpoints import (
    CERTIFICATE_MANAGER,
    COMPUTE,
    CONTAINER,
    DASHBOARDS,
    IAM,
    LOGGING,
    MONITORING,
    PUBSUB,
    STORAGE,
    Service,
)


class Left(StrEnum):
    """Names under which `inference leftovers` reports what a destroyed stack still has."""

    ADDRESS = "address"
    ALERT = "alert policy"
    ARMOR = "Cloud Armor policy"
    AUTHORIZATION = "DNS authorization"
    BUCKET = "bucket"
    CERTIFICATE = "certificate"
    CHANNEL = "notification channel"
    CLUSTER = "cluster"
    DASHBOARD = "dashboard"
    METRIC = "log-based metric"
    NETWORK = "VPC network"
    ROUTER = "Cloud Router"
    SERVICE = "monitored service"
    SERVICE_ACCOUNT = "service account"
    SSL_POLICY = "SSL policy"
    SUBNET = "subnet"
    TOPIC = "Pub/Sub topic"


@final
@dataclass(frozen=True, kw_only=True)
class Kind:
    """One type.

    Attributes:
        id: pattern of the id; "" where Google chooses it.
        service: the API that has it.
        left: what it is told as when a destroyed stack still has it, or what it goes with.
        path: pattern of the look-up's path, where that is not the id.
        part: key of the list in what is looked up, among whose names it must be.
        listed: key of the items of the list `path`, where it is found by its display name.
        kept: inputs that an import reads otherwise than the program gives them, and whose change
            replaces it.
    """

    id: str
    service: Service
    left: Left
    path: str = ""
    part: str = ""
    listed: str = ""
    kept: tuple[str, ...] = ()


def _regional(collection: str, left: Left) -> Kind:
    place = f"projects/{{project}}/regions/{{region}}/{collection}/{{name}}"
    return Kind(id=place, service=COMPUTE, left=left)


def _located(collection: str, left: Left) -> Kind:
    place = f"projects/{{project}}/locations/{{location}}/{collection}/{{name}}"
    return Kind(id=place, service=CERTIFICATE_MANAGER, left=left)


def _named_by_google(collection: str, left: Left, service: Service = MONITORING) -> Kind:
    path = f"projects/{{project}}/{collection}"
    return Kind(id="", service=service, left=left, path=path, listed=collection)


KINDS: Final[Mapping[str, Kind]] = {
    "gcp:serviceaccount/account:Account": Kind(
        id="projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
        service=IAM,
        left=Left.SERVICE_ACCOUNT,
    ),
    "gcp:compute/network:Network": Kind(
        id="projects/{project}/global/networks/{name}", service=COMPUTE, left=Left.NETWORK
    ),
    "gcp:compute/subnetwork:Subnetwork": _regional("subnetworks", Left.SUBNET),
    "gcp:compute/router:Router": _regional("routers", Left.ROUTER),
    "gcp:compute/routerNat:RouterNat": Kind(
        id="projects/{project}/regions/{region}/routers/{router}/{name}",
        service=COMPUTE,
        left=Left.ROUTER,
        path="projects/{project}/regions/{region}/routers/{router}",
        part="nats",
    ),
    "gcp:compute/address:Address": _regional("addresses", Left.ADDRESS),
    "gcp:compute/regionSslPolicy:RegionSslPolicy": _regional("sslPolicies", Left.SSL_POLICY),
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": _regional(
        "securityPolicies", Left.ARMOR
    ),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": _located(
        "dnsAuthorizations", Left.AUTHORIZATION
    ),
    "gcp:certificatemanager/certificate:Certificate": _located("certificates", Left.CERTIFICATE),
    "gcp:storage/bucket:Bucket": Kind(
        id="{name}", service=STORAGE, left=Left.BUCKET, path="b/{name}"
    ),
    "gcp:pubsub/topic:Topic": Kind(
        id="projects/{project}/topics/{name}", service=PUBSUB, left=Left.TOPIC
    ),
    "gcp:container/cluster:Cluster": Kind(
        id="projects/{project}/locations/{location}/clusters/{name}",
        service=CONTAINER,
        left=Left.CLUSTER,
    ),
    "gcp:container/nodePool:NodePool": Kind(
        # The program names the cluster by its id.
        id="{cluster}/nodePools/{name}",
        service=CONTAINER,
        left=Left.CLUSTER,
        # The importer takes the name alone out of the id: terraform-provider-google,
        # resourceContainerNodePoolStateImporter.
        kept=("cluster",),
    ),
    "gcp:logging/metric:Metric": Kind(
        id="{name}", service=LOGGING, left=Left.METRIC, path="projects/{project}/metrics/{name}"
    ),
    "gcp:monitoring/customService:CustomService": Kind(
        id="projects/{project}/services/{serviceId}", service=MONITORING, left=Left.SERVICE
    ),
    "gcp:monitoring/slo:Slo": Kind(
        id="projects/{project}/services/{service}/serviceLevelObjectives/{sloId}",
        service=MONITORING,
        left=Left.SERVICE,
    ),
    "gcp:monitoring/alertPolicy:AlertPolicy": _named_by_google("alertPolicies", Left.ALERT),
    "gcp:monitoring/notificationChannel:NotificationChannel": _named_by_google(
        "notificationChannels", Left.CHANNEL
    ),
    "gcp:monitoring/dashboard:Dashboard": _named_by_google(
        "dashboards", Left.DASHBOARD, DASHBOARDS
    ),
}
_AGAIN: Final = "the next update creates it again, which changes nothing if it already exists"
_NOTHING: Final = "it represents a wait, and the next update repeats it"
NOT_IMPORTED: Final[Mapping[str, str]] = {
    "gcp:projects/service:Service": _AGAIN,
    "gcp:projects/iAMMember:IAMMember": _AGAIN,
    "gcp:storage/bucketIAMMember:BucketIAMMember": _AGAIN,
    "gcp:secretmanager/secretIamMember:SecretIamMember": _AGAIN,
    "gcp:organizations/project:Project": "it is only read, never created",
    "pulumi-python:dynamic/google:LoadBalancerRemoval": _NOTHING,
    "pulumi-python:dynamic/observability:KnownMetrics": _NOTHING,
}
"""Types that are not imported after a kill, each with the reason."""
KUBERNETES: Final = "kubernetes:"
"""Types of objects in the cluster, whose ids all follow from namespace and name."""
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
