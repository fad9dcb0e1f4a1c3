"""Versions of GKE, its nodes, chart and CRDs: what is refused, or moves by itself."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.autopilot import GATEWAY_SINCE
from inference.catalog.facts import (
    CHART_V1_0_0,
    GATEWAY_CLASSES,
    GKE_CRDS,
    IMAGE_STREAMING,
    NODE_LABELS,
)
from inference.catalog.limits import NODE_VERSIONS, NODES_BEHIND
from inference.catalog.releases import GKE_OWNED_CRDS, POOL_CRD, ValuesLayout
from inference.config import Finding, Settings
from inference.config.finding import edit, remove_command, set_command
from inference.config.gateway import ChartProvider
from inference.config.gke_version import is_before, version_key
from inference.config.node_pools import NodePool
from inference.derive.placement import POOL_LABEL
from inference.preflight.registry import error, info, warning

CLUSTER_VERSION_BEFORE_GATEWAY: Final = error(
    id="cluster.version-before-gateway",
    cause=f"`cluster.version` is before {GATEWAY_SINCE}, the first with the Inference Gateway.",
    consequence="GKE's Gateway does not accept an InferencePool as a backend: no request reaches "
    "a server.",
    fix="Set a later version, or leave it to the release channel.",
    source=GATEWAY_CLASSES,
)
CLUSTER_VERSION_MOVES: Final = info(
    id="cluster.version-moves",
    cause="`cluster.version` is set, and no maintenance exclusion blocks minor upgrades.",
    consequence="GKE upgrades the control plane past it when its release channel does.",
    fix="Add a `cluster.maintenance` exclusion with scope noMinorUpgrades to stay on it longer.",
    source=NODE_VERSIONS,
)
NODE_POOLS_VERSION_SKEW: Final = error(
    id="node-pools.version-skew",
    cause=f"A node pool's version is newer than the control plane's, or more than {NODES_BEHIND} "
    "minor versions older.",
    consequence="GKE rejects the node pool after the cluster has been created.",
    fix="Set a version that is compatible with `cluster.version`, or leave it unset.",
    source=NODE_VERSIONS,
)
NODE_POOLS_LABEL_RESERVED: Final = error(
    id="node-pools.label-reserved",
    cause="A node pool label is reserved by Kubernetes, or is the one that this program sets.",
    consequence="The kubelet refuses to start with it, or the program's value wins.",
    fix="Use a key of your own.",
    source=NODE_LABELS,
)
NODE_POOLS_IMAGE_NOT_STREAMED: Final = warning(
    id="node-pools.image-not-streamed",
    cause="Nodes run Ubuntu, and `cluster.imageStreaming` is on.",
    consequence="GKE streams images only on Container-Optimized OS: it rejects the pool, or pulls "
    "entire images.",
    fix="Leave `imageType` unset, or turn image streaming off.",
    source=IMAGE_STREAMING,
)

RELEASE_PROVIDER_IGNORED: Final = warning(
    id="release.provider-ignored",
    cause="`gateway.provider` is set, but the release's chart supports no provider except GKE.",
    consequence="No DestinationRule is created, and the gateway may not reach the picker.",
    fix="Use v1.5.0 or later.",
    source=CHART_V1_0_0,
)
RELEASE_CRDS_OWNED_BY_GKE: Final = warning(
    id="release.crds-owned-by-gke",
    cause="The stack would install a CRD that GKE 1.34.0-gke.1626000 and later come with.",
    consequence="In such a cluster Helm refuses to adopt it, and the CRD release fails.",
    fix="Add it to crds.preinstalled.",
    source=GKE_CRDS,
)
RELEASE_CRDS_NOT_LEFT_OUT: Final = error(
    id="release.crds-not-left-out",
    cause="`crds.preinstalled` omits the InferencePool CRD that a new GKE cluster comes with.",
    consequence="Helm refuses to adopt it, and the CRD release fails.",
    fix="Remove crds.preinstalled: the default is right for a cluster that the stack creates.",
    source=GKE_CRDS,
)

_RESERVED: Final = ("kubernetes.io", "k8s.io")


def _cluster(settings: Settings) -> Iterator[Finding]:
    cluster, path = settings.cluster, "cluster.version"
    version = cluster.version
    if version is None:
        return
    if is_before(version, GATEWAY_SINCE):
        yield CLUSTER_VERSION_BEFORE_GATEWAY.finding(
            path,
            f"{version} has no Inference Gateway, which needs GKE {GATEWAY_SINCE}",
            remove_command(path) + ", or set a later version",
        )
    if not cluster.maintenance.exclusions:
        yield CLUSTER_VERSION_MOVES.finding(
            path,
            f"GKE upgrades past {version} when the {cluster.release_channel.value} channel does",
        )


def _skewed(version: str, control_plane: str) -> bool:
    minor, highest = version_key(version)[1], version_key(control_plane)[1]
    return is_before(control_plane, version) or highest - minor > NODES_BEHIND


def _pool(path: str, settings: Settings, pool: NodePool) -> Iterator[Finding]:
    control_plane = settings.cluster.version
    if pool.version and control_plane and _skewed(pool.version, control_plane):
        yield NODE_POOLS_VERSION_SKEW.to_set(
            f"{path}.version",
            f"{pool.version} is not compatible with control plane {control_plane}: nodes may be "
            f"at most {NODES_BEHIND} minor versions older, and not newer",
            control_plane,
        )
    for key in pool.labels:
        domain = key.partition("/")[0] if "/" in key else ""
        if domain.endswith(_RESERVED) or key == POOL_LABEL:
            yield NODE_POOLS_LABEL_RESERVED.finding(
                f"{path}.labels",
                f"{key} cannot be set: the kubelet rejects labels under kubernetes.io, and "
                f"{POOL_LABEL} is the pool's name",
                edit({f'{path}.labels["{key}"]': None}),
            )
    if pool.image_type == "UBUNTU_CONTAINERD" and settings.cluster.image_streaming:
        yield NODE_POOLS_IMAGE_NOT_STREAMED.finding(
            f"{path}.imageType",
            "images are streamed only on Container-Optimized OS",
            remove_command(f"{path}.imageType") + ", or set `cluster.imageStreaming` to false",
        )


def _chart(settings: Settings) -> Iterator[Finding]:
    old_chart = settings.release.values_layout is ValuesLayout.INFERENCE_EXTENSION_LIST
    if old_chart and settings.gateway.provider is not ChartProvider.NONE:
        yield RELEASE_PROVIDER_IGNORED.finding(
            "gateway.provider",
            f"chart {settings.release.name} does not support provider "
            f"{settings.gateway.provider.value}, so no DestinationRule is created and the gateway "
            "may not reach the picker",
            set_command("gatewayRelease", "v1.5.0"),
        )
    preinstalled = settings.crds.preinstalled
    if settings.cluster.is_created and preinstalled is not None and POOL_CRD not in preinstalled:
        yield RELEASE_CRDS_NOT_LEFT_OUT.to_remove(
            "crds.preinstalled",
            f"omits {POOL_CRD}, which GKE 1.34.0-gke.1626000 and later come with: Helm would "
            "refuse to adopt it",
        )
    if not settings.cluster.is_created and settings.gateway.is_gke and preinstalled is None:
        yield RELEASE_CRDS_OWNED_BY_GKE.finding(
            "crds.preinstalled",
            f"GKE 1.34.0-gke.1626000 and later come with {', '.join(GKE_OWNED_CRDS)}; in such a "
            "cluster, Helm would refuse to adopt it and the CRD release would fail",
            set_command("crds.preinstalled[0]", GKE_OWNED_CRDS[0]),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about versions, and about labels and images of nodes."""
    yield from _cluster(settings)
    for index, pool in enumerate(settings.node_pools):
        yield from _pool(f"nodePools[{index}]", settings, pool)
    yield from _chart(settings)
