"""The whole stack: wires every component and gives the outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from components.body_router import BodyRouter, BodyRouterArgs
from components.cluster import Cluster, ClusterArgs
from components.edge import Edge, EdgeArgs
from components.gateway import Gateway, GatewayArgs
from components.gpu_node_pool import GpuNodePool, GpuNodePoolArgs
from components.hugging_face_secret import HuggingFaceSecret, HuggingFaceSecretArgs
from components.inference_crds import InferenceCrds, InferenceCrdsArgs
from components.inference_objectives import InferenceObjectives, InferenceObjectivesArgs
from components.inference_pool import InferencePool, InferencePoolArgs
from components.kubernetes_object import object_meta
from components.metrics_adapter import MetricsAdapter, MetricsAdapterArgs
from components.metrics_reader import MetricsReader, MetricsReaderArgs
from components.model_server import ModelServer, ModelServerArgs
from components.mounted_token import MountedToken, MountedTokenArgs
from components.network import Network, NetworkArgs
from components.observability import Observability, ObservabilityArgs
from components.outputs import stack_outputs
from components.priority_classes import PriorityClasses, PriorityClassesArgs
from components.project import Project
from components.protection import Protection
from components.tokens import token
from components.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from config import Configuration
from config.settings import Settings
from derive.body_routing import has_body_router
from derive.names import collector_namespace, google_labels
from derive.replacing import REPLACING_OUTPUT, replacing_values
from documents import CrdValue

_DEFAULT_NAMESPACE: Final = "default"


@final
@dataclass(frozen=True, kw_only=True)
class InferenceStackArgs:
    """What to build."""

    configuration: Configuration
    crds: Sequence[CrdValue]


@final
class InferenceStack(pulumi.ComponentResource):
    """An OpenAI-compatible endpoint for open models, behind the GKE Inference Gateway.

    `outputs` is what the program exports; the kubeconfig in it is secret.
    """

    outputs: dict[str, pulumi.Input[Any]]

    def __init__(
        self, name: str, args: InferenceStackArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("InferenceStack"), name, None, opts)
        settings = args.configuration.settings
        project = network = None
        google = pulumi.ResourceOptions(parent=self)
        if settings.needs_project:
            google = pulumi.ResourceOptions(parent=self, providers=[_google(self, name, settings)])
            project = Project(f"{name}-project", settings, google)
            network = Network(
                f"{name}-network", NetworkArgs(settings=settings, project=project), google
            )
        cluster = Cluster(
            f"{name}-cluster",
            ClusterArgs(settings=settings, project=project, network=network),
            google,
        )
        _node_pools(name, settings, cluster, google)
        inside = pulumi.ResourceOptions(parent=self, providers=[cluster.kubernetes])
        namespace = _namespace(name, settings, inside)
        mounted = None
        if settings.uses_workload_identity:
            identity = WorkloadIdentity(
                f"{name}-identity", WorkloadIdentityArgs(settings=settings), google
            )
            if settings.installs_adapter:
                MetricsAdapter(
                    f"{name}-metrics-adapter",
                    MetricsAdapterArgs(identity=identity, cluster=cluster.cluster),
                    pulumi.ResourceOptions.merge(google, inside),
                )
            if settings.hugging_face_secret_manager is not None:
                mounted = MountedToken(
                    f"{name}-mounted-token",
                    MountedTokenArgs(
                        secret=settings.hugging_face_secret_manager,
                        namespace=namespace,
                        identity=identity,
                        after=cluster.cluster,
                    ),
                    pulumi.ResourceOptions.merge(google, inside),
                )
        edge = _edge(name, settings, project, network, google)
        google_parts = _GoogleParts(edge=edge, mounted=mounted)
        pools, servers = _pools(name, args, namespace, google_parts, inside)
        gateway = Gateway(
            f"{name}-gateway",
            GatewayArgs(
                settings=settings,
                namespace=namespace,
                pools=pools,
                address_name=network.address_name if network else None,
                proxy_only_subnet=network.proxy_only_subnet if network else None,
                edge=edge,
            ),
            inside,
        )
        if project is not None and settings.observability.watches:
            Observability(
                f"{name}-observability",
                ObservabilityArgs(settings=settings, project=project, servers=servers),
                google,
            )
        if has_body_router(settings):
            BodyRouter(
                f"{name}-body-router",
                BodyRouterArgs(settings=settings, namespace=namespace, gateways=gateway.names),
                inside,
            )
        self.outputs = stack_outputs(settings, cluster, network, gateway, edge)
        if settings.security.protect is not None:
            Protection(protect=settings.security.protect, after=self)
        # The next update compares, and warns of what it would replace.
        self.register_outputs({**self.outputs, REPLACING_OUTPUT: replacing_values(settings)})


@final
@dataclass(frozen=True, kw_only=True)
class _GoogleParts:
    """What pools and model servers take from Google Cloud; None where it is not asked for."""

    edge: Edge | None
    mounted: MountedToken | None


def _edge(
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


def _pools(
    name: str,
    args: InferenceStackArgs,
    namespace: pulumi.Input[str],
    google: _GoogleParts,
    opts: pulumi.ResourceOptions,
) -> tuple[dict[str, pulumi.Output[str]], list[pulumi.Resource]]:
    """Everything in the cluster but the Gateway.

    Returns InferencePool names by model name, and the model servers.
    """
    settings = args.configuration.settings
    metrics = MetricsReader(
        f"{name}-metrics",
        MetricsReaderArgs(
            namespace=namespace,
            namespace_name=settings.namespace,
            collector_namespace=collector_namespace(settings),
        ),
        opts,
    )
    secret = (
        None if google.mounted else _hugging_face_secret(name, args.configuration, namespace, opts)
    )
    crds = InferenceCrds(f"{name}-crds", InferenceCrdsArgs(documents=args.crds), opts)
    classes = _priority_classes(name, settings, opts)
    pools: dict[str, pulumi.Output[str]] = {}
    servers: list[pulumi.Resource] = []
    for model in settings.models:
        server = ModelServer(
            f"{name}-{model.name}-server",
            ModelServerArgs(
                settings=settings,
                model=model,
                namespace=namespace,
                secret=secret,
                mounted=google.mounted,
                priority_class=classes.get(model.priority_class or "", model.priority_class),
            ),
            opts,
        )
        servers.append(server)
        pool = InferencePool(
            f"{name}-{model.name}-pool",
            InferencePoolArgs(
                settings=settings,
                model=model,
                namespace=namespace,
                crds=crds,
                security_policy=google.edge.security_policy if google.edge else None,
                metrics_secret=metrics.secret_name,
            ),
            opts,
        )
        pools[model.name] = pool.pool_name
        if model.objectives:
            InferenceObjectives(
                f"{name}-{model.name}-objectives",
                InferenceObjectivesArgs(
                    release=settings.release,
                    model=model,
                    namespace=namespace,
                    pool_name=pool.pool_name,
                    crds=crds,
                ),
                opts,
            )
    return pools, servers


def _google(parent: pulumi.Resource, name: str, settings: Settings) -> gcp.Provider:
    return gcp.Provider(
        f"{name}-google",
        project=settings.gcp.project,
        region=settings.gcp.region,
        default_labels={**settings.labels, **google_labels(pulumi.get_stack())},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _node_pools(
    name: str, settings: Settings, cluster: Cluster, opts: pulumi.ResourceOptions
) -> None:
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


def _priority_classes(
    name: str, settings: Settings, opts: pulumi.ResourceOptions
) -> Mapping[str, pulumi.Output[str]]:
    if not settings.priority_classes:
        return {}
    return PriorityClasses(
        f"{name}-priority-classes", PriorityClassesArgs(classes=settings.priority_classes), opts
    ).names


def _namespace(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> pulumi.Input[str]:
    if settings.namespace == _DEFAULT_NAMESPACE:
        return settings.namespace
    namespace = kubernetes.core.v1.Namespace(
        f"{name}-namespace",
        metadata=object_meta(settings.namespace, None),
        opts=opts,
    )
    return namespace.metadata.name


def _hugging_face_secret(
    name: str,
    configuration: Configuration,
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> HuggingFaceSecret | None:
    """The Secret where a token is given or a model needs one.

    A gated model without a token gets this far only offline, where the Secret stands empty.
    """
    settings, given = configuration.settings, configuration.token
    models = [model for model in settings.models if not model.engine.is_simulated]
    if not models:
        return None
    gated = any(model.facts is not None and model.facts.gated for model in models)
    if given is None and settings.hugging_face_secret is None and not gated:
        return None
    return HuggingFaceSecret(
        f"{name}-hugging-face",
        HuggingFaceSecretArgs(
            namespace=namespace,
            token=given.value if given else None,
            existing=settings.hugging_face_secret,
        ),
        opts,
    )
