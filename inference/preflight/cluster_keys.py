"""Keys of the cluster that its mode, its endpoint or its owner leave without effect."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import CONTROL_PLANE_KEYS
from inference.catalog.limits import GKE_CLUSTERS, MAINTENANCE
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode, ClusterSettings, Endpoint
from inference.config.maintenance import moment
from inference.preflight.registry import own_rule, refusal

CLUSTER_KEY_OF_OTHER_MODE: Final = own_rule(
    id="cluster.key-of-other-mode",
    cause="A key does not apply to the `cluster.mode` that is set.",
    consequence="It would be ignored, although it looks effective.",
    fix="Remove the key, or change `cluster.mode`.",
)
CLUSTER_NO_CONTEXT: Final = own_rule(
    id="cluster.no-context",
    cause="An existing cluster is to be used, but no kubeconfig context is set.",
    consequence="It is unknown which cluster is meant.",
    fix="Set the context, as listed by kubectl config get-contexts",
)
CLUSTER_NETWORKS_OF_NO_ADDRESS: Final = refusal(
    id="cluster.networks-of-no-address",
    cause="`cluster.authorizedNetworks` is set together with the DNS endpoint.",
    consequence="The list restricts the control plane's IP address, which is disabled: it would "
    "be ignored.",
    fix="Remove one of the two keys.",
    source=CONTROL_PLANE_KEYS,
)
CLUSTER_LOCATION_OUTSIDE_REGION: Final = refusal(
    id="cluster.location-outside-region",
    cause="The cluster is not in `gcp:region`, where the Gateway's address and proxies are "
    "created.",
    consequence="The Gateway cannot use them: no request reaches a server.",
    fix="Set `gcp:region` to the cluster's region, or leave `cluster.location` unset.",
    source=GKE_CLUSTERS,
    follows=("places.no-such-region",),
)
CLUSTER_EXCLUSION_ENDS_FIRST: Final = refusal(
    id="cluster.exclusion-ends-first",
    cause="A maintenance exclusion does not end after it begins.",
    consequence="GKE rejects the maintenance policy, and with it the cluster.",
    fix="Correct `start` or `end`.",
    source=MAINTENANCE,
)

_ONLY_EXISTING: Final = frozenset({"context", "kubeconfig", "autopilot"})
_NEVER_EXISTING: Final = frozenset(ClusterSettings.model_fields) - _ONLY_EXISTING - {"mode", "name"}
_ONLY_STANDARD: Final = frozenset({"dataplane_v2", "image_streaming"})
"""What Autopilot always has."""


def _mode(cluster: ClusterSettings) -> Iterator[Finding]:
    given = cluster.model_fields_set
    existing = cluster.mode is ClusterMode.EXISTING
    foreign = given & (_NEVER_EXISTING if existing else _ONLY_EXISTING)
    always = given & _ONLY_STANDARD if cluster.mode is ClusterMode.AUTOPILOT else frozenset[str]()
    for key in sorted(foreign | always):
        path = f"cluster.{ClusterSettings.model_fields[key].alias}"
        why = "which always has it" if key in always else "where it would be ignored"
        yield CLUSTER_KEY_OF_OTHER_MODE.to_remove(
            path, f"does not apply to mode {cluster.mode}, {why}"
        )
    if existing and not cluster.context:
        yield CLUSTER_NO_CONTEXT.to_set(
            "cluster.context",
            "mode existing needs `context`, the kubeconfig context of the cluster",
            "CONTEXT",
        )


def _ignored_outside(settings: Settings) -> Iterator[Finding]:
    """Keys of other sections that are for a cluster of this stack alone."""
    cluster, network = settings.cluster, settings.network
    if settings.security.secure_boot and cluster.mode is not ClusterMode.STANDARD:
        yield CLUSTER_KEY_OF_OTHER_MODE.to_remove(
            "security.secureBoot",
            "would be ignored: it applies to nodes of a Standard cluster of this stack, and "
            "Autopilot's nodes always have it",
        )
    ranges = ("podRange", network.pod_range), ("serviceRange", network.service_range)
    for key, value in (("vpc", network.vpc), *ranges):
        if value is not None and not cluster.is_created:
            yield CLUSTER_KEY_OF_OTHER_MODE.to_remove(
                f"network.{key}",
                "would be ignored: an existing cluster has its own network and ranges",
            )


def _location(settings: Settings) -> Iterator[Finding]:
    region = settings.gcp.region
    if settings.location != region and not settings.location.startswith(f"{region}-"):
        yield CLUSTER_LOCATION_OUTSIDE_REGION.to_set(
            "cluster.location",
            f"{settings.location} is not in gcp:region {region}, where the Gateway's address and "
            "proxies are created: the Gateway could not use them",
            region,
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about keys that contradict each other."""
    cluster = settings.cluster
    yield from _mode(cluster)
    yield from _ignored_outside(settings)
    if cluster.endpoint is Endpoint.DNS and cluster.authorized_networks:
        yield CLUSTER_NETWORKS_OF_NO_ADDRESS.to_remove(
            "cluster.authorizedNetworks",
            "restricts the control plane's address, which `endpoint: dns` disables",
        )
    yield from _location(settings)
    for index, exclusion in enumerate(cluster.maintenance.exclusions):
        if moment(exclusion.start) >= moment(exclusion.end):
            yield CLUSTER_EXCLUSION_ENDS_FIRST.to_set(
                f"cluster.maintenance.exclusions[{index}].end",
                f"{exclusion.end} is not after its start, {exclusion.start}",
                "MOMENT",
            )
