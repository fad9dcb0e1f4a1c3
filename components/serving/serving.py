"""What serves the models: token Secret, CRDs, and each model's server, pool and objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import pulumi

from components.google.edge import Edge
from components.observability.metrics_reader import MetricsReader, MetricsReaderArgs
from components.routing.inference_crds import InferenceCrds, InferenceCrdsArgs
from components.routing.inference_objectives import InferenceObjectives, InferenceObjectivesArgs
from components.routing.inference_pool import InferencePool, InferencePoolArgs
from components.serving.hugging_face_secret import HuggingFaceSecret, HuggingFaceSecretArgs
from components.serving.model_server import ModelServer, ModelServerArgs
from components.serving.priority_classes import PriorityClasses, PriorityClassesArgs
from components.serving.server_parts import ServerParts
from inference.config import Configuration
from inference.config.settings import Settings
from inference.derive.names import collector_namespace
from inference.derive.token import TokenSource, token_source
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
    parts: ServerParts
    """What model servers take from Google Cloud."""


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
    # Elsewhere nothing scrapes by its token.
    metrics = _metrics_reader(name, args, opts) if settings.on_gke else None
    secret = _hugging_face_secret(name, args, opts)
    crds = InferenceCrds(f"{name}-crds", InferenceCrdsArgs(documents=args.crds), opts)
    classes = _priority_classes(name, settings, opts)
    pools: dict[str, pulumi.Output[str]] = {}
    servers: list[pulumi.Resource] = []
    for model in settings.models:
        servers.append(
            ModelServer(
                f"{name}-{model.name}-server",
                ModelServerArgs(
                    settings=settings,
                    model=model,
                    namespace=args.namespace,
                    secret=secret,
                    parts=args.parts,
                    priority_class=classes.get(model.priority_class or "", model.priority_class),
                ),
                opts,
            )
        )
        pool = InferencePool(
            f"{name}-{model.name}-pool",
            InferencePoolArgs(
                settings=settings,
                model=model,
                namespace=args.namespace,
                crds=crds,
                security_policy=args.edge.security_policy if args.edge else None,
                metrics_secret=metrics.secret_name if metrics else None,
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
                    namespace=args.namespace,
                    pool_name=pool.pool_name,
                    crds=crds,
                ),
                opts,
            )
    return Serving(pools=pools, servers=servers)


def _metrics_reader(name: str, args: ServingArgs, opts: pulumi.ResourceOptions) -> MetricsReader:
    settings = args.configuration.settings
    return MetricsReader(
        f"{name}-metrics",
        MetricsReaderArgs(
            namespace=args.namespace,
            namespace_name=settings.namespace,
            collector_namespace=collector_namespace(settings),
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


def _hugging_face_secret(
    name: str, args: ServingArgs, opts: pulumi.ResourceOptions
) -> HuggingFaceSecret | None:
    """The Secret where a token is given or a model needs one.

    A gated model without a token gets this far only offline, where the Secret stands empty.
    """
    settings, given = args.configuration.settings, args.configuration.token
    source = token_source(settings, given=given is not None)
    if source in {TokenSource.NONE, TokenSource.SECRET_MANAGER}:
        return None
    return HuggingFaceSecret(
        f"{name}-hugging-face",
        HuggingFaceSecretArgs(
            namespace=args.namespace,
            token=given.value if given else None,
            existing=settings.hugging_face_secret,
        ),
        opts,
    )
