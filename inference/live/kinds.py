"""Google Cloud resources that the program makes, by Pulumi's type: ids and look-ups.

Ids are those that pulumi-gcp takes for an import (section "Import" of each resource's page), as
patterns over the resource's inputs and its provider's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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


@final
@dataclass(frozen=True)
class Kind:
    """One type.

    Attributes:
        id: pattern of the id; "" where Google chooses it, and `path` is the list in which it is
            found by its display name.
        service: the API that has it.
        path: pattern of the look-up's path, where that is not the id.
        part: key of the list in what is looked up, among whose names it must be.
    """

    id: str
    service: Service
    path: str = ""
    part: str = ""


_PROJECT: Final = "projects/{project}/"
_REGION: Final = "projects/{project}/regions/{region}/"
_LOCATION: Final = "projects/{project}/locations/{location}/"
KINDS: Final[Mapping[str, Kind]] = {
    "gcp:serviceaccount/account:Account": Kind(
        _PROJECT + "serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com", IAM
    ),
    "gcp:compute/network:Network": Kind(_PROJECT + "global/networks/{name}", COMPUTE),
    "gcp:compute/subnetwork:Subnetwork": Kind(_REGION + "subnetworks/{name}", COMPUTE),
    "gcp:compute/router:Router": Kind(_REGION + "routers/{name}", COMPUTE),
    "gcp:compute/routerNat:RouterNat": Kind(
        _REGION + "routers/{router}/{name}", COMPUTE, _REGION + "routers/{router}", part="nats"
    ),
    "gcp:compute/address:Address": Kind(_REGION + "addresses/{name}", COMPUTE),
    "gcp:compute/regionSslPolicy:RegionSslPolicy": Kind(_REGION + "sslPolicies/{name}", COMPUTE),
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": Kind(
        _REGION + "securityPolicies/{name}", COMPUTE
    ),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": Kind(
        _LOCATION + "dnsAuthorizations/{name}", CERTIFICATE_MANAGER
    ),
    "gcp:certificatemanager/certificate:Certificate": Kind(
        _LOCATION + "certificates/{name}", CERTIFICATE_MANAGER
    ),
    "gcp:storage/bucket:Bucket": Kind("{name}", STORAGE, "b/{name}"),
    "gcp:pubsub/topic:Topic": Kind(_PROJECT + "topics/{name}", PUBSUB),
    "gcp:container/cluster:Cluster": Kind(_LOCATION + "clusters/{name}", CONTAINER),
    "gcp:container/nodePool:NodePool": Kind(
        _LOCATION + "clusters/{cluster}/nodePools/{name}", CONTAINER
    ),
    "gcp:logging/metric:Metric": Kind("{name}", LOGGING, _PROJECT + "metrics/{name}"),
    "gcp:monitoring/customService:CustomService": Kind(
        _PROJECT + "services/{serviceId}", MONITORING
    ),
    "gcp:monitoring/slo:Slo": Kind(
        _PROJECT + "services/{service}/serviceLevelObjectives/{sloId}", MONITORING
    ),
    "gcp:monitoring/alertPolicy:AlertPolicy": Kind("", MONITORING, _PROJECT + "alertPolicies"),
    "gcp:monitoring/notificationChannel:NotificationChannel": Kind(
        "", MONITORING, _PROJECT + "notificationChannels"
    ),
    "gcp:monitoring/dashboard:Dashboard": Kind("", DASHBOARDS, _PROJECT + "dashboards"),
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
