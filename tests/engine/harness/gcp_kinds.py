"""What the stand-in for Google Cloud knows of each resource type.

Ids are those of pulumi-gcp; what replaces was tried with the real provider. Properties are in the
SDK's camelCase.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final


@final
@dataclass(frozen=True, kw_only=True)
class Kind:
    """One resource type.

    Attributes:
        id: pattern of the id over the inputs, `project` and `region` filled in; `serial` is a
            number that Google makes up, so that the same inputs may be made twice.
        api: service that must be enabled before one is made, or "".
        replaces: properties, with dots into objects and lists, whose change replaces it.
        shared: whether creating one that exists is no error: bindings and services add to
            something that is there.
        named_by_id: outputs that are the id once more.

    """

    id: str
    api: str = ""
    replaces: frozenset[str] = frozenset()
    shared: bool = False
    named_by_id: tuple[str, ...] = ()


SERIAL: Final = "{serial}"
_PRODUCTION: Final[Mapping[str, Kind]] = {
    "gcp:monitoring/dashboard:Dashboard": Kind(
        id="projects/{project}/dashboards/{serial}", api="monitoring.googleapis.com"
    ),
    "gcp:monitoring/alertPolicy:AlertPolicy": Kind(
        id="projects/{project}/alertPolicies/{serial}", api="monitoring.googleapis.com"
    ),
    "gcp:monitoring/notificationChannel:NotificationChannel": Kind(
        id="projects/{project}/notificationChannels/{serial}",
        api="monitoring.googleapis.com",
        replaces=frozenset({"type"}),
        named_by_id=("name",),
    ),
    "gcp:monitoring/customService:CustomService": Kind(
        id="projects/{project}/services/{serviceId}",
        api="monitoring.googleapis.com",
        replaces=frozenset({"serviceId", "project"}),
    ),
    "gcp:monitoring/slo:Slo": Kind(
        id="projects/{project}/services/{service}/serviceLevelObjectives/{sloId}",
        api="monitoring.googleapis.com",
        replaces=frozenset({"sloId", "service", "project"}),
        named_by_id=("name",),
    ),
    "gcp:logging/metric:Metric": Kind(
        id="{name}",
        api="logging.googleapis.com",
        replaces=frozenset({"name", "project"}),
    ),
}
"""What only a stack for production has."""
KINDS: Final[Mapping[str, Kind]] = {
    "gcp:secretmanager/secretIamMember:SecretIamMember": Kind(
        id="projects/{project}/secrets/{secretId}/{role}/{member}",
        api="secretmanager.googleapis.com",
        replaces=frozenset({"project", "secretId", "role", "member"}),
        shared=True,
    ),
    "gcp:storage/bucket:Bucket": Kind(
        id="{name}",
        api="storage.googleapis.com",
        replaces=frozenset({"name", "location", "project", "hierarchicalNamespace"}),
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": Kind(
        id="b/{bucket}/{role}/{member}",
        api="storage.googleapis.com",
        replaces=frozenset({"bucket", "role", "member"}),
        shared=True,
    ),
    **_PRODUCTION,
    "gcp:projects/service:Service": Kind(
        id="{project}/{service}", replaces=frozenset({"service", "project"}), shared=True
    ),
    "gcp:projects/iAMMember:IAMMember": Kind(
        id="{project}/{role}/{member}",
        replaces=frozenset({"project", "role", "member"}),
        shared=True,
    ),
    "gcp:serviceaccount/account:Account": Kind(
        id="projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
        api="iam.googleapis.com",
        replaces=frozenset({"accountId", "project"}),
    ),
    "gcp:compute/network:Network": Kind(
        id="projects/{project}/global/networks/{name}",
        api="compute.googleapis.com",
        replaces=frozenset({"name", "project", "autoCreateSubnetworks"}),
    ),
    "gcp:compute/subnetwork:Subnetwork": Kind(
        id="projects/{project}/regions/{region}/subnetworks/{name}",
        api="compute.googleapis.com",
        replaces=frozenset({"name", "network", "region", "project", "purpose"}),
    ),
    "gcp:compute/router:Router": Kind(
        id="projects/{project}/regions/{region}/routers/{name}",
        api="compute.googleapis.com",
        replaces=frozenset({"name", "network", "region", "project"}),
    ),
    "gcp:compute/routerNat:RouterNat": Kind(
        id="{project}/{region}/{router}/{name}",
        api="compute.googleapis.com",
        replaces=frozenset({"name", "router", "region", "project"}),
    ),
    "gcp:pubsub/topic:Topic": Kind(
        id="projects/{project}/topics/{name}",
        api="pubsub.googleapis.com",
        replaces=frozenset({"name", "project"}),
    ),
    "gcp:compute/address:Address": Kind(
        id="projects/{project}/regions/{region}/addresses/{name}",
        api="compute.googleapis.com",
        replaces=frozenset(
            {
                "name",
                "region",
                "project",
                "addressType",
                "purpose",
                "networkTier",
                "subnetwork",
            }
        ),
    ),
    "gcp:compute/regionSslPolicy:RegionSslPolicy": Kind(
        id="projects/{project}/regions/{region}/sslPolicies/{name}",
        api="compute.googleapis.com",
        replaces=frozenset({"name", "region", "project"}),
    ),
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": Kind(
        id="projects/{project}/regions/{region}/securityPolicies/{name}",
        api="compute.googleapis.com",
        replaces=frozenset({"name", "region", "project", "type"}),
    ),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": Kind(
        id="projects/{project}/locations/{location}/dnsAuthorizations/{name}",
        api="certificatemanager.googleapis.com",
        replaces=frozenset({"name", "location", "project", "domain", "type"}),
    ),
    "gcp:certificatemanager/certificate:Certificate": Kind(
        id="projects/{project}/locations/{location}/certificates/{name}",
        api="certificatemanager.googleapis.com",
        replaces=frozenset({"name", "location", "project", "managed"}),
    ),
    "gcp:container/cluster:Cluster": Kind(
        id="projects/{project}/locations/{location}/clusters/{name}",
        api="container.googleapis.com",
        replaces=frozenset(
            {
                "name",
                "location",
                "project",
                "initialNodeCount",
                "network",
                "subnetwork",
                "datapathProvider",
                "enableAutopilot",
                "ipAllocationPolicy",
                "nodeConfig.serviceAccount",
                "nodeConfig.oauthScopes",
            }
        ),
    ),
    "gcp:container/nodePool:NodePool": Kind(
        id="projects/{project}/locations/{location}/clusters/{cluster}/nodePools/{name}",
        api="container.googleapis.com",
        replaces=frozenset(
            {
                "name",
                "cluster",
                "location",
                "initialNodeCount",
                "nodeConfig.spot",
                "nodeConfig.flexStart",
                "nodeConfig.maxRunDuration",
                "nodeConfig.guestAccelerators",
                "nodeConfig.ephemeralStorageLocalSsdConfig",
                "nodeConfig.reservationAffinity",
                "nodeConfig.serviceAccount",
                "nodeConfig.oauthScopes",
                "nodeConfig.shieldedInstanceConfig",
                "queuedProvisioning",
                "maxPodsPerNode",
            }
        ),
    ),
}
