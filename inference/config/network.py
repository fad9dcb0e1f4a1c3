"""`network`: the VPC network, and where the load balancer's proxies and address live."""

from ipaddress import IPv4Network
from typing import Annotated, Self, final

from pydantic import AfterValidator, Field, model_validator

from inference.catalog.limits import PROXY_SUBNET_PREFIX, RECOMMENDED_PROXY_PREFIX, SUBNET_PREFIX
from inference.config.patterns import PROJECT_PATTERN
from inference.config.section import ResourceName, Section


def ipv4_range(cidr: str, *, longest: int = 32, needed: str = "") -> str:
    """An IPv4 range as Google writes it, without host bits.

    Raises:
        ValueError: for anything else, or a prefix beyond `longest`, which `needed` describes.
    """
    try:
        network = IPv4Network(cidr)
    except ValueError as error:
        raise ValueError(f"not an IPv4 range: {error}") from None
    if network.prefixlen > longest:
        raise ValueError(f"/{network.prefixlen} is too small for {needed}")
    if str(network) != cidr:
        raise ValueError(f"must be written as {network}")
    return cidr


def _proxy_range(cidr: str) -> str:
    """An IPv4 range of /26 or larger; /23 is recommended."""
    needed = (
        f"a proxy-only subnet: Google needs /{PROXY_SUBNET_PREFIX} or larger and recommends "
        f"/{RECOMMENDED_PROXY_PREFIX}"
    )
    return ipv4_range(cidr, longest=PROXY_SUBNET_PREFIX, needed=needed)


def _subnet_range(cidr: str) -> str:
    """An IPv4 range of /29 or larger."""
    return ipv4_range(
        cidr, longest=SUBNET_PREFIX, needed=f"a subnet: Google needs /{SUBNET_PREFIX} or larger"
    )


SubnetRange = Annotated[str, AfterValidator(_subnet_range)]
"""A range that a subnet may have."""


@final
class ProxyOnlySubnet(Section):
    """The subnet of the load balancer's proxies, one active in each VPC and region."""

    create: bool = True
    """Whether to create it; set false if the VPC has one in the region."""
    cidr: Annotated[str, AfterValidator(_proxy_range)] = "192.168.254.0/23"
    """Its range. An auto-mode VPC reserves 10.128.0.0/9, so it must be outside that."""


@final
class Vpc(Section):
    """A VPC network of the stack's own, with one subnet in its region."""

    nodes: SubnetRange = "10.0.0.0/20"
    """Range of the subnet, for nodes and addresses of internal Gateways."""
    pods: SubnetRange = "10.4.0.0/14"
    """Secondary range for Pods; each node takes 256 addresses, fewer with a lower `maxPods`."""
    services: SubnetRange = "10.8.0.0/20"
    """Secondary range for Services."""
    nat: bool = True
    """Whether nodes without external addresses reach the internet, through Cloud Router and NAT."""

    @property
    def ranges(self) -> dict[str, IPv4Network]:
        """Ranges by key."""
        named = {"nodes": self.nodes, "pods": self.pods, "services": self.services}
        return {key: IPv4Network(cidr) for key, cidr in named.items()}


@final
class NetworkSettings(Section):
    """A VPC network, made or existing, and what the Gateway needs in it."""

    name: str = "default"
    """Name of the VPC network; if the stack creates it, the cluster's name when unset."""
    subnetwork: str | None = None
    """Name of the subnet for nodes and internal addresses; the network's own when unset."""
    vpc: Vpc | None = None
    """Creates a VPC network with these ranges; `{}` uses the defaults. An existing one when
    unset."""
    host_project: Annotated[str, Field(pattern=PROJECT_PATTERN)] | None = None
    """Host project of a Shared VPC that contains the network and its subnets."""
    pod_range: ResourceName | None = None
    """Name of an existing subnet's secondary range for Pods; GKE creates one when unset."""
    service_range: ResourceName | None = None
    """Name of an existing subnet's secondary range for Services; GKE creates one when unset."""
    proxy_only_subnet: ProxyOnlySubnet = ProxyOnlySubnet()
    """Subnet for the load balancer's proxies."""
    address: ResourceName | None = None
    """Name of a reserved regional address to use; one is reserved when unset."""

    @model_validator(mode="after")
    def _made_or_existing(self) -> Self:
        existing = {
            "subnetwork": self.subnetwork,
            "hostProject": self.host_project,
            "podRange": self.pod_range,
            "serviceRange": self.service_range,
        }
        given = [f"`{key}`" for key, value in existing.items() if value is not None]
        if self.vpc is not None and given:
            raise ValueError(f"{', '.join(given)}: for an existing network, but `vpc` creates one")
        return self
