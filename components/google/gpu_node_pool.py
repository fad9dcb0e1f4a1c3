"""A GPU node pool of a Standard cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token
from inference.catalog.durations import NODE_WAIT_LIMIT
from inference.catalog.gcp import CLOUD_PLATFORM_SCOPE
from inference.catalog.machines import Capacity, Machine
from inference.config.node_pools import NodePool
from inference.config.settings import Settings
from inference.derive.boot_disk import boot_disk_gb
from inference.derive.placement import POOL_LABEL, secure_boot

_FLEX_START_RUN: Final = "604800s"
"""Seven days, the longest that Flex-start gives."""


@final
@dataclass(frozen=True, kw_only=True)
class GpuNodePoolArgs:
    """One pool of `nodePools`."""

    settings: Settings
    pool: NodePool
    cluster: gcp.container.Cluster
    service_account: pulumi.Input[str]


@final
class GpuNodePool(pulumi.ComponentResource):
    """The pool. Quota and stock are not checked here; a stock-out is waited for up to an hour."""

    def __init__(
        self, name: str, args: GpuNodePoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("GpuNodePool"), name, None, opts)
        pool, flex = args.pool, args.pool.capacity is Capacity.FLEX_START
        gcp.container.NodePool(
            f"{name}-pool",
            name=pool.name,
            cluster=args.cluster.id,
            location=args.settings.location,
            node_locations=list(pool.zones),
            node_count=None if pool.autoscaling else pool.nodes_per_zone,
            autoscaling=_autoscaling(pool),
            max_pods_per_node=pool.max_pods,
            node_config=_node_config(args),
            upgrade_settings=gcp.container.NodePoolUpgradeSettingsArgs(strategy="SHORT_LIVED")
            if flex
            # A surge node needs a spare GPU; without one the upgrade is retried indefinitely.
            else gcp.container.NodePoolUpgradeSettingsArgs(max_surge=0, max_unavailable=1),
            # Flex-start nodes are given for a time and cannot be recreated in place.
            management=gcp.container.NodePoolManagementArgs(
                auto_repair=not flex, auto_upgrade=True
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The nodes live wholly inside the cluster and go with it.
                deleted_with=args.cluster,
                # A stock-out is reported after some 35 minutes, longer than the default.
                custom_timeouts=pulumi.CustomTimeouts(
                    create=f"{NODE_WAIT_LIMIT:g}m", update=f"{NODE_WAIT_LIMIT:g}m"
                ),
            ),
        )
        self.register_outputs({})


def _autoscaling(pool: NodePool) -> gcp.container.NodePoolAutoscalingArgs | None:
    if pool.autoscaling is None:
        return None
    return gcp.container.NodePoolAutoscalingArgs(
        total_min_node_count=pool.autoscaling.min,
        total_max_node_count=pool.autoscaling.max,
        # Takes whichever zone has stock instead of balancing zones.
        location_policy="ANY",
    )


def _local_ssd(
    machine: Machine,
) -> gcp.container.NodePoolNodeConfigEphemeralStorageLocalSsdConfigArgs | None:
    if not machine.local_ssds:
        return None
    return gcp.container.NodePoolNodeConfigEphemeralStorageLocalSsdConfigArgs(
        local_ssd_count=machine.local_ssds
    )


def _reservation(pool: NodePool) -> gcp.container.NodePoolNodeConfigReservationAffinityArgs | None:
    affinity = gcp.container.NodePoolNodeConfigReservationAffinityArgs
    if pool.reservation is not None:
        return affinity(
            consume_reservation_type="SPECIFIC_RESERVATION",
            key="compute.googleapis.com/reservation-name",
            values=[pool.reservation],
        )
    if pool.capacity is Capacity.FLEX_START:
        return affinity(consume_reservation_type="NO_RESERVATION")
    return None


def _shielded(
    args: GpuNodePoolArgs,
) -> gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs | None:
    """Secure boot; GKE's own drivers are signed, so GPU nodes start with it too."""
    if not secure_boot(args.settings, args.pool):
        return None
    return gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
        enable_secure_boot=True, enable_integrity_monitoring=True
    )


def _node_config(args: GpuNodePoolArgs) -> gcp.container.NodePoolNodeConfigArgs:
    pool, machine = args.pool, args.pool.machine
    driver = gcp.container.NodePoolNodeConfigGuestAcceleratorGpuDriverInstallationConfigArgs(
        gpu_driver_version="LATEST"
    )
    flex = pool.capacity is Capacity.FLEX_START
    return gcp.container.NodePoolNodeConfigArgs(
        machine_type=pool.machine_type,
        guest_accelerators=[
            gcp.container.NodePoolNodeConfigGuestAcceleratorArgs(
                type=machine.accelerator.name,
                count=machine.gpus,
                gpu_driver_installation_config=driver,
            )
        ],
        disk_size_gb=boot_disk_gb(args.settings, pool),
        disk_type=pool.disk_type or machine.disk_type,
        ephemeral_storage_local_ssd_config=_local_ssd(machine),
        spot=True if pool.capacity is Capacity.SPOT else None,
        flex_start=True if flex else None,
        max_run_duration=_FLEX_START_RUN if flex else None,
        reservation_affinity=_reservation(pool),
        shielded_instance_config=_shielded(args),
        gcfs_config=gcp.container.NodePoolNodeConfigGcfsConfigArgs(enabled=True)
        if args.settings.cluster.image_streaming
        else None,
        service_account=args.service_account,
        oauth_scopes=[CLOUD_PLATFORM_SCOPE],
        gvnic=gcp.container.NodePoolNodeConfigGvnicArgs(enabled=True),
        workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(
            mode="GKE_METADATA"
        ),
        # Names below kubernetes.io are reserved: the kubelet would refuse them.
        labels={POOL_LABEL: pool.name},
    )
