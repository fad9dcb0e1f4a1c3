"""The part of `InferenceStack` behind the Gateway: token, CRDs, servers, pools, objectives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import pulumi

from components.arguments.observability import metrics_reader_args
from components.arguments.routing import (
    RoutingResources,
    inference_pool_args,
    objectives_args,
)
from components.arguments.serving import (
    ServerResources,
    model_server_args,
    priority_classes_args,
)
from components.arguments.tokens import hugging_face_secret_args
from components.google.edge import Edge
from components.observability.metrics_reader import MetricsReader
from components.routing.inference_crds import InferenceCrds, InferenceCrdsArgs
from components.routing.inference_objectives import InferenceObjectives
from components.routing.inference_pool import InferencePool
from components.serving.hugging_face_secret import HuggingFaceSecret
from components.serving.model_server import ModelServer
from components.serving.priority_classes import PriorityClasses
from components.serving.server_identity import ServerIdentity
from inference.config import Configuration
from inference.config.settings import Settings
from inference.documents import CrdValue


@final
@dataclass(frozen=True, kw_only=True)
class ServingArgs:
    """What to serve, and with what."""

    configuration: Configuration
    crds: Sequence[CrdValue]
    namespace: pulumi.Input[str]
    edge: Edge | None
    """Has the Cloud Armor policy of the pools."""
    identity: ServerIdentity
    """What model servers take from Google Cloud."""
    removal: pulumi.Resource | None
    """Waits for the end of GKE's load balancers."""
    node_account: pulumi.Input[str] | None = None
    """E-mail address of the account that nodes run as; None where they are not the stack's."""


@final
@dataclass(frozen=True, kw_only=True)
class Serving:
    """What stands behind the Gateway."""

    pools: Mapping[str, pulumi.Output[str]]
    """InferencePool names by model name."""
    servers: Sequence[pulumi.Resource]


def serve(name: str, args: ServingArgs, opts: pulumi.ResourceOptions) -> Serving:
    """Make everything in the cluster but namespace and Gateway.

    `opts` names the parent and the Kubernetes provider.
    """
    settings = args.configuration.settings
    reader = metrics_reader_args(settings, args.namespace)
    metrics = MetricsReader(f"{name}-metrics", reader, opts) if reader else None
    secret = _hugging_face_secret(name, args, opts)
    crds = InferenceCrds(f"{name}-crds", InferenceCrdsArgs(documents=args.crds), opts)
    resources = ServerResources(
        namespace=args.namespace,
        identity=args.identity,
        node_account=args.node_account,
        secret=secret,
        priority_classes=_priority_classes(name, settings, opts),
    )
    routing = RoutingResources(
        namespace=args.namespace,
        edge=args.edge,
        crds=crds,
        metrics_secret=metrics.secret_name if metrics else None,
        removal=args.removal,
    )
    pools: dict[str, pulumi.Output[str]] = {}
    servers: list[pulumi.Resource] = []
    for model in settings.models:
        server = model_server_args(settings, model, resources)
        servers.append(ModelServer(f"{name}-{model.name}-server", server, opts))
        pool = InferencePool(
            f"{name}-{model.name}-pool", inference_pool_args(settings, model, routing), opts
        )
        pools[model.name] = pool.pool_name
        objectives = objectives_args(settings, model, pool.pool_name, routing)
        if objectives is not None:
            InferenceObjectives(f"{name}-{model.name}-objectives", objectives, opts)
    return Serving(pools=pools, servers=servers)


def _priority_classes(
    name: str, settings: Settings, opts: pulumi.ResourceOptions
) -> Mapping[str, pulumi.Output[str]]:
    wanted = priority_classes_args(settings)
    return PriorityClasses(f"{name}-priority-classes", wanted, opts).names if wanted else {}


def _hugging_face_secret(
    name: str, args: ServingArgs, opts: pulumi.ResourceOptions
) -> HuggingFaceSecret | None:
    wanted = hugging_face_secret_args(args.configuration, args.namespace)
    return HuggingFaceSecret(f"{name}-hugging-face", wanted, opts) if wanted else None
