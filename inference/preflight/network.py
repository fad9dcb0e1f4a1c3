"""The load balancer's subnet, who can reach the endpoint, and who can reach model servers."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from inference.catalog.facts import AUTO_MODE_VPC, GATEWAY_CLASSES, PROXY_SUBNET, PUBLIC_ENDPOINT
from inference.catalog.gcp import EXTERNAL_CLASS, INTERNAL_CLASS
from inference.catalog.google_rules import AUTO_MODE_SUBNETS
from inference.catalog.ingress import ENFORCED_SOURCE, LOAD_BALANCER_SOURCE
from inference.catalog.limits import RECOMMENDED_PROXY_PREFIX
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import set_command
from inference.derive.addresses import restricts_sources
from inference.derive.names import network_name
from inference.preflight.registry import error, info, warning
from inference.preflight.traffic import with_tls

NO_PROXY_SUBNET: Final = warning(
    id="network.no-proxy-subnet",
    cause="The stack does not create a proxy-only subnet.",
    consequence="Unless the VPC has an active one in the region, the Gateway is never programmed, "
    "and `pulumi up` waits for it in vain.",
    fix="Let the stack create it, or make sure that there is one.",
    source=PROXY_SUBNET,
)
SMALL_PROXY_SUBNET: Final = info(
    id="network.small-proxy-subnet",
    cause="The proxy-only subnet is smaller than the /23 that Google recommends.",
    consequence="The load balancer may run out of proxies under load.",
    fix="Give it a /23.",
    source=PROXY_SUBNET,
)
AUTO_MODE_RANGE: Final = warning(
    id="network.auto-mode-range",
    cause=f"The proxy-only subnet overlaps {AUTO_MODE_SUBNETS}, in the network `default`.",
    consequence="An auto mode VPC, as `default` is unless it was changed, reserves that range: "
    "Google rejects the subnet.",
    fix="Choose a range outside it.",
    source=AUTO_MODE_VPC,
)
PUBLIC_HTTP: Final = warning(
    id="network.public-http",
    cause="The endpoint is on the internet, without TLS and without authentication.",
    consequence="Anyone who finds the address uses your GPUs, and prompts travel unencrypted.",
    fix="Set gateway.tls and gateway.iap, or use the internal class gke-l7-rilb.",
    source=PUBLIC_ENDPOINT,
)
GATEWAY_CLASS: Final = error(
    id="network.gateway-class",
    cause="The Gateway class is one of GKE's, but not one that supports the Inference Gateway.",
    consequence="The Gateway or its routes are rejected, and `pulumi up` waits for them in vain.",
    fix=f"Use {EXTERNAL_CLASS} or {INTERNAL_CLASS}.",
    source=GATEWAY_CLASSES,
)
NO_SUBNETWORK: Final = warning(
    id="network.no-subnetwork",
    cause="An internal address is reserved in a network other than `default`, but no subnet is "
    "set.",
    consequence="A subnet with the network's name is requested, which only auto mode networks "
    "have.",
    fix="Set the subnet.",
    source=AUTO_MODE_VPC,
)

NETWORK_POLICY_NOT_ENFORCED: Final = warning(
    id="network-policy.not-enforced",
    cause="Network policies are enabled in a Standard cluster without Dataplane V2, or in an "
    "existing cluster where this is unknown.",
    consequence="The policies have no effect: every Pod in the cluster can still reach the "
    "servers.",
    fix="Set cluster.dataplaneV2, which replaces an existing cluster.",
    source=ENFORCED_SOURCE,
)
NETWORK_POLICY_NO_PROXY_RANGE: Final = warning(
    id="network-policy.no-proxy-range",
    cause="The proxy-only subnet already exists, but its range is not set.",
    consequence="Policies admit the default range; if the subnet has another, no request reaches "
    "a server.",
    fix="Set `network.proxyOnlySubnet.cidr` to its range.",
    source=LOAD_BALANCER_SOURCE,
)
NETWORK_POLICY_IGNORED: Final = warning(
    id="network-policy.ignored",
    cause="Network policies are enabled with a Gateway class that is not GKE's.",
    consequence="None are created, as it is unknown where that class's requests come from.",
    fix="Remove the key.",
    source=LOAD_BALANCER_SOURCE,
)

_PATH: Final = "security.networkPolicy"


def _subnet(settings: Settings) -> Iterator[Finding]:
    subnet, network = settings.network.proxy_only_subnet, network_name(settings)
    if settings.gateway.existing is not None:
        # A Gateway that is there has its proxies.
        return
    if not subnet.create:
        path = "network.proxyOnlySubnet.create"
        yield NO_PROXY_SUBNET.finding(
            path,
            f"false, so network {network} must have an active proxy-only subnet in "
            f"{settings.gcp.region}: without one, the Gateway is never programmed",
            set_command(path, "true") + ", or accept this finding if there is one",
        )
        return
    path = "network.proxyOnlySubnet.cidr"
    cidr = IPv4Network(subnet.cidr)
    if network == "default" and cidr.overlaps(AUTO_MODE_SUBNETS):
        yield AUTO_MODE_RANGE.to_set(
            path,
            f"{cidr} overlaps {AUTO_MODE_SUBNETS}, which an auto mode network such as default "
            "reserves: Google would reject the subnet",
            "192.168.254.0/23",
        )
    if cidr.prefixlen > RECOMMENDED_PROXY_PREFIX:
        yield SMALL_PROXY_SUBNET.to_set(
            path,
            f"{cidr} has {cidr.num_addresses} addresses; Google recommends 512, a /23",
            str(cidr.supernet(new_prefix=RECOMMENDED_PROXY_PREFIX)),
        )


def _gateway_class(settings: Settings) -> Iterator[Finding]:
    path = "gateway.className"
    if settings.gateway.class_name not in {EXTERNAL_CLASS, INTERNAL_CLASS}:
        yield GATEWAY_CLASS.to_set(
            path,
            f"the Inference Gateway supports {EXTERNAL_CLASS} and {INTERNAL_CLASS}, not "
            f"{settings.gateway.class_name}: the Gateway would never be programmed",
            EXTERNAL_CLASS,
        )
    network = settings.network
    unnamed = network.address is None and network.subnetwork is None
    reserves = settings.gateway.is_internal and settings.gateway.existing is None
    named_by_us = network.vpc is not None or network_name(settings) == "default"
    if reserves and unnamed and not named_by_us:
        yield NO_SUBNETWORK.to_set(
            "network.subnetwork",
            f"not set, so the address would be reserved in subnet {network.name}, which network "
            f"{network.name} has only in auto mode",
            "SUBNET",
        )


def _policies(settings: Settings) -> Iterator[Finding]:
    if not settings.security.network_policy:
        return
    if not settings.gateway.is_gke:
        yield NETWORK_POLICY_IGNORED.to_set(
            _PATH,
            "no policy is created: it is unknown where requests of class "
            f"{settings.gateway.class_name} come from",
            "false",
        )
        return
    cluster, subnet = settings.cluster, settings.network.proxy_only_subnet
    if cluster.mode is ClusterMode.STANDARD and not cluster.dataplane_v2:
        yield NETWORK_POLICY_NOT_ENFORCED.finding(
            _PATH,
            "without Dataplane V2, a Standard cluster enforces no policy: every Pod can still "
            "reach the servers",
            set_command("cluster.dataplaneV2", "true"),
        )
    elif not cluster.is_created and not cluster.autopilot:
        yield NETWORK_POLICY_NOT_ENFORCED.finding(
            _PATH,
            "it is unknown whether the existing cluster enforces policies: if not, every Pod can "
            "still reach the servers",
            "accept this finding if the cluster has Dataplane V2",
        )
    if not settings.makes_proxy_subnet and "cidr" not in subnet.model_fields_set:
        yield NETWORK_POLICY_NO_PROXY_RANGE.to_set(
            "network.proxyOnlySubnet.cidr",
            f"not set for the existing subnet, so policies admit {subnet.cidr}: if it has another "
            "range, no request reaches a server",
            "RANGE",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the proxy-only subnet and the reach of the endpoint."""
    if settings.gateway.is_gke:
        yield from _gateway_class(settings)
        yield from _subnet(settings)
    if settings.is_public and not settings.gateway.is_https:
        # Inside the VPC, no source says that a Cloud Armor policy applies.
        moves = settings.gateway.cloud_armor is None and settings.gateway.existing is None
        yield PUBLIC_HTTP.finding(
            "gateway.className",
            "the endpoint is on the internet over HTTP: prompts and answers travel unencrypted"
            if restricts_sources(settings.gateway)
            else "the endpoint is on the internet over HTTP, without authentication: anyone who "
            "finds it can use the GPUs",
            set_command("gateway.className", INTERNAL_CLASS)
            if moves
            else with_tls(settings.gateway),
        )
    yield from _policies(settings)
