"""What a stack takes from Google Cloud beside network and cluster, where it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import pulumi
import pulumi_gcp as gcp

from components.arguments.tokens import mounted_token_args
from components.google.cluster import Cluster
from components.google.edge import Edge, EdgeArgs
from components.google.gpu_node_pool import GpuNodePool, GpuNodePoolArgs
from components.google.network import Network
from components.google.project import Project
from components.google.server_account import ServerAccount, ServerAccountArgs
from components.google.weights import Weights, WeightsArgs
from components.google.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.serving.metrics_adapter import MetricsAdapter, MetricsAdapterArgs
from components.serving.mounted_token import MountedToken
from components.serving.server_identity import ServerIdentity
from inference.config.settings import Settings
from inference.derive.names import google_labels


def google_provider(parent: pulumi.Resource, name: str, settings: Settings) -> gcp.Provider:
    """The provider of the stack's project and region, whose labels everything gets."""
    return gcp.Provider(
        f"{name}-google",
        project=settings.gcp.project,
        region=settings.gcp.region,
        default_labels={**settings.labels, **google_labels(pulumi.get_stack())},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def make_node_pools(
    name: str, settings: Settings, cluster: Cluster, opts: pulumi.ResourceOptions
) -> None:
    """GPU node pools, in a Standard cluster of this stack."""
    if cluster.cluster is None or cluster.account is None:
        return
    for pool in settings.pools:
        GpuNodePool(
            f"{name}-{pool.name}",
            GpuNodePoolArgs(
                settings=settings,
                pool=pool,
                cluster=cluster.cluster,
                service_account=cluster.account.email,
            ),
            opts,
        )


@final
@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """Which programs, and where they are."""

    settings: Settings
    project: Project | None
    """Enables the APIs; None where no Google Cloud resource is built."""
    cluster: Cluster
    namespace: pulumi.Input[str]


def make_workload_identities(
    name: str, args: IdentityArgs, opts: pulumi.ResourceOptions
) -> ServerIdentity:
    """What programs in the cluster may ask Google: the metrics adapter and the model servers."""
    settings, project, cluster = args.settings, args.project, args.cluster
    if project is None or not settings.uses_workload_identity:
        return ServerIdentity()
    identity = WorkloadIdentity(f"{name}-identity", WorkloadIdentityArgs(settings=settings), opts)
    # Not the identity itself, which has nothing in the cluster and would wait for it.
    both = pulumi.ResourceOptions.merge(
        opts, pulumi.ResourceOptions(providers=[cluster.kubernetes])
    )
    if settings.installs_adapter:
        MetricsAdapter(
            f"{name}-metrics-adapter",
            MetricsAdapterArgs(identity=identity, cluster=cluster.cluster),
            both,
        )
    if not settings.servers_have_identity:
        return ServerIdentity()
    account = ServerAccount(
        f"{name}-server-account",
        ServerAccountArgs(namespace=args.namespace, identity=identity, after=cluster.cluster),
        both,
    )
    mounted = weights = None
    if settings.hugging_face_secret_manager is not None:
        mounted = MountedToken(
            f"{name}-mounted-token",
            mounted_token_args(
                settings.hugging_face_secret_manager, identity.project, args.namespace, account
            ),
            both,
        )
    if settings.weights is not None:
        weights = Weights(
            f"{name}-weights",
            WeightsArgs(
                settings=settings, weights=settings.weights, project=project, account=account
            ),
            opts,
        )
    return ServerIdentity(
        account=account.name,
        token_class=mounted.class_name if mounted else None,
        grants=weights.grants if weights else (),
    )


def make_edge(
    name: str,
    settings: Settings,
    project: Project | None,
    network: Network | None,
    opts: pulumi.ResourceOptions,
) -> Edge | None:
    """Certificate and policies, where any is asked for."""
    gateway = settings.gateway
    wanted = (gateway.tls, gateway.cloud_armor, gateway.internal or None)
    if project is None or network is None or not gateway.is_gke:
        return None
    if all(part is None for part in wanted):
        return None
    subnetwork = network.subnetwork or network.network
    return Edge(
        f"{name}-edge",
        EdgeArgs(settings=settings, project=project, subnetwork=subnetwork),
        opts,
    )
