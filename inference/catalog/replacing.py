"""Settings whose change replaces what serves requests, or what holds weights.

`pulumi preview` shows every replacement. These are the ones of which it does not say what goes
down with them: a cluster takes everything inside with it, a node pool its replicas.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from inference.catalog.source import high, medium


class Replaced(StrEnum):
    """What a change replaces, in the words of messages and of the configuration's table."""

    CLUSTER = "the cluster"
    NODE_POOL = "the node pool"
    INFERENCE_POOL = "the InferencePools"
    BUCKET = "the weights bucket"


GCP_REPLACES: Final = high("gcp provider 9.35, tried with changed clusters and node pools")
CHARTS_REPLACE: Final = high(
    "pool charts v1.5.0 and llm-d v0.10.0: other labels in selectors, which are immutable"
)
BUCKET_REPLACES: Final = medium(
    "google provider: another name or location replaces a bucket; this program keeps the old "
    "one, and names of buckets are unique. Not tried on Google Cloud",
    "https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/"
    "storage/resource_storage_bucket.go",
)
REPLACING: Final[Mapping[str, Replaced]] = {
    **dict.fromkeys(
        (
            "cluster.mode",
            "cluster.name",
            "cluster.location",
            "cluster.dataplaneV2",
            "gcp:region",
            "gcp:project",
            "network.name",
            "network.subnetwork",
            "network.hostProject",
            "network.podRange",
            "network.serviceRange",
        ),
        Replaced.CLUSTER,
    ),
    **dict.fromkeys(
        (
            "nodePools[].name",
            "nodePools[].machineType",
            "nodePools[].capacity",
            "nodePools[].reservation",
            "nodePools[].maxPods",
            "nodePools[].secureBoot",
        ),
        Replaced.NODE_POOL,
    ),
    "gatewayRelease": Replaced.INFERENCE_POOL,
    "weights.bucket": Replaced.BUCKET,
}
"""What a change of a setting replaces."""
CONDITIONS: Final[Mapping[str, str]] = {
    "nodePools[].machineType": "to another GPU, or another number of GPUs or local SSDs",
    "gatewayRelease": "to or from llm-d",
}
"""Which change it is, where not every change of the setting replaces."""
