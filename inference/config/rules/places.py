"""Rules about where things are, and whose: zones, cluster, network, labels."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inference.config.cluster import ClusterMode
from inference.config.finding import remove_command, set_command
from inference.config.rules.rule import BrokenRule

if TYPE_CHECKING:
    from inference.config.settings import Settings

STACK_LABELS = ("pulumi-project", "pulumi-stack")
"""Labels by which what a stack made is found."""
_GOOGLES_LABELS = "goog"


def _node_pools(settings: "Settings") -> Iterator[BrokenRule]:
    if settings.node_pools and settings.cluster.mode is not ClusterMode.STANDARD:
        yield BrokenRule(
            path="nodePools",
            message=f"does not apply to cluster mode {settings.cluster.mode}: only a Standard "
            "cluster of this stack has node pools",
            fix=remove_command("nodePools"),
        )
    region = settings.gcp.region
    for index, pool in enumerate(settings.node_pools):
        outside = [zone for zone in pool.zones if not zone.startswith(f"{region}-")]
        if outside:
            path = f"nodePools[{index}].zones"
            yield BrokenRule(
                path=path,
                message=f"{', '.join(outside)} lies outside region {region}: GKE would refuse the "
                "pool",
                fix=f"name zones of {region}, or {set_command('gcp:region', 'REGION')}",
            )


def _location(settings: "Settings") -> Iterator[BrokenRule]:
    region = settings.gcp.region
    if settings.location != region and not settings.location.startswith(f"{region}-"):
        yield BrokenRule(
            path="cluster.location",
            message=f"{settings.location} is not in gcp:region {region}, where the Gateway's "
            "address and proxies are: the Gateway could not use them",
            fix=set_command("cluster.location", region),
        )


def _network(settings: "Settings") -> Iterator[BrokenRule]:
    network, created = settings.network, settings.cluster.is_created
    for key, value in (("vpc", network.vpc), ("podRange", network.pod_range)):
        if value is not None and not created:
            path = f"network.{key}"
            yield BrokenRule(
                path=path,
                message="would be ignored: an existing cluster has its network and ranges",
                fix=remove_command(path),
            )


def _secure_boot(settings: "Settings") -> Iterator[BrokenRule]:
    path = "security.secureBoot"
    if settings.security.secure_boot and settings.cluster.mode is not ClusterMode.STANDARD:
        yield BrokenRule(
            path=path,
            message="would be ignored: it is for nodes of a Standard cluster of this stack, and "
            "Autopilot's always start securely",
            fix=remove_command(path),
        )


def _labels(settings: "Settings") -> Iterator[BrokenRule]:
    taken = sorted(
        key for key in settings.labels if key in STACK_LABELS or key.startswith(_GOOGLES_LABELS)
    )
    if taken:
        yield BrokenRule(
            path="labels",
            message=f"{', '.join(taken)}: labels of that name are set by Google, or tell the "
            "stack's resources from others",
            fix="give it another name below `labels` in the stack file",
        )


def broken(settings: "Settings") -> Iterator[BrokenRule]:
    """Rules that the cluster's surroundings break."""
    yield from _node_pools(settings)
    yield from _location(settings)
    yield from _network(settings)
    yield from _secure_boot(settings)
    yield from _labels(settings)
