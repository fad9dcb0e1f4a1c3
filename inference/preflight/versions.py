"""Versions of GKE, and what nodes carry: what GKE refuses, or moves by itself."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.autopilot import GATEWAY_SINCE
from inference.catalog.facts import GATEWAY_CLASSES, IMAGE_STREAMING, NODE_LABELS
from inference.catalog.gke_versions import OLDEST_NODES, VERSIONS_SOURCE, is_before, version_key
from inference.config import Finding, Settings, Severity
from inference.config.finding import edit, remove_command, set_command
from inference.config.node_pools import NodePool
from inference.derive.placement import POOL_LABEL
from inference.preflight.registry import Check

BEFORE_GATEWAY: Final = Check(
    id="cluster.version-before-gateway",
    severity=Severity.ERROR,
    cause=f"`cluster.version` is before {GATEWAY_SINCE}, the first with the Inference Gateway.",
    consequence="GKE's Gateway takes no InferencePool as a backend: no request reaches a server.",
    fix="Name a later version, or leave it to the channel.",
    source=GATEWAY_CLASSES,
)
MOVES: Final = Check(
    id="cluster.version-moves",
    severity=Severity.INFO,
    cause="`cluster.version` is given, and no maintenance exclusion holds minor versions.",
    consequence="GKE upgrades the control plane beyond it when its release channel does.",
    fix="Add a maintenance exclusion of scope noMinorUpgrades to stay longer.",
    source=VERSIONS_SOURCE,
)
SKEW: Final = Check(
    id="node-pools.version-skew",
    severity=Severity.ERROR,
    cause="The version of a node pool is newer than the control plane's, or more than "
    f"{OLDEST_NODES} minor versions older.",
    consequence="GKE refuses the node pool after the cluster has been made.",
    fix="Name a version that goes with `cluster.version`, or leave it out.",
    source=VERSIONS_SOURCE,
)
RESERVED: Final = Check(
    id="node-pools.label-reserved",
    severity=Severity.ERROR,
    cause="A label of a node pool is one of Kubernetes' own, or the one that this program sets.",
    consequence="The kubelet refuses to start with it, or the program's value holds.",
    fix="Use a key of your own.",
    source=NODE_LABELS,
)
NOT_STREAMED: Final = Check(
    id="node-pools.image-not-streamed",
    severity=Severity.WARNING,
    cause="Nodes run Ubuntu, and `cluster.imageStreaming` is on.",
    consequence="GKE streams images on Container-Optimized OS alone: it refuses the pool, or pulls "
    "images whole.",
    fix="Leave `imageType` out, or switch image streaming off.",
    source=IMAGE_STREAMING,
)
CHECKS: Final = (BEFORE_GATEWAY, MOVES, SKEW, RESERVED, NOT_STREAMED)

_RESERVED: Final = ("kubernetes.io", "k8s.io")


def _cluster(settings: Settings) -> Iterator[Finding]:
    cluster, path = settings.cluster, "cluster.version"
    version = cluster.version
    if version is None:
        return
    if is_before(version, GATEWAY_SINCE):
        yield BEFORE_GATEWAY.finding(
            path,
            f"{version} has no Inference Gateway, which came with GKE {GATEWAY_SINCE}",
            remove_command(path) + ", or name a later version",
        )
    if not cluster.maintenance.exclusions:
        yield MOVES.finding(
            path,
            f"GKE upgrades beyond {version} when channel {cluster.release_channel.value} does",
            "add a `cluster.maintenance` exclusion of scope noMinorUpgrades to stay longer",
        )


def _skewed(version: str, control_plane: str) -> bool:
    minor, highest = version_key(version)[1], version_key(control_plane)[1]
    return is_before(control_plane, version) or highest - minor > OLDEST_NODES


def _pool(path: str, settings: Settings, pool: NodePool) -> Iterator[Finding]:
    control_plane = settings.cluster.version
    if pool.version and control_plane and _skewed(pool.version, control_plane):
        yield SKEW.finding(
            f"{path}.version",
            f"{pool.version} does not go with a control plane of {control_plane}: nodes may be "
            f"{OLDEST_NODES} minor versions older, and not newer",
            set_command(f"{path}.version", control_plane),
        )
    for key in pool.labels:
        domain = key.partition("/")[0] if "/" in key else ""
        if domain.endswith(_RESERVED) or key == POOL_LABEL:
            yield RESERVED.finding(
                f"{path}.labels",
                f"{key} is not yours to set: the kubelet refuses labels below kubernetes.io, and "
                f"{POOL_LABEL} is the pool's name",
                edit({f'{path}.labels["{key}"]': None}),
            )
    if pool.image_type == "UBUNTU_CONTAINERD" and settings.cluster.image_streaming:
        yield NOT_STREAMED.finding(
            f"{path}.imageType",
            "images are streamed to Container-Optimized OS alone",
            remove_command(f"{path}.imageType") + ", or set `cluster.imageStreaming` to false",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about versions, and about labels and images of nodes."""
    yield from _cluster(settings)
    for index, pool in enumerate(settings.node_pools):
        yield from _pool(f"nodePools[{index}]", settings, pool)
