"""Arguments of the serving components, from settings. Registers nothing."""

from collections.abc import Mapping
from typing import Final

import pulumi

from components.arguments.resources import StackResources
from components.arguments.server_files import server_files
from components.serving.compute_class import ComputeClass
from components.serving.model_server_args import (
    ModelServerArgs,
    RolloutLimits,
    Scheduling,
    SecretKey,
    TokenFile,
)
from components.serving.server_autoscaler import Autoscaling
from components.serving.server_network_policy import Callers
from inference.catalog.images import LORA_SYNCER
from inference.catalog.machines import ACCELERATORS, GPU
from inference.catalog.metrics_adapter import managed_metric, pods_metric
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.engines import has_syncer, pulled_image, server_of
from inference.derive.expected import gauges, scale_out
from inference.derive.monitoring_names import scrapes_servers
from inference.derive.names import cluster_scoped, collector_namespace, picker_name
from inference.derive.placement import (
    capacities,
    machine_for,
    machines_with,
    makes_class,
    node_selector,
    pool_weights,
    rollout,
    tolerated,
)
from inference.derive.pod import requests
from inference.derive.sidecar import pod_annotations
from inference.derive.syncer import LoraAdapters
from inference.derive.timing import deployment_times, grace_period, startup_budget
from inference.derive.weights import (
    cache_path,
    keeps_cache,
    reads_hugging_face,
    started,
    uses_buckets,
)

_DRIVER_LIBRARIES: Final = "/usr/local/nvidia/lib64:/usr/local/cuda/lib64"


def model_server_args(
    settings: Settings, model: Model, resources: StackResources
) -> ModelServerArgs:
    """The servers of one model."""
    server = server_of(model)
    reads_buckets = uses_buckets(settings, model)
    token, served = _token(model, resources), started(settings, model)
    return ModelServerArgs(
        name=model.name,
        namespace=resources.namespace,
        container=server.container,
        image=pulled_image(model, settings.registry),
        command=server.command,
        arguments=server.arguments(served),
        environment=_environment(settings, model),
        pod_fields=server.pod_fields,
        port=model.port,
        live_path=server.live_path,
        ready_path=server.ready_path,
        user=server.user,
        gpus=0 if model.engine.is_simulated else model.gpu.count,
        gpu_resource=ACCELERATORS[model.gpu.accelerator].kind.resource,
        requests=requests(settings, model),
        replicas=model.replicas,
        autoscaling=_autoscaling(settings, model),
        scheduling=_scheduling(settings, model, resources.priority_classes),
        compute_class=_compute_class(settings, model, resources.node_account),
        files=server_files(settings, model),
        token=token,
        adapters=_adapters(settings, served),
        pull_secrets=[
            secret.name for secret in (*settings.registry.pull_secrets, *model.image_pull_secrets)
        ],
        account=resources.server_account if reads_buckets or isinstance(token, TokenFile) else None,
        labels=server.labels,
        annotations=pod_annotations(settings, model),
        startup_seconds=startup_budget(model),
        pre_stop_seconds=model.drain.pre_stop_seconds,
        grace_seconds=grace_period(model),
        rollout=_rollout(settings, model),
        callers=_callers(settings, model),
        scraped=scrapes_servers(settings),
        after=resources.grants if reads_buckets else (),
    )


def _token(model: Model, resources: StackResources) -> SecretKey | TokenFile | None:
    """A server that asks Hugging Face for nothing gets no token."""
    if not reads_hugging_face(model):
        return None
    if resources.token_class is not None:
        return TokenFile(class_name=resources.token_class)
    secret = resources.secret
    return SecretKey(name=secret.secret_name, key=secret.key) if secret else None


def _environment(settings: Settings, model: Model) -> dict[str, pulumi.Input[str] | SecretKey]:
    server, kind = server_of(model), ACCELERATORS[model.gpu.accelerator].kind
    variables: dict[str, pulumi.Input[str] | SecretKey] = {**server.variables(model)}
    if server.compile_cache is not None and keeps_cache(settings, model):
        variables[server.compile_cache] = cache_path(model)
    if settings.on_gke and not model.engine.is_simulated and kind is GPU:
        # vLLM sometimes finds no GPU on GKE without it (vllm #18859, #23935, #27268).
        variables["LD_LIBRARY_PATH"] = _DRIVER_LIBRARIES
    for name, given in model.env.items():
        secret, key = given.secret, given.key
        variables[name] = SecretKey(name=secret, key=key) if secret and key else given.value or ""
    return variables


def _scheduling(
    settings: Settings, model: Model, classes: Mapping[str, pulumi.Output[str]]
) -> Scheduling:
    wanted = model.priority_class
    return Scheduling(
        node_selector=node_selector(settings, model),
        preferred_pools=pool_weights(settings, model),
        tolerated=tolerated(settings, model),
        tolerates_gpus=not settings.on_gke and not model.engine.is_simulated,
        spread=model.spread,
        # Of a class that the stack makes, the output: servers come after it.
        priority_class=classes.get(wanted, wanted) if wanted else None,
    )


def _compute_class(
    settings: Settings, model: Model, node_account: pulumi.Input[str] | None
) -> ComputeClass | None:
    if not makes_class(settings, model):
        return None
    machines, machine = (
        machines_with(model.gpu.accelerator, model.gpu.count),
        machine_for(settings, model),
    )
    return ComputeClass(
        name=cluster_scoped(model.name, settings.namespace),
        accelerator=model.gpu.accelerator,
        gpus=machine.gpus,
        topology=machine.topology,
        capacities=capacities(settings, model),
        reservation=model.gpu.reservation,
        machine_type=machines[0].name if len(machines) == 1 else None,
        service_account=None if settings.cluster.is_autopilot else node_account,
    )


def _adapters(settings: Settings, model: Model) -> LoraAdapters | None:
    """None where the engine takes adapters as arguments."""
    if model.lora is None or not has_syncer(model):
        return None
    return LoraAdapters(
        base_model=model.served_model_name,
        sources={adapter.name: adapter.source for adapter in model.lora.adapters},
        retired=model.lora.retired,
        image=LORA_SYNCER.mirrored(settings.registry.prefix).reference,
    )


def _autoscaling(settings: Settings, model: Model) -> Autoscaling | None:
    wanted = model.autoscaling
    if wanted is None:
        return None
    looked_at = list(gauges(scale_out(settings, model, wanted), server_of(model).metrics))
    managed = settings.has_managed_metrics
    return Autoscaling(
        min=wanted.min,
        max=wanted.max,
        targets={
            managed_metric(model.name, one.name) if managed else pods_metric(one.metric): one.target
            for one in looked_at
        },
        exposed={one.name: one.metric for one in looked_at} if managed else {},
        up=wanted.scale_up,
        down=wanted.scale_down,
    )


def _rollout(settings: Settings, model: Model) -> RolloutLimits:
    strategy, times = rollout(settings, model), deployment_times(model)
    return RolloutLimits(
        max_surge=strategy.max_surge,
        max_unavailable=strategy.max_unavailable,
        progress_seconds=times.progress_deadline,
        create_seconds=times.create,
        update_seconds=times.update,
    )


def _callers(settings: Settings, model: Model) -> Callers | None:
    """None where a stack asks for no policy, or callers other than GKE's are unknown."""
    if not settings.security.network_policy or not settings.gateway.is_gke:
        return None
    return Callers(
        proxy_range=settings.network.proxy_only_subnet.cidr,
        picker_labels={settings.release.picker_label: picker_name(model.name)},
        collector_namespace=collector_namespace(settings),
    )
