"""A node pool with GPUs or TPUs of a Standard cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token
from inference.catalog.durations import NODE_WAIT_LIMIT
from inference.catalog.gcp import CLOUD_PLATFORM_SCOPE
from inference.catalog.limits import FLEX_START_RUN
from inference.catalog.machines import GPU, MACHINES, Capacity, Machine
from inference.config.node_pools import Autoscaling, Taint
from inference.derive.placement import POOL_LABEL


@final
@dataclass(frozen=True, kw_only=True)
class GpuNodePoolArgs:
    """One pool, of a cluster made by the same program or another."""

    name: str
    """Name of the pool, and value of the nodes' label `gke-inference-gateway/node-pool`."""
    cluster: gcp.container.Cluster | pulumi.Input[str]
    """The cluster, or its name or id; with a cluster of the program the pool needs no deletion."""
    location: pulumi.Input[str]
    """Region or zone of the cluster."""
    service_account: pulumi.Input[str]
    """E-mail address of the account that nodes run as."""
    zones: Sequence[str]
    """Zones of the nodes, in the cluster's region."""
    machine_type: str
    """Accelerator-optimized machine type of `inference.catalog.machines`, as `a3-highgpu-2g`."""
    capacity: Capacity = Capacity.ON_DEMAND
    """How nodes are obtained."""
    nodes: int = 1
    """Nodes in each zone; not used with `autoscaling`."""
    autoscaling: Autoscaling | None = None
    """Bounds of the cluster autoscaler, in nodes over all zones."""
    reservation: str | None = None
    """Name of the reservation, with capacity `reservation`."""
    disk_size_gb: int = 100
    """Boot disk in GB; GKE's own default when unset. Without local SSD it holds images, weights."""
    disk_type: str | None = None
    """Type of the boot disk; the one that the machine type takes when None."""
    max_pods: int | None = None
    """Most Pods on a node, which decides how many addresses it takes; GKE's 110 when None."""
    secure_boot: bool = False
    """Whether nodes load signed boot components and kernel modules only, as GKE's drivers are."""
    image_streaming: bool = False
    """Whether nodes start images before they have all of them."""
    version: str | None = None
    """GKE version of the nodes; the control plane's when None."""
    image_type: str | None = None
    """Image of the nodes, such as `UBUNTU_CONTAINERD`; GKE's when None."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the nodes in Kubernetes, beside the pool's own."""
    taints: Sequence[Taint] = ()
    """Taints of the nodes beside GKE's own for GPUs."""


@final
class GpuNodePool(pulumi.ComponentResource):
    """The pool. Quota and stock are not checked here; a stock-out is waited for up to an hour."""

    node_pool: gcp.container.NodePool

    def __init__(
        self, name: str, args: GpuNodePoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("GpuNodePool"), name, None, opts)
        cluster = args.cluster
        own = cluster if isinstance(cluster, gcp.container.Cluster) else None
        flex = args.capacity is Capacity.FLEX_START
        self.node_pool = gcp.container.NodePool(
            f"{name}-pool",
            name=args.name,
            # As an import reads them: with the cluster's id, a pool that was imported after an
            # interrupted update would be replaced. Source: terraform-provider-google,
            # resourceContainerNodePoolStateImporter.
            cluster=cluster.name if isinstance(cluster, gcp.container.Cluster) else cluster,
            project=own.project if own else None,
            location=args.location,
            version=args.version,
            node_locations=list(args.zones),
            node_count=None if args.autoscaling else args.nodes,
            autoscaling=_autoscaling(args.autoscaling),
            max_pods_per_node=args.max_pods,
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
                # The nodes are wholly inside the cluster and go with it.
                deleted_with=own,
                # A stock-out is reported after some 35 minutes, longer than the default.
                custom_timeouts=pulumi.CustomTimeouts(
                    create=f"{NODE_WAIT_LIMIT:g}m", update=f"{NODE_WAIT_LIMIT:g}m"
                ),
            ),
        )
        self.register_outputs({"name": self.node_pool.name})


def _autoscaling(bounds: Autoscaling | None) -> gcp.container.NodePoolAutoscalingArgs | None:
    if bounds is None:
        return None
    return gcp.container.NodePoolAutoscalingArgs(
        total_min_node_count=bounds.min,
        total_max_node_count=bounds.max,
        # Takes whichever zone has stock instead of balancing zones.
        location_policy="ANY",
    )


def _reservation(
    args: GpuNodePoolArgs,
) -> gcp.container.NodePoolNodeConfigReservationAffinityArgs | None:
    affinity = gcp.container.NodePoolNodeConfigReservationAffinityArgs
    if args.reservation is not None:
        return affinity(
            consume_reservation_type="SPECIFIC_RESERVATION",
            key="compute.googleapis.com/reservation-name",
            values=[args.reservation],
        )
    if args.capacity is Capacity.FLEX_START:
        return affinity(consume_reservation_type="NO_RESERVATION")
    return None


def _gpus(
    machine: Machine,
) -> list[gcp.container.NodePoolNodeConfigGuestAcceleratorArgs] | None:
    """The GPUs and their driver; chips of TPUs come with the machine type."""
    if machine.accelerator.kind is not GPU:
        return None
    driver = gcp.container.NodePoolNodeConfigGuestAcceleratorGpuDriverInstallationConfigArgs
    return [
        gcp.container.NodePoolNodeConfigGuestAcceleratorArgs(
            type=machine.accelerator.name,
            count=machine.gpus,
            gpu_driver_installation_config=driver(gpu_driver_version="LATEST"),
        )
    ]


def _node_config(args: GpuNodePoolArgs) -> gcp.container.NodePoolNodeConfigArgs:
    """What the nodes are, how they are obtained, and what they run as."""
    machine = MACHINES[args.machine_type]
    flex = args.capacity is Capacity.FLEX_START
    local_ssd = gcp.container.NodePoolNodeConfigEphemeralStorageLocalSsdConfigArgs
    return gcp.container.NodePoolNodeConfigArgs(
        machine_type=machine.name,
        guest_accelerators=_gpus(machine),
        disk_size_gb=args.disk_size_gb,
        disk_type=args.disk_type or machine.disk_type,
        ephemeral_storage_local_ssd_config=local_ssd(local_ssd_count=machine.local_ssds)
        if machine.local_ssds
        else None,
        spot=True if args.capacity is Capacity.SPOT else None,
        flex_start=True if flex else None,
        max_run_duration=FLEX_START_RUN if flex else None,
        reservation_affinity=_reservation(args),
        shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
            enable_secure_boot=True, enable_integrity_monitoring=True
        )
        if args.secure_boot
        else None,
        gcfs_config=gcp.container.NodePoolNodeConfigGcfsConfigArgs(enabled=True)
        if args.image_streaming
        else None,
        service_account=args.service_account,
        oauth_scopes=[CLOUD_PLATFORM_SCOPE],
        gvnic=gcp.container.NodePoolNodeConfigGvnicArgs(enabled=True),
        workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(
            mode="GKE_METADATA"
        ),
        # Names below kubernetes.io are reserved: the kubelet would refuse them.
        labels={**args.labels, POOL_LABEL: args.name},
        image_type=args.image_type,
        taints=[
            gcp.container.NodePoolNodeConfigTaintArgs(
                key=taint.key, value=taint.value, effect=taint.effect.name
            )
            for taint in args.taints
        ]
        or None,
    )
