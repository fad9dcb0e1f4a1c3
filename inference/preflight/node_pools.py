"""Node pools: whether the cluster has any, where they are, and how their size is given."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import OWN_KEYS
from inference.catalog.limits import GKE_CLUSTERS
from inference.catalog.machines import Capacity
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.config.finding import remove_command, set_command
from inference.config.node_pools import NodePool
from inference.preflight.registry import Check

NOT_STANDARD: Final = Check(
    id="node-pools.not-standard",
    severity=Severity.ERROR,
    cause="Node pools are given for a cluster that is not a Standard cluster of this stack.",
    consequence="None would be made: Autopilot makes nodes itself, and an existing cluster has its "
    "own.",
    fix="Remove `nodePools`, or use mode standard.",
    source=OWN_KEYS,
    acceptable=False,
)
OTHER_REGION: Final = Check(
    id="node-pools.zone-outside-region",
    severity=Severity.ERROR,
    cause="A zone of a node pool is not in `gcp:region`.",
    consequence="GKE refuses the node pool after the cluster has been made.",
    fix="Name zones of the region.",
    source=GKE_CLUSTERS,
)
FLEX_START: Final = Check(
    id="node-pools.flex-start-fixed-size",
    severity=Severity.ERROR,
    cause="A node pool of capacity flexStart has no `autoscaling`.",
    consequence="GKE makes such nodes for waiting Pods only: a fixed number is refused.",
    fix="Give `autoscaling` in place of `nodes`.",
    source=GKE_CLUSTERS,
    acceptable=False,
)
RESERVATION: Final = Check(
    id="node-pools.reservation-incomplete",
    severity=Severity.ERROR,
    cause="A node pool names a reservation without that capacity, or the other way round.",
    consequence="The reservation would not be used, or GKE refuses the pool.",
    fix="Give `reservation` and capacity `reservation` together.",
    source=GKE_CLUSTERS,
    acceptable=False,
)
BOUNDS: Final = Check(
    id="node-pools.min-above-max",
    severity=Severity.ERROR,
    cause="The fewest nodes of a node pool are more than the most.",
    consequence="GKE refuses the node pool after the cluster has been made.",
    fix="Raise `max`, or lower `min`.",
    source=GKE_CLUSTERS,
    acceptable=False,
)
CHECKS: Final = (NOT_STANDARD, OTHER_REGION, FLEX_START, RESERVATION, BOUNDS)


def _zones(path: str, settings: Settings, pool: NodePool) -> Iterator[Finding]:
    region = settings.gcp.region
    outside = [zone for zone in pool.zones if not zone.startswith(f"{region}-")]
    if outside:
        yield OTHER_REGION.finding(
            f"{path}.zones",
            f"{', '.join(outside)} is outside region {region}: GKE would refuse the pool",
            f"name zones of {region}, or {set_command('gcp:region', 'REGION')}",
        )


def _size(path: str, pool: NodePool) -> Iterator[Finding]:
    if pool.capacity is Capacity.FLEX_START and pool.autoscaling is None:
        yield FLEX_START.finding(
            path,
            "flexStart needs `autoscaling`: GKE makes such nodes only for waiting Pods",
            set_command(f"{path}.autoscaling.max", "NODES"),
        )
    if (pool.capacity is Capacity.RESERVATION) != (pool.reservation is not None):
        named = pool.reservation is not None
        yield RESERVATION.finding(
            path,
            "`reservation` and capacity `reservation` go together: give both or neither",
            set_command(f"{path}.capacity", "reservation")
            if named
            else set_command(f"{path}.reservation", "NAME"),
        )
    scaling = pool.autoscaling
    if scaling is not None and scaling.min > scaling.max:
        key = f"{path}.autoscaling"
        yield BOUNDS.finding(
            key,
            f"min {scaling.min} is above max {scaling.max}: GKE would refuse the pool",
            set_command(f"{key}.max", str(scaling.min)),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the node pools that the stack file names."""
    mode = settings.cluster.mode
    if settings.node_pools and mode is not ClusterMode.STANDARD:
        yield NOT_STANDARD.finding(
            "nodePools",
            f"does not apply to cluster mode {mode}: only a Standard cluster of this stack has "
            "node pools",
            remove_command("nodePools"),
        )
    for index, pool in enumerate(settings.node_pools):
        path = f"nodePools[{index}]"
        yield from _zones(path, settings, pool)
        yield from _size(path, pool)
