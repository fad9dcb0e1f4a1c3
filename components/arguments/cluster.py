"""Settings as arguments of the cluster and its node pools. Registers nothing."""

from components.google.cluster import Cluster
from components.google.cluster_args import (
    ClusterArgs,
    ExistingCluster,
    NewCluster,
    StandardNodes,
)
from components.google.gpu_node_pool import GpuNodePoolArgs
from components.google.network import Network
from components.google.project import Project
from inference.catalog.gcp import IMAGE_READER_ROLE
from inference.catalog.system_machines import SYSTEM_MACHINES
from inference.config.cluster import ClusterMode
from inference.config.node_pools import NodePool
from inference.config.settings import Settings
from inference.derive import system_pool
from inference.derive.artifacts import reads_own_registry
from inference.derive.boot_disk import boot_disk_gb
from inference.derive.monitoring_names import scrapes_servers
from inference.derive.names import (
    POD_RANGE,
    SERVICE_RANGE,
    cluster_id,
    node_account_id,
    upgrades_topic,
)
from inference.derive.placement import secure_boot
from inference.derive.weights import mounts_any


def cluster_args(
    settings: Settings, project: Project | None, network: Network | None
) -> ClusterArgs:
    """The cluster to make in `network`, or the existing one, for which both are None or unused."""
    cluster, identifier = settings.cluster, cluster_id(settings)
    if project is None or network is None or not cluster.is_created:
        existing = ExistingCluster(context=cluster.context, kubeconfig=cluster.kubeconfig)
        return ClusterArgs(cluster=existing, identifier=identifier)
    made, messages = settings.network.vpc is not None, cluster.notifications
    new = NewCluster(
        name=cluster.name,
        project_id=settings.gcp.project or "",
        location=settings.location,
        account_id=node_account_id(cluster.name),
        node_roles=(IMAGE_READER_ROLE,) if reads_own_registry(settings) else (),
        standard=None if cluster.mode is ClusterMode.AUTOPILOT else _standard_nodes(settings),
        network=network.network,
        subnetwork=network.subnetwork,
        pod_range=POD_RANGE if made else settings.network.pod_range,
        service_range=SERVICE_RANGE if made else settings.network.service_range,
        release_channel=cluster.release_channel,
        version=cluster.version,
        deletion_protection=cluster.deletion_protection,
        private_nodes=cluster.private_nodes,
        endpoint=cluster.endpoint,
        authorized_networks=cluster.authorized_networks,
        # Where the stack has PodMonitorings of the servers, GKE's would scrape them twice.
        automatic_monitoring=not scrapes_servers(settings),
        fast_autoscaling=settings.has_managed_metrics,
        maintenance=cluster.maintenance,
        events=messages.events if messages else None,
        topic=messages.topic if messages else None,
        new_topic=upgrades_topic(settings) if messages and not messages.topic else None,
        mounts_secrets=settings.hugging_face_secret_manager is not None,
        posture=settings.security.posture,
        cost_allocation=cluster.cost_allocation,
        protect=settings.security.protect,
        nat=network.nat,
        project=project,
    )
    return ClusterArgs(cluster=new, identifier=identifier)


def _standard_nodes(settings: Settings) -> StandardNodes:
    machine = system_pool.machine(settings) or SYSTEM_MACHINES[-1]
    return StandardNodes(
        machine_type=machine.name,
        nodes_per_zone=system_pool.NODES_PER_ZONE,
        secure_boot=settings.security.secure_boot,
        image_streaming=settings.cluster.image_streaming,
        dataplane_v2=settings.cluster.dataplane_v2,
        mounts_buckets=mounts_any(settings),
    )


def node_pool_args(settings: Settings, pool: NodePool, cluster: Cluster) -> GpuNodePoolArgs | None:
    """One pool of `nodePools`; None in a cluster that the stack does not make."""
    if cluster.cluster is None or cluster.account is None:
        return None
    return GpuNodePoolArgs(
        name=pool.name,
        cluster=cluster.cluster,
        location=settings.location,
        service_account=cluster.account.email,
        zones=pool.zones,
        machine_type=pool.machine_type,
        capacity=pool.capacity,
        nodes=pool.nodes_per_zone,
        autoscaling=pool.autoscaling,
        reservation=pool.reservation,
        disk_size_gb=boot_disk_gb(settings, pool),
        disk_type=pool.disk_type,
        max_pods=pool.max_pods,
        secure_boot=secure_boot(settings, pool),
        image_streaming=settings.cluster.image_streaming,
        version=pool.version,
        image_type=pool.image_type,
        labels=pool.labels,
        taints=pool.taints,
    )
