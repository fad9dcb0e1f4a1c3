"""What a regional Gateway needs of the network: a proxy-only subnet and an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.tokens import token
from config import Settings
from derive.names import proxy_only_subnet


@final
@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What to make in which network."""

    settings: Settings
    project: pulumi.Resource
    """Enables the Compute Engine API."""


@final
class Network(pulumi.ComponentResource):
    """The proxy-only subnet and the reserved address, or existing ones. The VPC is not made."""

    address_name: pulumi.Output[str]
    """Name of the regional address."""
    address: pulumi.Output[str]
    """The IP address."""
    proxy_only_subnet: gcp.compute.Subnetwork | None
    """None where the network has one already."""

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Network"), name, None, opts)
        settings = args.settings
        # No value shows that the API must be enabled first.
        after_apis = pulumi.ResourceOptions(parent=self, depends_on=[args.project])
        self.proxy_only_subnet = (
            gcp.compute.Subnetwork(
                f"{name}-proxy-only",
                name=proxy_only_subnet(settings),
                network=settings.network.name,
                region=settings.gcp.region,
                ip_cidr_range=settings.network.proxy_only_subnet.cidr,
                purpose="REGIONAL_MANAGED_PROXY",
                role="ACTIVE",
                opts=after_apis,
            )
            if settings.network.proxy_only_subnet.create
            else None
        )
        address = self._address(name, settings, after_apis)
        self.address_name = address.name
        self.address = address.address
        self.register_outputs({"addressName": self.address_name, "address": self.address})

    def _address(
        self, name: str, settings: Settings, opts: pulumi.ResourceOptions
    ) -> gcp.compute.Address:
        network, region = settings.network, settings.gcp.region
        if network.address is not None:
            return gcp.compute.Address.get(
                f"{name}-address",
                f"projects/{settings.gcp.project}/regions/{region}/addresses/{network.address}",
                opts=pulumi.ResourceOptions(parent=self),
            )
        if settings.gateway.is_internal:
            # Its own name, so that a change of class can reserve it before the other is freed.
            return gcp.compute.Address(
                f"{name}-address",
                name=f"{settings.cluster.name}-gateway-internal",
                region=region,
                address_type="INTERNAL",
                purpose="SHARED_LOADBALANCER_VIP",
                subnetwork=network.subnetwork or network.name,
                opts=opts,
            )
        return gcp.compute.Address(
            f"{name}-address",
            name=f"{settings.cluster.name}-gateway",
            region=region,
            address_type="EXTERNAL",
            # Forwarding rules of the regional external class are of this tier.
            network_tier="STANDARD",
            opts=opts,
        )
