"""Arguments of the cluster's resource. What is not asked for is left to GKE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.google.cluster_args import NewCluster, StandardNodes
from inference.catalog.gcp import CLOUD_PLATFORM_SCOPE
from inference.catalog.secret_manager import ROTATION_INTERVAL
from inference.config.cluster import AuthorizedNetwork, ClusterEvent, Endpoint
from inference.config.maintenance import Maintenance


def cluster_options(
    args: NewCluster, email: pulumi.Input[str], topic: pulumi.Input[str] | None
) -> dict[str, Any]:
    """Arguments beside name and place. Nodes run as `email`; messages go to `topic`."""
    options = {
        # The load balancer sends to Pods, so the cluster must be VPC-native.
        "ip_allocation_policy": gcp.container.ClusterIpAllocationPolicyArgs(
            cluster_secondary_range_name=args.pod_range,
            services_secondary_range_name=args.service_range,
        ),
        **_control_plane(args.endpoint, args.authorized_networks),
        **_autopilot_or_standard(args, email),
    }
    if args.private_nodes:
        options["private_cluster_config"] = gcp.container.ClusterPrivateClusterConfigArgs(
            enable_private_nodes=True,
            # What the provider reads of a control plane without an address, whatever GKE answers:
            # left out, each update would find a difference.
            enable_private_endpoint=True if args.endpoint is Endpoint.DNS else None,
        )
    if args.maintenance is not None and (
        args.maintenance.window is not None or args.maintenance.exclusions
    ):
        options["maintenance_policy"] = _maintenance(args.maintenance)
    if args.events is not None:
        options["notification_config"] = _notifications(args.events, topic)
    if args.mounts_secrets:
        options["secret_manager_config"] = gcp.container.ClusterSecretManagerConfigArgs(
            enabled=True,
            # So that a new version reaches servers that run.
            rotation_config=gcp.container.ClusterSecretManagerConfigRotationConfigArgs(
                enabled=True, rotation_interval=ROTATION_INTERVAL
            ),
        )
    if args.posture is not None:
        options["security_posture_config"] = gcp.container.ClusterSecurityPostureConfigArgs(
            mode=args.posture.upper()
        )
    if args.fast_autoscaling:
        options["pod_autoscaling"] = gcp.container.ClusterPodAutoscalingArgs(
            hpa_profile="PERFORMANCE"
        )
    if args.cost_allocation:
        options["cost_management_config"] = gcp.container.ClusterCostManagementConfigArgs(
            enabled=True
        )
    return options


def _autopilot_or_standard(args: NewCluster, email: pulumi.Input[str]) -> dict[str, Any]:
    if args.standard is not None:
        return _standard(args, args.standard, email)
    # A node_config would be replaced at each up (pulumi-gcp #2247).
    defaults = gcp.container.ClusterClusterAutoscalingAutoProvisioningDefaultsArgs(
        service_account=email, oauth_scopes=[CLOUD_PLATFORM_SCOPE]
    )
    # Autopilot has Managed Prometheus and GPU metrics by itself, and no automatic monitoring.
    monitored = {"monitoring_config": _monitoring(args)} if args.automatic_monitoring else {}
    return {
        **monitored,
        "enable_autopilot": True,
        "cluster_autoscaling": gcp.container.ClusterClusterAutoscalingArgs(
            auto_provisioning_defaults=defaults
        ),
    }


def _standard(args: NewCluster, nodes: StandardNodes, email: pulumi.Input[str]) -> dict[str, Any]:
    """Standard's own arguments; `enable_autopilot` is left out as an explicit False conflicts."""
    return {
        **({"datapath_provider": "ADVANCED_DATAPATH"} if nodes.dataplane_v2 else {}),
        "initial_node_count": nodes.nodes_per_zone,
        "node_config": gcp.container.ClusterNodeConfigArgs(
            machine_type=nodes.machine_type,
            service_account=email,
            oauth_scopes=[CLOUD_PLATFORM_SCOPE],
            workload_metadata_config=gcp.container.ClusterNodeConfigWorkloadMetadataConfigArgs(
                mode="GKE_METADATA"
            ),
            shielded_instance_config=gcp.container.ClusterNodeConfigShieldedInstanceConfigArgs(
                enable_secure_boot=True, enable_integrity_monitoring=True
            )
            if nodes.secure_boot
            else None,
            gcfs_config=gcp.container.ClusterNodeConfigGcfsConfigArgs(enabled=True)
            if nodes.image_streaming
            else None,
        ),
        "workload_identity_config": gcp.container.ClusterWorkloadIdentityConfigArgs(
            workload_pool=f"{args.project_id}.svc.id.goog"
        ),
        "addons_config": gcp.container.ClusterAddonsConfigArgs(
            http_load_balancing=gcp.container.ClusterAddonsConfigHttpLoadBalancingArgs(
                disabled=False
            ),
            gcs_fuse_csi_driver_config=gcp.container.ClusterAddonsConfigGcsFuseCsiDriverConfigArgs(
                enabled=True
            )
            if nodes.mounts_buckets
            else None,
        ),
        "gateway_api_config": gcp.container.ClusterGatewayApiConfigArgs(channel="CHANNEL_STANDARD"),
        "monitoring_config": _monitoring(args),
    }


def _monitoring(args: NewCluster) -> gcp.container.ClusterMonitoringConfigArgs:
    return gcp.container.ClusterMonitoringConfigArgs(
        # Sorted, as the provider reads them back. Autopilot refuses a cluster without any.
        enable_components=["DCGM", "SYSTEM_COMPONENTS"],
        managed_prometheus=gcp.container.ClusterMonitoringConfigManagedPrometheusArgs(
            enabled=True,
            auto_monitoring_config=gcp.container.ClusterMonitoringConfigManagedPrometheusAutoMonitoringConfigArgs(
                scope="ALL" if args.automatic_monitoring else "NONE"
            ),
        ),
    )


def _control_plane(endpoint: Endpoint, networks: Sequence[AuthorizedNetwork]) -> dict[str, Any]:
    if endpoint is Endpoint.DNS:
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
    if not networks:
        return {}
    authorized = gcp.container.ClusterMasterAuthorizedNetworksConfigArgs(
        cidr_blocks=[
            gcp.container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(
                display_name=network.name, cidr_block=network.cidr
            )
            for network in networks
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
                    scope=exclusion.scope.name
                ),
            )
            for exclusion in maintenance.exclusions
        ]
        or None,
    )


def _notifications(
    events: Sequence[ClusterEvent], topic: pulumi.Input[str] | None
) -> gcp.container.ClusterNotificationConfigArgs:
    return gcp.container.ClusterNotificationConfigArgs(
        pubsub=gcp.container.ClusterNotificationConfigPubsubArgs(
            enabled=True,
            topic=topic,
            filter=gcp.container.ClusterNotificationConfigPubsubFilterArgs(
                event_types=[event.value for event in events]
            ),
        )
    )
