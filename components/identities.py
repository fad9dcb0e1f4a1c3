"""What programs in the cluster may ask Google: the wiring of InferenceStack for them."""

from dataclasses import replace

import pulumi

from components.arguments.google import weights_args, workload_identity_args
from components.arguments.resources import StackResources
from components.arguments.tokens import mounted_token_args
from components.google.cluster import Cluster
from components.google.server_account import ServerAccount, ServerAccountArgs
from components.google.weights import Weights
from components.google.workload_identity import WorkloadIdentity
from components.serving.metrics_adapter import MetricsAdapter, MetricsAdapterArgs
from components.serving.mounted_token import MountedToken
from inference.catalog.metrics_adapter import METRICS_ADAPTER
from inference.config.settings import Settings


def with_identities(
    name: str,
    settings: Settings,
    cluster: Cluster,
    resources: StackResources,
    opts: pulumi.ResourceOptions,
) -> StackResources:
    """Make the identities of metrics adapter and model servers; `resources` with the latter's."""
    project = resources.project
    if project is None or not settings.uses_workload_identity:
        return resources
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
        return resources
    account = ServerAccount(
        f"{name}-server-account",
        ServerAccountArgs(namespace=resources.namespace, identity=identity, after=cluster.cluster),
        both,
    )
    mounted = weights = None
    if settings.hugging_face_secret_manager is not None:
        mounted = MountedToken(
            f"{name}-mounted-token",
            mounted_token_args(
                settings.hugging_face_secret_manager, identity.project, resources.namespace, account
            ),
            both,
        )
    if settings.weights is not None:
        weights = Weights(
            f"{name}-weights", weights_args(settings, settings.weights, project, account), opts
        )
    return replace(
        resources,
        server_account=account.name,
        token_class=mounted.class_name if mounted else None,
        grants=weights.grants if weights else (),
    )
