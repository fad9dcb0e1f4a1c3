"""`security.networkPolicy`: whether the policies of model servers do what they say."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.ingress import ENFORCED_SOURCE, LOAD_BALANCER_SOURCE
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import set_command
from inference.preflight.registry import warning

_PATH: Final = "security.networkPolicy"

NOT_ENFORCED: Final = warning(
    id="network-policy.not-enforced",
    cause="Network policies are enabled in a Standard cluster without Dataplane V2, or in an "
    "existing cluster where this is unknown.",
    consequence="The policies have no effect: every Pod in the cluster can still reach the "
    "servers.",
    fix="Set cluster.dataplaneV2, which replaces an existing cluster.",
    source=ENFORCED_SOURCE,
)
NO_RANGE: Final = warning(
    id="network-policy.no-proxy-range",
    cause="The proxy-only subnet already exists, but its range is not set.",
    consequence="Policies admit the default range; if the subnet has another, no request reaches "
    "a server.",
    fix="Set `network.proxyOnlySubnet.cidr` to its range.",
    source=LOAD_BALANCER_SOURCE,
)
IGNORED: Final = warning(
    id="network-policy.ignored",
    cause="Network policies are enabled with a Gateway class that is not GKE's.",
    consequence="None are created, as it is unknown where that class's requests come from.",
    fix="Remove the key.",
    source=LOAD_BALANCER_SOURCE,
)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about network policies; nothing where none is asked for."""
    if not settings.security.network_policy:
        return
    if not settings.gateway.is_gke:
        yield IGNORED.to_set(
            _PATH,
            "no policy is created: it is unknown where requests of class "
            f"{settings.gateway.class_name} come from",
            "false",
        )
        return
    cluster, subnet = settings.cluster, settings.network.proxy_only_subnet
    if cluster.mode is ClusterMode.STANDARD and not cluster.dataplane_v2:
        yield NOT_ENFORCED.finding(
            _PATH,
            "without Dataplane V2, a Standard cluster enforces no policy: every Pod can still "
            "reach the servers",
            set_command("cluster.dataplaneV2", "true"),
        )
    elif not cluster.is_created and not cluster.autopilot:
        yield NOT_ENFORCED.finding(
            _PATH,
            "it is unknown whether the existing cluster enforces policies: if not, every Pod can "
            "still reach the servers",
            "accept this finding if the cluster has Dataplane V2",
        )
    if not settings.makes_proxy_subnet and "cidr" not in subnet.model_fields_set:
        yield NO_RANGE.to_set(
            "network.proxyOnlySubnet.cidr",
            f"not set for the existing subnet, so policies admit {subnet.cidr}: if it has another "
            "range, no request reaches a server",
            "RANGE",
        )
