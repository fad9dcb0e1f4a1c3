"""Settings whose change replaces what they belong to, as an update in place is not possible.

A replaced cluster takes everything inside with it. Names are fixed, so that the old one is deleted
before the new one is made. What is not listed here is updated in place, the machine type of a node
pool among it, as long as GPUs and local SSDs stay.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from inference.catalog.source import Level, Source


class Replaced(StrEnum):
    """What a change makes anew, in the words of messages and of the configuration's table."""

    CLUSTER = "the cluster"
    NODE_POOL = "the node pool"
    OBJECTS = "every object in the cluster"
    SUBNET = "the proxy-only subnet"
    VPC_SUBNET = "the subnet of the nodes"
    INFERENCE_POOL = "the InferencePools"
    GATEWAY = "the Gateway"
    BUCKET = "the bucket of weights"


@final
@dataclass(frozen=True, kw_only=True)
class Replacing:
    """One setting, named as in the configuration's table, and fields of what it replaces."""

    setting: str
    replaced: Replaced
    fields: tuple[str, ...]
    source: Source
    condition: str = ""
    """When not every change of the setting replaces, which one does."""
    stored: str = ""
    """Key of the registered value, where that of the setting is about something else."""

    @property
    def key(self) -> str:
        """Key of the registered value."""
        return self.stored or self.setting


GCP_REPLACES: Final = Source(
    title="gcp provider 9.35, tried with changed clusters and node pools",
    date="2026-11",
    level=Level.HIGH,
)
_GCP_SCHEMA: Final = Source(
    title="google provider: fields marked ForceNew",
    date="2026-11",
    level=Level.HIGH,
    url="https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/"
    "container/resource_container_cluster.go",
)
_PROJECT: Final = Source(
    title="the project is part of the name of all that the gcp provider made",
    date="2026-11",
    level=Level.INFERRED,
)
SUBNET_REPLACES: Final = Source(
    title="google provider: another range replaces a subnet; gcloud: none of load balancer proxies "
    "can grow",
    date="2026-11",
    level=Level.HIGH,
    url="https://cloud.google.com/sdk/gcloud/reference/compute/networks/subnets/expand-ip-range",
)
RANGES_REPLACE: Final = Source(
    title="google provider: a subnet grows in place and is replaced otherwise; Google deletes no "
    "subnet and changes no secondary range that a cluster uses",
    date="2026-11",
    level=Level.MEDIUM,
    url="https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/"
    "compute/resource_compute_subnetwork.go",
)
CHARTS_REPLACE: Final = Source(
    title="pool charts v1.5.0 and llm-d v0.10.0: other labels in selectors, which are immutable",
    date="2026-11",
    level=Level.HIGH,
)
GATEWAY_REPLACES: Final = Source(
    title="this program: a load balancer cannot change its kind, so the class replaces the Gateway",
    date="2026-11",
    level=Level.HIGH,
)
IDENTITY_REPLACES: Final = Source(
    title="Kubernetes: cluster, namespace and name are an object's identity",
    date="2026-11",
    level=Level.HIGH,
)


BUCKET_REPLACES: Final = Source(
    title="google provider: another name or location replaces a bucket; this program keeps the old "
    "one, and names of buckets are unique. Not tried on Google Cloud",
    date="2026-11",
    level=Level.MEDIUM,
    url="https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/"
    "storage/resource_storage_bucket.go",
)
BUCKET_REGION: Final = "weights.bucket gcp:region"
"""Key of the region of the bucket of weights, which is there without a cluster of the stack too."""


def _row(  # noqa: PLR0913 the fields of a row
    setting: str,
    replaced: Replaced,
    fields: str,
    source: Source,
    condition: str = "",
    *,
    stored: str = "",
) -> Replacing:
    return Replacing(
        setting=setting,
        replaced=replaced,
        fields=tuple(fields.split()),
        source=source,
        condition=condition,
        stored=stored,
    )


REPLACING: Final = (
    _row("cluster.mode", Replaced.CLUSTER, "enable_autopilot initial_node_count", _GCP_SCHEMA),
    _row("cluster.name", Replaced.CLUSTER, "name", GCP_REPLACES),
    _row("cluster.location", Replaced.CLUSTER, "location", GCP_REPLACES),
    _row("gcp:region", Replaced.CLUSTER, "location", GCP_REPLACES),
    _row("gcp:project", Replaced.CLUSTER, "project", _PROJECT),
    _row("network.name", Replaced.CLUSTER, "network", GCP_REPLACES),
    _row("network.subnetwork", Replaced.CLUSTER, "subnetwork", _GCP_SCHEMA),
    _row("network.hostProject", Replaced.CLUSTER, "network subnetwork", GCP_REPLACES),
    _row(
        "network.podRange",
        Replaced.CLUSTER,
        "ip_allocation_policy.cluster_secondary_range_name",
        GCP_REPLACES,
    ),
    _row(
        "network.serviceRange",
        Replaced.CLUSTER,
        "ip_allocation_policy.services_secondary_range_name",
        GCP_REPLACES,
    ),
    _row("cluster.dataplaneV2", Replaced.CLUSTER, "datapath_provider", GCP_REPLACES),
    _row("nodePools[].name", Replaced.NODE_POOL, "name", GCP_REPLACES),
    _row(
        "nodePools[].machineType",
        Replaced.NODE_POOL,
        "guest_accelerators ephemeral_storage_local_ssd_config",
        GCP_REPLACES,
        "to another GPU, or another number of GPUs or local SSDs",
    ),
    _row(
        "nodePools[].capacity",
        Replaced.NODE_POOL,
        "spot flex_start max_run_duration reservation_affinity",
        GCP_REPLACES,
    ),
    _row("nodePools[].reservation", Replaced.NODE_POOL, "reservation_affinity", GCP_REPLACES),
    _row("nodePools[].maxPods", Replaced.NODE_POOL, "max_pods_per_node", _GCP_SCHEMA),
    _row("nodePools[].secureBoot", Replaced.NODE_POOL, "shielded_instance_config", GCP_REPLACES),
    _row("namespace", Replaced.OBJECTS, "metadata.namespace", IDENTITY_REPLACES),
    _row("cluster.context", Replaced.OBJECTS, "cluster_identifier", IDENTITY_REPLACES),
    _row(
        "network.proxyOnlySubnet.cidr",
        Replaced.SUBNET,
        "ip_cidr_range",
        SUBNET_REPLACES,
    ),
    _row(
        "network.vpc.nodes",
        Replaced.VPC_SUBNET,
        "ip_cidr_range",
        RANGES_REPLACE,
        "to a range that does not hold the old one",
    ),
    _row("network.vpc.pods", Replaced.VPC_SUBNET, "secondary_ip_range", RANGES_REPLACE),
    _row("network.vpc.services", Replaced.VPC_SUBNET, "secondary_ip_range", RANGES_REPLACE),
    _row(
        "gatewayRelease",
        Replaced.INFERENCE_POOL,
        "selector",
        CHARTS_REPLACE,
        "to or from llm-d",
    ),
    _row("gateway.className", Replaced.GATEWAY, "gatewayClassName address", GATEWAY_REPLACES),
    _row("gateway.name", Replaced.GATEWAY, "metadata.name", IDENTITY_REPLACES),
    _row("weights.bucket", Replaced.BUCKET, "name", BUCKET_REPLACES),
    _row("gcp:region", Replaced.BUCKET, "location", BUCKET_REPLACES, stored=BUCKET_REGION),
)
"""What loses most comes first."""
