"""The whole stack: wires every component and gives the outputs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from components.arguments.cluster import cluster_args, node_pool_args
from components.arguments.google import (
    edge_args,
    network_args,
    project_args,
    removal_args,
)
from components.arguments.observability import observability_args
from components.arguments.resources import StackResources
from components.arguments.routing import body_router_args, gateway_args
from components.google.cluster import Cluster
from components.google.edge import Edge
from components.google.gpu_node_pool import GpuNodePool
from components.google.load_balancer_removal import LoadBalancerRemoval
from components.google.network import Network
from components.google.project import Project
from components.identities import with_identities
from components.kubernetes_object import object_meta
from components.observability.observability import Observability
from components.outputs import StackOutputs, stack_outputs
from components.protection import NAME, Protection, ProtectionArgs
from components.routing.body_router import BodyRouter
from components.routing.gateway import Gateway
from components.stack_servers import serve
from components.type_tokens import token
from inference.config import Configuration
from inference.derive.names import google_labels
from inference.derive.replacing import REPLACING_OUTPUT, replacing_values
from inference.documents import CrdValue

_DEFAULT_NAMESPACE: Final = "default"


@final
@dataclass(frozen=True, kw_only=True)
class InferenceStackArgs:
    """What to build."""

    configuration: Configuration
    """Settings that preflight has accepted, and the Hugging Face token."""
    crds: Sequence[CrdValue]
    """Documents of the CRDs to install; see `inference.documents.load_crds`."""
    awaits_google: bool = True
    """Whether updates wait for what Google does later: `pulumi up` until Cloud Monitoring knows the
    objectives' metrics, `pulumi destroy` until GKE's load balancers are gone. The environment of a
    program in Python runs the wait."""


@final
class InferenceStack(pulumi.ComponentResource):
    """An OpenAI-compatible endpoint for open models, behind the GKE Inference Gateway."""

    outputs: StackOutputs
    """What a program exports."""

    def __init__(
        self, name: str, args: InferenceStackArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("InferenceStack"), name, None, opts)
        self._name, self._settings = name, args.configuration.settings
        settings = self._settings
        project = network = edge = None
        google = self._google()
        if settings.needs_project:
            project = Project(f"{name}-project", project_args(settings), google)
            network = Network(
                f"{name}-network", network_args(settings, project, name, self), google
            )
            edge = self._edge(project, google)
        cluster = Cluster(f"{name}-cluster", cluster_args(settings, project, network), google)
        self._node_pools(cluster, google)
        inside = pulumi.ResourceOptions(parent=self, providers=[cluster.kubernetes])
        resources = StackResources(
            namespace=self._namespace(inside),
            project=project,
            network=network,
            edge=edge,
            node_account=cluster.account.email if cluster.account else None,
        )
        resources = with_identities(name, settings, cluster, resources, google)
        wait = removal_args(settings, cluster, resources) if args.awaits_google else None
        if wait is not None:
            removal = LoadBalancerRemoval(f"{name}-removal", wait, inside)
            resources = replace(resources, removal=removal.wait)
        pools, servers = serve(name, args.configuration, args.crds, resources, inside)
        routes = gateway_args(settings, pools, resources)
        gateway = Gateway(f"{name}-gateway", routes, inside)
        watched = observability_args(settings, project, servers, awaits_google=args.awaits_google)
        if watched is not None:
            Observability(f"{name}-observability", watched, google)
        router = body_router_args(settings, gateway.names, resources)
        if router is not None:
            BodyRouter(f"{name}-body-router", router, inside)
        self.outputs = stack_outputs(settings, cluster, network, gateway, edge)
        self._protection()
        self.register_outputs(
            # The next update compares, and warns of what it would replace.
            {**self.outputs.exported(), REPLACING_OUTPUT: replacing_values(settings)}
        )

    @property
    def endpoint(self) -> pulumi.Output[str] | None:
        """URL of the Gateway; None with a class whose address is not known beforehand."""
        return self.outputs.endpoint

    @property
    def gateway_address(self) -> pulumi.Output[str] | None:
        """IP address of the Gateway; None with such a class."""
        return self.outputs.gateway_address

    @property
    def served_models(self) -> Sequence[str]:
        """Names to give as `model`: base models and adapters."""
        return self.outputs.served_models

    @property
    def curl(self) -> pulumi.Input[str]:
        """A shell command that asks the first model."""
        return self.outputs.curl

    @property
    def kubeconfig(self) -> pulumi.Output[str] | None:
        """Secret; None with an existing cluster."""
        return self.outputs.kubeconfig

    def _google(self) -> pulumi.ResourceOptions:
        """Options of what is on Google Cloud: its provider, where anything is."""
        if not self._settings.needs_project:
            return pulumi.ResourceOptions(parent=self)
        provider = gcp.Provider(
            f"{self._name}-google",
            project=self._settings.gcp.project,
            region=self._settings.gcp.region,
            default_labels={**self._settings.labels, **google_labels(pulumi.get_stack())},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.ResourceOptions(parent=self, providers=[provider])

    def _node_pools(self, cluster: Cluster, opts: pulumi.ResourceOptions) -> None:
        for pool in self._settings.pools:
            args = node_pool_args(self._settings, pool, cluster)
            if args is not None:
                GpuNodePool(f"{self._name}-{pool.name}", args, opts)

    def _namespace(self, opts: pulumi.ResourceOptions) -> pulumi.Input[str]:
        name = self._settings.namespace
        if name == _DEFAULT_NAMESPACE:
            return name
        namespace = kubernetes.core.v1.Namespace(
            f"{self._name}-namespace", metadata=object_meta(name, None), opts=opts
        )
        return namespace.metadata.name

    def _edge(self, project: Project, opts: pulumi.ResourceOptions) -> Edge | None:
        args = edge_args(self._settings, project)
        return Edge(f"{self._name}-edge", args, opts) if args else None

    def _protection(self) -> None:
        protect = self._settings.security.protect
        if protect is None:
            return
        Protection(
            f"{self._name}-{NAME}",
            ProtectionArgs(protect=protect, after=self),
            # The name of an earlier version, in which a program could have one stack alone.
            pulumi.ResourceOptions(aliases=[pulumi.Alias(name=NAME)]),
        )
