"""The part of `InferenceStack` behind the Gateway: token, CRDs, servers, pools, objectives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from components.arguments.observability import metrics_reader_args
from components.arguments.resources import StackResources
from components.arguments.routing import inference_pool_args, objectives_args
from components.arguments.serving import model_server_args
from components.arguments.tokens import hugging_face_secret_args
from components.observability.metrics_reader import MetricsReader
from components.routing.inference_crds import InferenceCrds, InferenceCrdsArgs
from components.routing.inference_objectives import InferenceObjectives
from components.routing.inference_pool import InferencePool
from components.serving.hugging_face_secret import HuggingFaceSecret
from components.serving.model_server import ModelServer
from components.serving.priority_classes import PriorityClasses, PriorityClassesArgs
from inference.config import Configuration
from inference.documents import CrdValue


def serve(
    name: str,
    configuration: Configuration,
    documents: Sequence[CrdValue],
    resources: StackResources,
    opts: pulumi.ResourceOptions,
) -> tuple[Mapping[str, pulumi.Output[str]], Sequence[pulumi.Resource]]:
    """Make everything in the cluster but namespace and Gateway.

    `opts` names the parent and the Kubernetes provider.

    Returns:
        InferencePool names by model name, and the model servers.
    """
    settings = configuration.settings
    reader = metrics_reader_args(settings, resources.namespace)
    metrics = MetricsReader(f"{name}-metrics", reader, opts) if reader else None
    token = hugging_face_secret_args(configuration, resources.namespace)
    secret = HuggingFaceSecret(f"{name}-hugging-face", token, opts) if token else None
    crds = InferenceCrds(f"{name}-crds", InferenceCrdsArgs(documents=documents), opts)
    classes = PriorityClassesArgs(classes=settings.priority_classes)
    resources = replace(
        resources,
        metrics_secret=metrics.secret_name if metrics else None,
        secret=secret,
        crds=crds,
        priority_classes=PriorityClasses(f"{name}-priority-classes", classes, opts).names
        if settings.priority_classes
        else {},
    )
    pools: dict[str, pulumi.Output[str]] = {}
    servers: list[pulumi.Resource] = []
    for model in settings.models:
        server = model_server_args(settings, model, resources)
        servers.append(ModelServer(f"{name}-{model.name}-server", server, opts))
        pool = InferencePool(
            f"{name}-{model.name}-pool", inference_pool_args(settings, model, resources), opts
        )
        pools[model.name] = pool.pool_name
        objectives = objectives_args(settings, model, pool.pool_name, resources)
        if objectives is not None:
            InferenceObjectives(f"{name}-{model.name}-objectives", objectives, opts)
    return pools, servers
