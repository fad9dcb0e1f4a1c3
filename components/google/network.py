"""The VPC network, and what a regional Gateway needs of it: a proxy-only subnet and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.child_options import child_after
from components.google.vpc import Vpc, VpcArgs
from components.type_tokens import token


@final
@dataclass(frozen=True, kw_only=True)
class ExistingNetwork:
    """A VPC network that is there already."""

    network: pulumi.Input[str] = "default"
    """Its name, or `projects/HOST/global/networks/NAME` of a Shared VPC."""
    subnetwork: pulumi.Input[str] | None = None
    """Subnet of nodes and internal addresses; None for the one of the network's own name."""


@final
@dataclass(frozen=True, kw_only=True)
class ProxyOnlySubnetArgs:
    """The subnet of regional load balancers' proxies, one active in each network and region."""

    name: str
    """Name of the subnet."""
    cidr: str
    """Its range, /26 or larger; Google recommends /23."""
    project: str | None = None
    """Host project of a Shared VPC; the provider's project when None."""


@final
@dataclass(frozen=True, kw_only=True)
class ReservedAddress:
    """An address that is there already."""

    id: str
    """`projects/PROJECT/regions/REGION/addresses/NAME`."""


@final
@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Which network, and what to make in it."""

    region: str
    """Region of subnets and addresses, such as `us-central1`."""
    network: VpcArgs | ExistingNetwork = ExistingNetwork()
    """The network to make, or the existing one; the project's default network when unset."""
    proxy_only_subnet: ProxyOnlySubnetArgs | None = None
    """None where the network has one, or no regional Gateway is to be in it."""
    external_address: str | ReservedAddress | None = None
    """Name of the address to reserve for an external Gateway, or the one that is reserved."""
    internal_address: str | ReservedAddress | None = None
    """The same for an internal Gateway."""
    internal_aliases: Sequence[pulumi.Alias] = ()
    """What the internal address was called in an earlier program."""
    protect: bool | None = None
    """Whether Pulumi refuses to delete the addresses that are reserved here."""
    project: pulumi.Resource | None = None
    """Enables the Compute Engine API; None where it is enabled."""


@final
class Network(pulumi.ComponentResource):
    """A VPC network, made or existing; for GKE's Gateways its proxy-only subnet and addresses."""

    network: pulumi.Input[str]
    """The VPC network, as Google's APIs take it."""
    subnetwork: pulumi.Input[str] | None
    """The nodes' subnet; None for the one of an existing network's own name."""
    nat: gcp.compute.RouterNat | None
    """By which nodes reach the internet; None where the network is not made, or has none."""
    external_address: gcp.compute.Address | None
    internal_address: gcp.compute.Address | None
    proxy_only_subnet: gcp.compute.Subnetwork | None
    """None where none is made."""

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Network"), name, None, opts)
        self._after_apis = child_after(self, args.project)
        if isinstance(args.network, VpcArgs):
            vpc = Vpc(f"{name}-vpc", args.network, pulumi.ResourceOptions(parent=self))
            self.network, self.subnetwork = vpc.network.name, vpc.subnetwork.name
            self.nat = vpc.nat
        else:
            self.network, self.subnetwork = args.network.network, args.network.subnetwork
            self.nat = None
        self.proxy_only_subnet = self._proxies(name, args)
        self.external_address = self._external_address(name, args)
        self.internal_address = self._internal_address(name, args)
        self.register_outputs({"addressName": self.address_name, "address": self.address})

    @property
    def address_name(self) -> pulumi.Output[str] | None:
        """Name of the external address, else of the internal one; None without either."""
        found = self.external_address or self.internal_address
        return found.name if found else None

    @property
    def address(self) -> pulumi.Output[str] | None:
        """The same address as an IP address."""
        found = self.external_address or self.internal_address
        return found.address if found else None

    def _proxies(self, name: str, args: NetworkArgs) -> gcp.compute.Subnetwork | None:
        proxies = args.proxy_only_subnet
        if proxies is None:
            return None
        return gcp.compute.Subnetwork(
            f"{name}-proxy-only",
            name=proxies.name,
            project=proxies.project,
            network=self.network,
            region=args.region,
            ip_cidr_range=proxies.cidr,
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
            opts=self._after_apis,
        )

    def _external_address(self, name: str, args: NetworkArgs) -> gcp.compute.Address | None:
        wanted = args.external_address
        if not isinstance(wanted, str):
            return self._reserved(f"{name}-external-address", wanted)
        return gcp.compute.Address(
            f"{name}-external-address",
            name=wanted,
            region=args.region,
            address_type="EXTERNAL",
            # Forwarding rules of the regional external class are of this tier.
            network_tier="STANDARD",
            opts=self._kept(args, [pulumi.Alias(name=f"{name}-address")]),
        )

    def _internal_address(self, name: str, args: NetworkArgs) -> gcp.compute.Address | None:
        wanted = args.internal_address
        if not isinstance(wanted, str):
            return self._reserved(f"{name}-internal-address", wanted)
        # An earlier version had one name for both addresses, of which a program made one.
        alone = [] if args.external_address else [pulumi.Alias(name=f"{name}-address")]
        return gcp.compute.Address(
            f"{name}-internal-address",
            name=wanted,
            region=args.region,
            address_type="INTERNAL",
            purpose="SHARED_LOADBALANCER_VIP",
            subnetwork=self.subnetwork or self.network,
            opts=self._kept(args, [*args.internal_aliases, *alone]),
        )

    def _reserved(self, name: str, address: ReservedAddress | None) -> gcp.compute.Address | None:
        if address is None:
            return None
        return gcp.compute.Address.get(name, address.id, opts=pulumi.ResourceOptions(parent=self))

    def _kept(self, args: NetworkArgs, aliases: Sequence[pulumi.Alias]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(
            self._after_apis,
            pulumi.ResourceOptions(
                protect=args.protect,
                aliases=list(aliases),
                # Google refuses to delete an address that a Gateway uses, and the provider would
                # delete the old one before the Gateway has moved to the new one.
                delete_before_replace=False,
            ),
        )
