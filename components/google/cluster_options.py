"""Arguments of the cluster for production. What a stack does not ask for is left to GKE."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from inference.catalog.secret_manager import ROTATION_INTERVAL
from inference.config.cluster import ClusterSettings, Endpoint
from inference.config.maintenance import ExclusionScope, Maintenance
from inference.config.settings import Settings
from inference.derive.names import POD_RANGE, SERVICE_RANGE

_SCOPES: Final[Mapping[ExclusionScope, str]] = {
    ExclusionScope.NO_UPGRADES: "NO_UPGRADES",
    ExclusionScope.NO_MINOR_UPGRADES: "NO_MINOR_UPGRADES",
    ExclusionScope.NO_MINOR_OR_NODE_UPGRADES: "NO_MINOR_OR_NODE_UPGRADES",
}


def cluster_options(settings: Settings, topic: pulumi.Input[str] | None) -> dict[str, Any]:
    """Arguments of Standard and Autopilot alike; `topic` is where upgrades are told."""
    cluster = settings.cluster
    options: dict[str, Any] = {
        "ip_allocation_policy": _ranges(settings),
        **_control_plane(cluster),
    }
    if cluster.private_nodes:
        options["private_cluster_config"] = gcp.container.ClusterPrivateClusterConfigArgs(
            enable_private_nodes=True
        )
    if cluster.maintenance.window or cluster.maintenance.exclusions:
        options["maintenance_policy"] = _maintenance(cluster.maintenance)
    if cluster.notifications is not None:
        options["notification_config"] = gcp.container.ClusterNotificationConfigArgs(
            pubsub=gcp.container.ClusterNotificationConfigPubsubArgs(
                enabled=True,
                topic=topic,
                filter=gcp.container.ClusterNotificationConfigPubsubFilterArgs(
                    event_types=[event.value for event in cluster.notifications.events]
                ),
            )
        )
    if settings.hugging_face_secret_manager is not None:
        options["secret_manager_config"] = gcp.container.ClusterSecretManagerConfigArgs(
            enabled=True,
            # So that a new version reaches servers that run.
            rotation_config=gcp.container.ClusterSecretManagerConfigRotationConfigArgs(
                enabled=True, rotation_interval=ROTATION_INTERVAL
            ),
        )
    if settings.security.posture is not None:
        options["security_posture_config"] = gcp.container.ClusterSecurityPostureConfigArgs(
            mode=settings.security.posture.upper()
        )
    if cluster.cost_allocation:
        options["cost_management_config"] = gcp.container.ClusterCostManagementConfigArgs(
            enabled=True
        )
    return options


def standard_options(settings: Settings) -> dict[str, Any]:
    """Arguments of Standard that Autopilot has for good."""
    if not settings.cluster.dataplane_v2:
        return {}
    return {"datapath_provider": "ADVANCED_DATAPATH"}


def node_options(settings: Settings) -> dict[str, Any]:
    """Arguments of the nodes that a Standard cluster starts with."""
    options: dict[str, Any] = {}
    if settings.security.secure_boot:
        shielded = gcp.container.ClusterNodeConfigShieldedInstanceConfigArgs(
            enable_secure_boot=True, enable_integrity_monitoring=True
        )
        options["shielded_instance_config"] = shielded
    if settings.cluster.image_streaming:
        options["gcfs_config"] = gcp.container.ClusterNodeConfigGcfsConfigArgs(enabled=True)
    return options


def _ranges(settings: Settings) -> gcp.container.ClusterIpAllocationPolicyArgs:
    """The load balancer sends to Pods, so the cluster must be VPC-native."""
    network = settings.network
    if network.vpc is not None:
        pods, services = POD_RANGE, SERVICE_RANGE
    else:
        pods, services = network.pod_range, network.service_range
    return gcp.container.ClusterIpAllocationPolicyArgs(
        cluster_secondary_range_name=pods, services_secondary_range_name=services
    )


def _control_plane(cluster: ClusterSettings) -> dict[str, Any]:
    if cluster.endpoint is Endpoint.DNS:
        return {
            "control_plane_endpoints_config": gcp.container.ClusterControlPlaneEndpointsConfigArgs(
                dns_endpoint_config=gcp.container.ClusterControlPlaneEndpointsConfigDnsEndpointConfigArgs(
                    # From outside the VPC too: IAM decides who may connect.
                    allow_external_traffic=True
                ),
                ip_endpoints_config=gcp.container.ClusterControlPlaneEndpointsConfigIpEndpointsConfigArgs(
                    enabled=False
                ),
            )
        }
    if not cluster.authorized_networks:
        return {}
    authorized = gcp.container.ClusterMasterAuthorizedNetworksConfigArgs(
        cidr_blocks=[
            gcp.container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(
                display_name=network.name, cidr_block=network.cidr
            )
            for network in cluster.authorized_networks
        ]
    )
    return {"master_authorized_networks_config": authorized}


def _maintenance(maintenance: Maintenance) -> gcp.container.ClusterMaintenancePolicyArgs:
    window = maintenance.window
    return gcp.container.ClusterMaintenancePolicyArgs(
        recurring_window=gcp.container.ClusterMaintenancePolicyRecurringWindowArgs(
            start_time=window.start_time, end_time=window.end_time, recurrence=window.recurrence
        )
        if window
        else None,
        maintenance_exclusions=[
            gcp.container.ClusterMaintenancePolicyMaintenanceExclusionArgs(
                exclusion_name=exclusion.name,
                start_time=exclusion.start,
                end_time=exclusion.end,
                exclusion_options=gcp.container.ClusterMaintenancePolicyMaintenanceExclusionExclusionOptionsArgs(
                    scope=_SCOPES[exclusion.scope]
                ),
            )
            for exclusion in maintenance.exclusions
        ]
        or None,
    )
