"""What programs in the cluster may ask Google: the wiring of InferenceStack for them."""

from dataclasses import dataclass
from typing import final

import pulumi

from components.arguments.google import weights_args, workload_identity_args
from components.arguments.tokens import mounted_token_args
from components.google.cluster import Cluster
from components.google.project import Project
from components.google.server_account import ServerAccount, ServerAccountArgs
from components.google.weights import Weights
from components.google.workload_identity import WorkloadIdentity
from components.serving.metrics_adapter import MetricsAdapter, MetricsAdapterArgs
from components.serving.mounted_token import MountedToken
from components.serving.server_identity import ServerIdentity
from inference.catalog.metrics_adapter import METRICS_ADAPTER
from inference.config.settings import Settings


@final
@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """Which programs, and where they are."""

    settings: Settings
    project: Project | None
    """Enables the APIs; None where no Google Cloud resource is built."""
    cluster: Cluster
    namespace: pulumi.Input[str]
    """Namespace of the model servers."""


def server_identity(name: str, args: IdentityArgs, opts: pulumi.ResourceOptions) -> ServerIdentity:
    """Make the identities of the metrics adapter and of the model servers; returns the latter."""
    settings, project, cluster = args.settings, args.project, args.cluster
    if project is None or not settings.uses_workload_identity:
        return ServerIdentity()
    identity = WorkloadIdentity(f"{name}-identity", workload_identity_args(settings, project), opts)
    # Not the identity itself, which has nothing in the cluster and would wait for it.
    both = pulumi.ResourceOptions.merge(
        opts, pulumi.ResourceOptions(providers=[cluster.kubernetes])
    )
    if settings.installs_adapter:
        MetricsAdapter(
            f"{name}-metrics-adapter",
            MetricsAdapterArgs(
                identity=identity,
                cluster=cluster.cluster,
                image=METRICS_ADAPTER.mirrored(settings.registry.prefix).reference,
            ),
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
            f"{name}-weights", weights_args(settings, settings.weights, project, account), opts
        )
    return ServerIdentity(
        account=account.name,
        token_class=mounted.class_name if mounted else None,
        grants=weights.grants if weights else (),
    )
