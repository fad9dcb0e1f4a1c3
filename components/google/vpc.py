"""A VPC network of the stack's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token
from inference.derive.names import POD_RANGE, SERVICE_RANGE


@final
@dataclass(frozen=True, kw_only=True)
class NatArgs:
    """Cloud NAT, by which nodes without external addresses reach the internet."""

    router: str
    """Name of the Cloud Router."""
    name: str
    """Name of the NAT gateway."""


@final
@dataclass(frozen=True, kw_only=True)
class VpcArgs:
    """Names and ranges of the network."""

    name: str
    """Name of the network."""
    subnetwork: str
    """Name of its subnet."""
    region: str
    """Region of the subnet, such as `us-central1`."""
    nodes: str
    """Range of the subnet in CIDR notation, /29 or larger: nodes and internal addresses."""
    pods: str
    """Secondary range `pods`; a node takes 256 addresses of it unless its pool says otherwise."""
    services: str
    """Secondary range `services`."""
    nat: NatArgs | None = None
    """Cloud Router and NAT; None where nodes have external addresses or another NAT."""
    protect: bool | None = None
    """Whether Pulumi refuses to delete network and subnet."""
    project: pulumi.Resource | None = None
    """Enables the Compute Engine API; None where it is enabled."""


@final
class Vpc(pulumi.ComponentResource):
    """A VPC-native network: one subnet with ranges for Pods and Services, and NAT where asked for.

    It has no firewall rules. GKE makes those between nodes, Pods and control plane with the
    cluster, and its Gateway controller the one that lets health checks and proxies reach Pods.
    """

    network: gcp.compute.Network
    subnetwork: gcp.compute.Subnetwork
    nat: gcp.compute.RouterNat | None
    """None where nodes do not reach the internet by it."""

    def __init__(
        self, name: str, args: VpcArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Vpc"), name, None, opts)
        self.network = gcp.compute.Network(
            f"{name}-network",
            name=args.name,
            auto_create_subnetworks=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the API must be enabled first.
                depends_on=[args.project] if args.project else None,
                protect=args.protect,
            ),
        )
        self.subnetwork = gcp.compute.Subnetwork(
            f"{name}-nodes",
            name=args.subnetwork,
            network=self.network.name,
            region=args.region,
            ip_cidr_range=args.nodes,
            secondary_ip_ranges=[
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=label, ip_cidr_range=cidr)
                for label, cidr in ((POD_RANGE, args.pods), (SERVICE_RANGE, args.services))
            ],
            # Images and logs of private nodes go to Google's APIs without NAT.
            private_ip_google_access=True,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.nat = self._nat(name, args.region, args.nat) if args.nat else None
        self.register_outputs({"network": self.network.name, "subnetwork": self.subnetwork.name})

    def _nat(self, name: str, region: str, args: NatArgs) -> gcp.compute.RouterNat:
        child = pulumi.ResourceOptions(parent=self)
        router = gcp.compute.Router(
            f"{name}-router",
            name=args.router,
            network=self.network.name,
            region=region,
            opts=child,
        )
        return gcp.compute.RouterNat(
            f"{name}-nat",
            name=args.name,
            router=router.name,
            region=region,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                gcp.compute.RouterNatSubnetworkArgs(
                    name=self.subnetwork.id, source_ip_ranges_to_nats=["ALL_IP_RANGES"]
                )
            ],
            log_config=gcp.compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=child,
        )
