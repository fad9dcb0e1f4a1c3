"""The whole stack: wires every component and gives the outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi
import pulumi_kubernetes as kubernetes

from components.arguments.observability import observability_args
from components.arguments.routing import RoutingResources, body_router_args, gateway_args
from components.google.cluster import Cluster, ClusterArgs
from components.google.google_parts import (
    IdentityArgs,
    google_provider,
    make_edge,
    make_node_pools,
    make_workload_identities,
)
from components.google.network import Network, NetworkArgs
from components.google.project import Project
from components.kubernetes_object import object_meta
from components.observability.observability import Observability
from components.outputs import stack_outputs
from components.protection import Protection
from components.routing.body_router import BodyRouter
from components.routing.gateway import Gateway
from components.stack_servers import ServingArgs, serve
from components.type_tokens import token
from inference.config import Configuration
from inference.config.settings import Settings
from inference.derive.replacing import REPLACING_OUTPUT, replacing_values
from inference.documents import CrdValue

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
            google = pulumi.ResourceOptions(
                parent=self, providers=[google_provider(self, name, settings)]
            )
            project = Project(f"{name}-project", settings, google)
            network = Network(
                f"{name}-network", NetworkArgs(settings=settings, project=project), google
            )
        cluster = Cluster(
            f"{name}-cluster",
            ClusterArgs(settings=settings, project=project, network=network),
            google,
        )
        make_node_pools(name, settings, cluster, google)
        inside = pulumi.ResourceOptions(parent=self, providers=[cluster.kubernetes])
        namespace = _namespace(name, settings, inside)
        parts = make_workload_identities(
            name,
            IdentityArgs(settings=settings, project=project, cluster=cluster, namespace=namespace),
            google,
        )
        edge = make_edge(name, settings, project, network, google)
        serving = serve(
            name,
            ServingArgs(
                configuration=args.configuration,
                crds=args.crds,
                namespace=namespace,
                edge=edge,
                parts=parts,
            ),
            inside,
        )
        resources = RoutingResources(namespace=namespace, network=network, edge=edge)
        gateway = Gateway(
            f"{name}-gateway", gateway_args(settings, serving.pools, resources), inside
        )
        watched = observability_args(settings, project, serving.servers)
        if watched is not None:
            Observability(f"{name}-observability", watched, google)
        router = body_router_args(settings, gateway.names, namespace)
        if router is not None:
            BodyRouter(f"{name}-body-router", router, inside)
        self.outputs = stack_outputs(settings, cluster, network, gateway, edge)
        if settings.security.protect is not None:
            Protection(protect=settings.security.protect, after=self)
        # The next update compares, and warns of what it would replace.
        self.register_outputs({**self.outputs, REPLACING_OUTPUT: replacing_values(settings)})


def _namespace(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> pulumi.Input[str]:
    if settings.namespace == _DEFAULT_NAMESPACE:
        return settings.namespace
    namespace = kubernetes.core.v1.Namespace(
        f"{name}-namespace",
        metadata=object_meta(settings.namespace, None),
        opts=opts,
    )
    return namespace.metadata.name
