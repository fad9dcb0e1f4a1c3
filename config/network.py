"""`network`: where the load balancer's proxies and address live."""

from ipaddress import IPv4Network
from typing import Annotated, final

from pydantic import AfterValidator

from config.section import ResourceName, Section

_MAX_PREFIX = 26


def _proxy_range(cidr: str) -> str:
    """An IPv4 range of /26 or larger; /23 is recommended."""
    try:
        network = IPv4Network(cidr)
    except ValueError as error:
        message = f"not an IPv4 range: {error}"
        raise ValueError(message) from None
    if network.prefixlen > _MAX_PREFIX:
        message = (
            f"/{network.prefixlen} is too small for a proxy-only subnet: Google needs /26 or "
            "larger and recommends /23"
        )
        raise ValueError(message)
    if str(network) != cidr:
        message = f"must be written as {network}"
        raise ValueError(message)
    return cidr


@final
class ProxyOnlySubnet(Section):
    """The subnet of the load balancer's proxies, one active in each VPC and region."""

    create: bool = True
    """Whether to make it; false where the VPC and region have one."""
    cidr: Annotated[str, AfterValidator(_proxy_range)] = "192.168.254.0/23"
    """Its range. An auto-mode VPC keeps 10.128.0.0/9 for itself, so it must lie elsewhere."""


@final
class NetworkSettings(Section):
    """An existing VPC network and what the Gateway needs in it."""

    name: str = "default"
    """Name of the VPC network."""
    subnetwork: str | None = None
    """Name of the subnet for nodes and internal addresses; the network's own when unset."""
    proxy_only_subnet: ProxyOnlySubnet = ProxyOnlySubnet()
    """Subnet of the load balancer's proxies."""
    address: ResourceName | None = None
    """Name of a reserved regional address to use; one is reserved when unset."""
