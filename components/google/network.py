"""The VPC network, and what a regional Gateway needs of it: a proxy-only subnet and an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.google.vpc import DELETE_TIMEOUT, Vpc, VpcArgs
from components.type_tokens import token
from inference.config import Settings
from inference.derive.names import (
    gateway_address,
    internal_address,
    network_path,
    proxy_only_subnet,
    subnetwork_path,
)


@final
@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What to make in which network."""

    settings: Settings
    project: pulumi.Resource
    """Enables the Compute Engine API."""


@final
class Network(pulumi.ComponentResource):
    """A VPC network, made or existing; for GKE's Gateways its proxy-only subnet and address."""

    network: pulumi.Input[str]
    """The VPC network, as Google's APIs take it."""
    subnetwork: pulumi.Input[str] | None
    """The nodes' subnet; None for the one of an existing network's own name."""
    way_out: gcp.compute.RouterNat | None
    """By which nodes reach the internet; None where the network is not made, or has none."""
    address_name: pulumi.Output[str] | None
    """Name of the regional address; None where the Gateway is not GKE's."""
    address: pulumi.Output[str] | None
    """The IP address."""
    proxy_only_subnet: gcp.compute.Subnetwork | None
    """None where the network has one already, or no Gateway needs one."""

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Network"), name, None, opts)
        settings = args.settings
        # No value shows that the API must be enabled first.
        after_apis = pulumi.ResourceOptions(parent=self, depends_on=[args.project])
        self._vpc(name, args)
        self.proxy_only_subnet = self.address_name = self.address = None
        if settings.gateway.is_gke:
            if settings.network.proxy_only_subnet.create:
                self.proxy_only_subnet = self._proxies(name, settings, after_apis)
            address = self._address(name, settings, after_apis)
            self.address_name = address.name
            self.address = address.address
        self.register_outputs({"addressName": self.address_name, "address": self.address})

    def _vpc(self, name: str, args: NetworkArgs) -> None:
        settings = args.settings
        if settings.network.vpc is None:
            self.network, self.subnetwork = network_path(settings), subnetwork_path(settings)
            self.way_out = None
            return
        vpc = Vpc(
            f"{name}-vpc",
            VpcArgs(settings=settings, vpc=settings.network.vpc, project=args.project),
            pulumi.ResourceOptions(parent=self),
        )
        self.network, self.subnetwork = vpc.network.name, vpc.subnetwork.name
        self.way_out = vpc.nat

    def _proxies(
        self, name: str, settings: Settings, opts: pulumi.ResourceOptions
    ) -> gcp.compute.Subnetwork:
        made = settings.network.vpc is not None
        return gcp.compute.Subnetwork(
            f"{name}-proxy-only",
            name=proxy_only_subnet(settings),
            project=settings.network.host_project,
            network=self.network,
            region=settings.gcp.region,
            ip_cidr_range=settings.network.proxy_only_subnet.cidr,
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
            opts=pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    custom_timeouts=pulumi.CustomTimeouts(delete=DELETE_TIMEOUT) if made else None
                ),
            ),
        )

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
        kept = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(protect=settings.security.protect)
        )
        if settings.gateway.is_internal:
            # Its own name, so that a change of class can reserve it before the other is freed.
            return gcp.compute.Address(
                f"{name}-address",
                name=internal_address(settings.cluster.name),
                region=region,
                address_type="INTERNAL",
                purpose="SHARED_LOADBALANCER_VIP",
                subnetwork=self.subnetwork or self.network,
                opts=kept,
            )
        return gcp.compute.Address(
            f"{name}-address",
            name=gateway_address(settings.cluster.name),
            region=region,
            address_type="EXTERNAL",
            # Forwarding rules of the regional external class are of this tier.
            network_tier="STANDARD",
            opts=kept,
        )
