"""Present values of the settings whose change replaces something, for the next update to compare.

The program has no memory of its own: the stack registers these values on itself.
"""

from typing import Final

from inference.config.cluster import ClusterMode
from inference.config.settings import Settings
from inference.derive.names import bucket_name, network_name
from inference.derive.placement import secure_boot

REPLACING_OUTPUT: Final = "replacing"
"""Key of the values among the outputs that the stack's component registers."""
BUCKET_REGION: Final = "weights.bucket gcp:region"
"""Key of the region of the weights bucket, which also exists without a cluster of the stack."""


def pool_key(pool: str, key: str) -> str:
    """Key of a node pool's value: by the pool's name, as its place in the list may change."""
    return f"nodePools[{pool}].{key}"


def _text(*, switched_on: bool) -> str:
    return "true" if switched_on else "false"


def replacing_values(settings: Settings) -> dict[str, str]:
    """Values by setting; "" for what is not set, and no entry for what does not apply."""
    cluster, network = settings.cluster, settings.network
    values = {"cluster.mode": cluster.mode.value, "gatewayRelease": settings.gateway_release}
    if cluster.is_created:
        values |= {
            "cluster.name": cluster.name,
            "cluster.location": settings.location,
            "gcp:region": settings.gcp.region,
            "gcp:project": settings.gcp.project or "",
            "network.name": network_name(settings),
            "network.subnetwork": network.subnetwork or "",
            "network.hostProject": network.host_project or "",
            "network.podRange": network.pod_range or "",
            "network.serviceRange": network.service_range or "",
            "cluster.dataplaneV2": _text(switched_on=cluster.dataplane_v2),
        }
    if settings.weights is not None and settings.weights.create:
        values |= {"weights.bucket": bucket_name(settings), BUCKET_REGION: settings.gcp.region}
    if cluster.mode is ClusterMode.STANDARD:
        for pool in settings.pools:
            boot = _text(switched_on=secure_boot(settings, pool))
            values |= {
                pool_key(pool.name, "machineType"): pool.machine_type,
                pool_key(pool.name, "capacity"): pool.capacity.value,
                pool_key(pool.name, "reservation"): pool.reservation or "",
                pool_key(pool.name, "maxPods"): str(pool.max_pods or ""),
                pool_key(pool.name, "secureBoot"): boot,
            }
    return values
