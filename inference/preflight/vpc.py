"""Ranges of a VPC network of the stack's own, and what a Shared VPC leaves to others."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import combinations
from typing import Final

from inference.catalog.facts import GATEWAY_FIREWALL, PRIVATE_NODES, SUBNET_RANGES
from inference.catalog.google_rules import PROHIBITED_RANGES, UNUSABLE
from inference.catalog.ingress import HEALTH_CHECK_RANGES
from inference.catalog.limits import (
    GKE_CLUSTERS,
    LONGEST_SERVICE_PREFIX,
    POD_ADDRESSES,
    RESERVED_ADDRESSES,
    SERVICE_RANGES,
)
from inference.config import Finding, Settings, Severity
from inference.config.finding import remove_command, set_command
from inference.config.network import Vpc
from inference.derive.addresses import most_nodes, nodes_at_start, pod_addresses
from inference.derive.artifacts import ARTIFACT_REGISTRY, ArtifactKind, UsedArtifact, used_artifacts
from inference.derive.names import network_name
from inference.derive.weights import reads_hugging_face
from inference.preflight.registry import error, refusal, warning

NETWORK_OVERLAP: Final = error(
    id="network.overlap",
    cause="Two ranges in the VPC network overlap.",
    consequence="Google rejects the second subnet, after the network has been created.",
    fix="Choose ranges that do not overlap.",
    source=SUBNET_RANGES,
)
NETWORK_FEW_POD_ADDRESSES: Final = error(
    id="network.few-pod-addresses",
    cause="The Pod range holds fewer nodes than the node pools start with; a warning if fewer than "
    "they may have.",
    consequence="GKE adds no nodes once it is used up, and Pods stay Pending.",
    fix="Give Pods a larger range, or lower `maxPods`.",
    source=POD_ADDRESSES,
)
NETWORK_FEW_NODE_ADDRESSES: Final = error(
    id="network.few-node-addresses",
    cause="The node range has fewer addresses than the node pools start with nodes; a warning if "
    "fewer than they may have.",
    consequence="GKE adds no nodes once it is used up, and Pods stay Pending.",
    fix="Give nodes a larger range; it can be expanded in place.",
    source=POD_ADDRESSES,
)
NETWORK_NO_NAT: Final = warning(
    id="network.no-nat",
    cause="Nodes are private, and nothing in this stack gives them access to the internet.",
    consequence="Without a NAT in the network, images outside Artifact Registry and models from "
    "Hugging Face cannot be downloaded: Pods stay in ImagePullBackOff.",
    fix="Let the stack create a NAT, or accept the finding if there is one.",
    source=PRIVATE_NODES,
)
NETWORK_SHARED_VPC_FIREWALL: Final = warning(
    id="network.shared-vpc-firewall",
    cause="The network belongs to a host project, where GKE cannot create firewall rules unless "
    "permitted.",
    consequence="Health checks and proxies cannot reach Pods: the load balancer finds no healthy "
    "server and answers 503.",
    fix="Create the rule in the host project, or accept the finding if it exists.",
    source=GATEWAY_FIREWALL,
)
NETWORK_RANGES_INCOMPLETE: Final = refusal(
    id="network.ranges-incomplete",
    cause="Only one of the secondary ranges for Pods and Services is set, or a host project is "
    "set without its subnet and ranges.",
    consequence="GKE creates no ranges in a Shared VPC, and uses both ranges of a subnet or "
    "neither.",
    fix="Set `subnetwork`, `podRange` and `serviceRange`.",
    source=GKE_CLUSTERS,
)

GOOGLE_PROHIBITED_RANGE: Final = error(
    id="google.prohibited-range",
    cause="A subnet's range is one that Google reserves, or that cannot belong to a network.",
    consequence="Google rejects the subnet after the network has been created.",
    fix="Choose a private range, such as one within 10.0.0.0/8.",
    source=PROHIBITED_RANGES,
)
GOOGLE_FEW_SERVICE_ADDRESSES: Final = error(
    id="google.few-service-addresses",
    cause="The Service range is smaller than GKE allows.",
    consequence="GKE rejects the cluster after the network has been created.",
    fix="Give Services a /28 or larger; GKE's default is a /20.",
    source=SERVICE_RANGES,
)


def _existing(settings: Settings) -> Iterator[Finding]:
    network = settings.network
    if (network.pod_range is None) != (network.service_range is None):
        missing = "podRange" if network.pod_range is None else "serviceRange"
        yield NETWORK_RANGES_INCOMPLETE.to_set(
            f"network.{missing}",
            "`podRange` and `serviceRange` go together: set both or neither",
            "RANGE",
        )
    if network.host_project is not None and None in (network.subnetwork, network.pod_range):
        missing = "subnetwork" if network.subnetwork is None else "podRange"
        yield NETWORK_RANGES_INCOMPLETE.to_set(
            f"network.{missing}",
            "`hostProject` needs `subnetwork`, `podRange` and `serviceRange`: GKE creates nothing "
            "in a Shared VPC",
            "NAME",
        )


def _ranges(settings: Settings) -> dict[str, IPv4Network]:
    """Ranges of the subnets that the stack makes, by key."""
    vpc, proxies = settings.network.vpc, settings.network.proxy_only_subnet
    ranges = {f"network.vpc.{key}": cidr for key, cidr in vpc.ranges.items()} if vpc else {}
    if settings.makes_proxy_subnet:
        ranges["network.proxyOnlySubnet.cidr"] = IPv4Network(proxies.cidr)
    return ranges


def _refused(ranges: Mapping[str, IPv4Network]) -> Iterator[Finding]:
    for path, cidr in ranges.items():
        kept = next((one for one in UNUSABLE if one.overlaps(cidr)), None)
        if kept is not None:
            yield GOOGLE_PROHIBITED_RANGE.finding(
                path,
                f"{cidr} overlaps {kept}, where Google allows no subnet",
                remove_command(path) + ", so that its default applies",
            )
        elif path == "network.vpc.services" and cidr.prefixlen > LONGEST_SERVICE_PREFIX:
            yield GOOGLE_FEW_SERVICE_ADDRESSES.finding(
                path,
                f"{cidr} has {cidr.num_addresses} addresses, but GKE accepts no Service range "
                f"smaller than a /{LONGEST_SERVICE_PREFIX}",
                remove_command(path) + ", so that its default applies",
            )


def _overlaps(ranges: Mapping[str, IPv4Network]) -> Iterator[Finding]:
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        if one.overlaps(other):
            yield NETWORK_OVERLAP.finding(
                second,
                f"{other} overlaps {one} of {first}: Google would reject the subnet",
                set_command(second, "RANGE") + f", outside {one}",
            )


def _sizes(settings: Settings, vpc: Vpc) -> Iterator[Finding]:
    nodes, pods = most_nodes(settings), pod_addresses(settings)
    least_nodes, least_pods = nodes_at_start(settings), pod_addresses(settings, at_start=True)
    have = vpc.ranges["pods"].num_addresses
    if pods > have:
        path = "network.vpc.pods"
        yield NETWORK_FEW_POD_ADDRESSES.finding(
            path,
            f"{vpc.pods} has {have} addresses, but {nodes} nodes need {pods} for their Pods: GKE "
            "would add no more nodes",
            set_command(path, "RANGE") + " with a larger range, or lower the pools' maxPods",
            None if least_pods > have else Severity.WARNING,
        )
    have = vpc.ranges["nodes"].num_addresses - RESERVED_ADDRESSES
    if nodes > have:
        path = "network.vpc.nodes"
        yield NETWORK_FEW_NODE_ADDRESSES.finding(
            path,
            f"{vpc.nodes} has {have} usable addresses, but there may be {nodes} nodes",
            set_command(path, "RANGE") + " with a larger range",
            None if least_nodes > have else Severity.WARNING,
        )


def _is_outside(used: UsedArtifact) -> bool:
    """Whether Helm aside, which runs elsewhere, nodes pull it from the internet."""
    host = used.reference.partition("/")[0]
    return used.kind is ArtifactKind.IMAGE and not host.endswith(ARTIFACT_REGISTRY)


def _nat(settings: Settings) -> Iterator[Finding]:
    vpc = settings.network.vpc
    if not settings.cluster.private_nodes or (vpc is not None and vpc.nat):
        return
    # Google's own services are reached without: Artifact Registry, and buckets.
    outside = [
        *(["images"] if any(map(_is_outside, used_artifacts(settings))) else []),
        *(["models"] if any(map(reads_hugging_face, settings.models)) else []),
    ]
    if not outside:
        return
    if vpc is not None:
        message = "false, so private nodes in the network cannot reach the internet: "
        path, fix = "network.vpc.nat", set_command("network.vpc.nat", "true")
    else:
        message = f"network {network_name(settings)} is not this stack's, and may have no NAT: "
        path, fix = "network.name", "accept this finding if the network has a NAT"
    yield NETWORK_NO_NAT.finding(
        path, f"{message}{' and '.join(outside)} could not be downloaded", fix
    )


def _shared(settings: Settings) -> Iterator[Finding]:
    host = settings.network.host_project
    if host is None or not settings.gateway.is_gke:
        return
    ports = ",".join(f"tcp:{port}" for port in sorted({model.port for model in settings.models}))
    sources = ",".join((*HEALTH_CHECK_RANGES, settings.network.proxy_only_subnet.cidr))
    yield NETWORK_SHARED_VPC_FIREWALL.finding(
        "network.hostProject",
        f"GKE may not be allowed to make firewall rules in {host}: health checks and proxies would "
        "not reach Pods",
        f"gcloud compute firewall-rules create {settings.cluster.name}-gateway --project {host} "
        f"--network {network_name(settings)} --allow {ports} --source-ranges {sources}, and accept "
        "this finding",
    )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about ranges, NAT and firewall."""
    yield from _existing(settings)
    ranges = _ranges(settings)
    if settings.cluster.is_created or settings.gateway.is_gke:
        yield from _refused(ranges)
    if settings.network.vpc is not None:
        yield from _overlaps(ranges)
        yield from _sizes(settings, settings.network.vpc)
    yield from _nat(settings)
    yield from _shared(settings)
