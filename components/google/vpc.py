"""A VPC network of the stack's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token
from inference.config.network import Vpc as VpcSettings
from inference.config.settings import Settings
from inference.derive.names import POD_RANGE, SERVICE_RANGE, cloud_nat, cloud_router, nodes_subnet

DELETE_TIMEOUT: Final = "20m"
"""GKE frees a load balancer's endpoint groups some minutes after its Gateway is gone."""


@final
@dataclass(frozen=True, kw_only=True)
class VpcArgs:
    """Ranges of the network, and what it is named after."""

    settings: Settings
    vpc: VpcSettings
    project: pulumi.Resource
    """Enables the Compute Engine API."""


@final
class Vpc(pulumi.ComponentResource):
    """A VPC-native network: one subnet with ranges for Pods and Services, and a way out by NAT.

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
        settings = args.settings
        freed_late = pulumi.CustomTimeouts(delete=DELETE_TIMEOUT)
        self.network = gcp.compute.Network(
            f"{name}-network",
            name=settings.network_name,
            auto_create_subnetworks=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the API must be enabled first.
                depends_on=[args.project],
                custom_timeouts=freed_late,
                protect=settings.security.protect,
            ),
        )
        self.subnetwork = gcp.compute.Subnetwork(
            f"{name}-nodes",
            name=nodes_subnet(settings),
            network=self.network.name,
            region=settings.gcp.region,
            ip_cidr_range=args.vpc.nodes,
            secondary_ip_ranges=[
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=label, ip_cidr_range=cidr)
                for label, cidr in (
                    (POD_RANGE, args.vpc.pods),
                    (SERVICE_RANGE, args.vpc.services),
                )
            ],
            # Images and logs of private nodes go to Google's APIs without NAT.
            private_ip_google_access=True,
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=freed_late,
                protect=settings.security.protect,
            ),
        )
        self.nat = self._nat(name, settings) if args.vpc.nat else None
        self.register_outputs({"network": self.network.name, "subnetwork": self.subnetwork.name})

    def _nat(self, name: str, settings: Settings) -> gcp.compute.RouterNat:
        child = pulumi.ResourceOptions(parent=self)
        router = gcp.compute.Router(
            f"{name}-router",
            name=cloud_router(settings.cluster.name),
            network=self.network.name,
            region=settings.gcp.region,
            opts=child,
        )
        return gcp.compute.RouterNat(
            f"{name}-nat",
            name=cloud_nat(settings.cluster.name),
            router=router.name,
            region=settings.gcp.region,
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
