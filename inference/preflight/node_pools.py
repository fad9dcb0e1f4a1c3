"""Node pools: whether the cluster has any, where they are, and how their size is given."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import SYSTEM_PODS
from inference.catalog.limits import GKE_CLUSTERS, GKE_QUOTAS, MOST_NODES
from inference.catalog.machines import MACHINES_SOURCE, NO_HYPERDISK, Capacity
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import Fix, edit, remove_command, set_command
from inference.config.node_pools import NodePool
from inference.derive.offers import offered
from inference.derive.placement import pools_for
from inference.preflight.registry import error, own_rule, refusal, warning

NOT_STANDARD: Final = own_rule(
    id="node-pools.not-standard",
    cause="Node pools are set for a cluster that is not a Standard cluster of this stack.",
    consequence="None would be created: Autopilot creates nodes itself, and an existing cluster "
    "has its own.",
    fix="Remove `nodePools`, or use mode standard.",
)
ZONE_OUTSIDE_REGION: Final = error(
    id="node-pools.zone-outside-region",
    cause="A zone of a node pool is not in `gcp:region`.",
    consequence="GKE rejects the node pool after the cluster has been created.",
    fix="Use zones in the region.",
    source=GKE_CLUSTERS,
    follows=("places.no-such-region",),
)
FLEX_START_FIXED_SIZE: Final = refusal(
    id="node-pools.flex-start-fixed-size",
    cause="A node pool with capacity flexStart has no `autoscaling`.",
    consequence="GKE creates such nodes only for pending Pods: a fixed number is rejected.",
    fix="Set `autoscaling` instead of `nodes`.",
    source=GKE_CLUSTERS,
)
RESERVATION_INCOMPLETE: Final = refusal(
    id="node-pools.reservation-incomplete",
    cause="A node pool sets a reservation without capacity `reservation`, or vice versa.",
    consequence="The reservation would not be used, or GKE rejects the pool.",
    fix="Set `reservation` and capacity `reservation` together.",
    source=GKE_CLUSTERS,
)
MIN_ABOVE_MAX: Final = refusal(
    id="node-pools.min-above-max",
    cause="`autoscaling.min` of a node pool is greater than `max`.",
    consequence="GKE rejects the node pool after the cluster has been created.",
    fix="Raise `max`, or lower `min`.",
    source=GKE_CLUSTERS,
)
RESERVATION_ZONES: Final = warning(
    id="node-pools.reservation-zones",
    cause="A node pool with a reservation has several zones, but a reservation is in one zone.",
    consequence="No node is created in zones without a reservation of that name.",
    fix="Set only the reservation's zone, or accept the finding if each zone has one.",
    source=GKE_CLUSTERS,
)
FEW_PODS: Final = warning(
    id="node-pools.few-pods",
    cause="`maxPods` leaves space for GKE's own Pods on a GPU node, but not for the servers.",
    consequence="Servers stay Pending on nodes whose GPUs are free.",
    fix="Raise maxPods.",
    source=SYSTEM_PODS,
)
GOOGLE_TOO_MANY_NODES: Final = error(
    id="google.too-many-nodes",
    cause="Together, the node pools may have more nodes than a cluster allows.",
    consequence="GKE adds no nodes beyond its limit, and Pods stay Pending.",
    fix="Lower `nodes` or `autoscaling.max` of the pools, or remove zones.",
    source=GKE_QUOTAS,
)
GOOGLE_DISK_TYPE: Final = error(
    id="google.disk-type",
    cause="A persistent disk is requested for a machine type that supports only Hyperdisk, or "
    "vice versa.",
    consequence="GKE rejects the node pool after the cluster has been created.",
    fix="Remove `diskType`: the default is what the machine type supports.",
    source=MACHINES_SOURCE,
)

_PERSISTENT: Final = "pd-"
_SYSTEM_PODS: Final = 9
"""Network, metadata, logs, metrics, disks and GPUs: what GKE runs on each node with GPUs."""


def _inside(path: str, region: str, pool: NodePool) -> Fix:
    """Zones of the region that have the machine, as far as they are known."""
    there = offered(pool.machine).zones_in(region)
    named = {zone.rpartition("-")[0] for zone in pool.zones}
    meant = named.pop() if len(named) == 1 else "REGION"
    other = "or " + set_command("gcp:region", meant)
    return (
        edit({f"{path}.zones": there[:1]}) + f", {other}"
        if there
        else Fix(f"name zones of {region}, {other}")
    )


def _zones(path: str, settings: Settings, pool: NodePool) -> Iterator[Finding]:
    region = settings.gcp.region
    outside = [zone for zone in pool.zones if not zone.startswith(f"{region}-")]
    if outside:
        yield ZONE_OUTSIDE_REGION.finding(
            f"{path}.zones",
            f"{', '.join(outside)} is outside region {region}: GKE would reject the pool",
            _inside(path, region, pool),
        )


def _size(path: str, pool: NodePool) -> Iterator[Finding]:
    if pool.capacity is Capacity.FLEX_START and pool.autoscaling is None:
        yield FLEX_START_FIXED_SIZE.finding(
            path,
            "flexStart needs `autoscaling`: GKE creates such nodes only for pending Pods",
            edit({f"{path}.nodes": None, f"{path}.autoscaling": {"max": pool.max_nodes}}),
        )
    if (pool.capacity is Capacity.RESERVATION) != (pool.reservation is not None):
        named = pool.reservation is not None
        yield RESERVATION_INCOMPLETE.finding(
            path,
            "`reservation` and capacity `reservation` go together: set both or neither",
            set_command(f"{path}.reservation", "NAME")
            if not named
            else set_command(f"{path}.capacity", "reservation")
            if Capacity.RESERVATION in pool.machine.capacities
            else remove_command(f"{path}.reservation"),
        )
    if pool.reservation is not None and len(pool.zones) > 1:
        yield RESERVATION_ZONES.finding(
            f"{path}.zones",
            f"{len(pool.zones)} zones, but reservation {pool.reservation} is in one: no node "
            "would be created in the others",
            f"set only its zone in `{path}.zones`, or accept this finding if each zone has one",
        )
    scaling = pool.autoscaling
    if scaling is not None and scaling.min > scaling.max:
        key = f"{path}.autoscaling"
        yield MIN_ABOVE_MAX.finding(
            key,
            f"min {scaling.min} is greater than max {scaling.max}: GKE would reject the pool",
            set_command(f"{key}.max", str(scaling.min)),
        )


def _pods(path: str, settings: Settings, pool: NodePool) -> Iterator[Finding]:
    counts = [m.gpu.count for m in settings.models if pool in pools_for(settings, m)]
    needed = _SYSTEM_PODS + pool.machine.gpus // min(counts, default=pool.machine.gpus)
    if pool.max_pods is not None and pool.max_pods < needed:
        yield FEW_PODS.to_set(
            f"{path}.maxPods",
            f"{pool.max_pods} Pods per node, of which about {_SYSTEM_PODS} are GKE's own: with "
            f"its servers, a node needs {needed}",
            str(needed),
        )


def _disk(path: str, pool: NodePool) -> Iterator[Finding]:
    disk, takes = pool.disk_type, pool.machine.disk_type
    if disk is None:
        return
    persistent = disk.startswith(_PERSISTENT)
    hyperdisk_alone = persistent and not takes.startswith(_PERSISTENT)
    if hyperdisk_alone or (not persistent and pool.machine_type.startswith(NO_HYPERDISK)):
        yield GOOGLE_DISK_TYPE.to_set(
            f"{path}.diskType",
            f"{pool.machine_type} supports only "
            f"{'Hyperdisk' if persistent else 'persistent disks'}, not {disk}: GKE would "
            "reject the pool",
            takes,
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the node pools that the stack file names."""
    mode = settings.cluster.mode
    if settings.node_pools and mode is not ClusterMode.STANDARD:
        yield NOT_STANDARD.to_remove(
            "nodePools",
            f"does not apply to cluster mode {mode}: only a Standard cluster of this stack has "
            "node pools",
        )
    nodes = sum(pool.max_nodes for pool in settings.pools)
    if mode is ClusterMode.STANDARD and nodes > MOST_NODES:
        yield GOOGLE_TOO_MANY_NODES.finding(
            "nodePools",
            f"the pools together may have {nodes:,} nodes, but a cluster has at most "
            f"{MOST_NODES:,}",
        )
    for index, pool in enumerate(settings.node_pools):
        path = f"nodePools[{index}]"
        yield from _zones(path, settings, pool)
        yield from _size(path, pool)
        yield from _pods(path, settings, pool)
        if settings.cluster.is_created:
            yield from _disk(path, pool)
