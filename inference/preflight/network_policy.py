"""`security.networkPolicy`: whether the policies of model servers do what they say."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.ingress import ENFORCED_SOURCE, LOAD_BALANCER_SOURCE
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.config.finding import set_command
from inference.preflight.registry import Check

_PATH: Final = "security.networkPolicy"

NOT_ENFORCED: Final = Check(
    id="network-policy.not-enforced",
    severity=Severity.WARNING,
    cause="Network policies are asked for in a Standard cluster without Dataplane V2, or in an "
    "existing cluster of which it is not known.",
    consequence="The policies do nothing: every Pod of the cluster still reaches the servers.",
    fix="Set cluster.dataplaneV2, which replaces a cluster that has been made.",
    source=ENFORCED_SOURCE,
)
NO_RANGE: Final = Check(
    id="network-policy.no-proxy-range",
    severity=Severity.WARNING,
    cause="The proxy-only subnet is an existing one, and its range is not given.",
    consequence="Policies let in the default range; if the subnet has another, no request reaches "
    "a server.",
    fix="Give its range in network.proxyOnlySubnet.cidr.",
    source=LOAD_BALANCER_SOURCE,
)
IGNORED: Final = Check(
    id="network-policy.ignored",
    severity=Severity.WARNING,
    cause="Network policies are asked for with a Gateway class that is not GKE's.",
    consequence="None is made, as it is not known where that class's requests come from.",
    fix="Remove the key.",
    source=LOAD_BALANCER_SOURCE,
)
CHECKS: Final = (NOT_ENFORCED, NO_RANGE, IGNORED)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about network policies; nothing where none is asked for."""
    if not settings.security.network_policy:
        return
    if not settings.gateway.is_gke:
        yield IGNORED.finding(
            _PATH,
            f"no policy is made: it is not known where requests of class "
            f"{settings.gateway.class_name} come from",
            set_command(_PATH, "false"),
        )
        return
    cluster, subnet = settings.cluster, settings.network.proxy_only_subnet
    if cluster.mode is ClusterMode.STANDARD and not cluster.dataplane_v2:
        yield NOT_ENFORCED.finding(
            _PATH,
            "without Dataplane V2 a Standard cluster enforces no policy: every Pod still reaches "
            "the servers",
            set_command("cluster.dataplaneV2", "true"),
        )
    elif not cluster.is_created and not cluster.autopilot:
        yield NOT_ENFORCED.finding(
            _PATH,
            "it is not known whether the existing cluster enforces policies: if not, every Pod "
            "still reaches the servers",
            "accept this finding where the cluster has Dataplane V2",
        )
    if not subnet.create and "cidr" not in subnet.model_fields_set:
        yield NO_RANGE.finding(
            "network.proxyOnlySubnet.cidr",
            f"not given for the existing subnet, so that policies let in {subnet.cidr}: if it has "
            "another range, no request reaches a server",
            set_command("network.proxyOnlySubnet.cidr", "RANGE"),
        )
