"""The Pod of a model server: container, LoRA syncer, probes and volumes. Registers nothing."""

from collections.abc import Mapping
from math import ceil
from typing import Final

import pulumi
from pulumi_kubernetes import core, meta

from components.serving.lora_syncer import lora_syncer, syncer_volumes
from components.serving.model_server_args import (
    ModelServerArgs,
    Scheduling,
    SecretKey,
    TokenFile,
)
from components.serving.pool_affinity import pool_affinity
from components.serving.server_volumes import server_mounts, server_volumes, token_path
from inference.derive.names import server_labels

PORT_NAME: Final = "http"
_GPUS: Final = "nvidia.com/gpu"
_STARTUP_PERIOD: Final = 5
"""Seconds between startup probes."""


def server_pod(args: ModelServerArgs, config_map: pulumi.Input[str] | None) -> core.v1.PodSpecArgs:
    """Pod specification of one replica.

    `config_map` names the syncer's configuration; None where there is no syncer.
    """
    nodes = args.scheduling
    adapters = args.adapters
    syncer = (
        [lora_syncer(adapters.image, args.startup_seconds)] if adapters and config_map else None
    )
    return core.v1.PodSpecArgs(
        containers=[_container(args)],
        init_containers=syncer,
        image_pull_secrets=[
            core.v1.LocalObjectReferenceArgs(name=name) for name in args.pull_secrets
        ]
        or None,
        volumes=_volumes(args, config_map),
        node_selector=dict(nodes.node_selector) or None,
        tolerations=_tolerations(nodes) or None,
        affinity=pool_affinity(nodes.preferred_pools),
        topology_spread_constraints=_spread(server_labels(args.name)) if nodes.spread else None,
        priority_class_name=nodes.priority_class,
        termination_grace_period_seconds=args.grace_seconds,
        # A Service named `vllm` would set VLLM_PORT to an address that vLLM does not parse.
        enable_service_links=False,
        service_account_name=args.account,
        # The server calls no Kubernetes API.
        automount_service_account_token=False,
        security_context=core.v1.PodSecurityContextArgs(
            seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault")
        ),
    )


def _tolerations(nodes: Scheduling) -> list[core.v1.TolerationArgs]:
    found = [
        core.v1.TolerationArgs(
            key=taint.key, operator="Equal", value=taint.value, effect=taint.effect.value
        )
        for taint in nodes.tolerated
    ]
    if nodes.tolerates_gpus:
        # Its value differs from one installer of drivers to another.
        gpus = core.v1.TolerationArgs(key=_GPUS, operator="Exists", effect="NoSchedule")
        found.append(gpus)
    return found


def _spread(labels: Mapping[str, str]) -> list[core.v1.TopologySpreadConstraintArgs]:
    """Over zones first; only as far as it goes, or a stock-out of one zone would stop all."""
    return [
        core.v1.TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=topology,
            when_unsatisfiable="ScheduleAnyway",
            label_selector=meta.v1.LabelSelectorArgs(match_labels=dict(labels)),
        )
        for topology in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _environment(args: ModelServerArgs) -> list[core.v1.EnvVarArgs]:
    return [
        *(_variable(name, value) for name, value in args.environment.items()),
        *(
            core.v1.EnvVarArgs(
                name=name,
                value_from=core.v1.EnvVarSourceArgs(
                    field_ref=core.v1.ObjectFieldSelectorArgs(field_path=path)
                ),
            )
            for name, path in args.pod_fields.items()
        ),
        *_token(args.token),
    ]


def _variable(name: str, value: pulumi.Input[str] | SecretKey) -> core.v1.EnvVarArgs:
    if not isinstance(value, SecretKey):
        return core.v1.EnvVarArgs(name=name, value=value)
    key = core.v1.SecretKeySelectorArgs(name=value.name, key=value.key)
    return core.v1.EnvVarArgs(name=name, value_from=core.v1.EnvVarSourceArgs(secret_key_ref=key))


def _token(token: SecretKey | TokenFile | None) -> list[core.v1.EnvVarArgs]:
    if isinstance(token, TokenFile):
        # Read at each use, so that a new version counts without a restart.
        return [core.v1.EnvVarArgs(name="HF_TOKEN_PATH", value=token_path())]
    if token is None:
        return []
    # The first is what huggingface_hub reads now, the second what the tutorial sets.
    return [_variable(name, token) for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")]


def _probe(path: str, period: int, failures: int, timeout: int) -> core.v1.ProbeArgs:
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path=path, port=PORT_NAME),
        period_seconds=period,
        failure_threshold=failures,
        timeout_seconds=timeout,
    )


def _container(args: ModelServerArgs) -> core.v1.ContainerArgs:
    gpus = {args.gpu_resource: str(args.gpus)} if args.gpus else {}
    failures = ceil(args.startup_seconds / _STARTUP_PERIOD)
    return core.v1.ContainerArgs(
        name=args.container,
        image=args.image,
        image_pull_policy="IfNotPresent",
        command=list(args.command) or None,
        args=list(args.arguments),
        env=_environment(args),
        ports=[core.v1.ContainerPortArgs(name=PORT_NAME, container_port=args.port, protocol="TCP")],
        lifecycle=_pre_stop(args.pre_stop_seconds) if args.pre_stop_seconds else None,
        startup_probe=_probe(args.live_path, _STARTUP_PERIOD, failures, 1),
        # One slow second under load must neither restart a server, which costs its whole start,
        # nor take it out of rotation.
        liveness_probe=_probe(args.live_path, 10, 5, 5),
        readiness_probe=_probe(args.ready_path, 5, 3, 3),
        resources=core.v1.ResourceRequirementsArgs(
            requests={**gpus, **args.requests},
            # No memory limit: the server is alone on its node, and an OOM kill costs a whole start.
            limits=gpus or None,
        ),
        volume_mounts=server_mounts(args) or None,
        security_context=_security(args.user),
    )


def _pre_stop(seconds: int) -> core.v1.LifecycleArgs:
    """Load balancers take this long to stop sending; then SIGTERM drains the rest."""
    return core.v1.LifecycleArgs(
        pre_stop=core.v1.LifecycleHandlerArgs(sleep=core.v1.SleepActionArgs(seconds=seconds))
    )


def _security(user: int | None) -> core.v1.SecurityContextArgs:
    """Images that run as root write to their own layer, so neither can be forbidden there."""
    rootless = user is not None or None
    return core.v1.SecurityContextArgs(
        run_as_non_root=rootless,
        run_as_user=user,
        read_only_root_filesystem=rootless,
        allow_privilege_escalation=False,
        capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
    )


def _volumes(
    args: ModelServerArgs, config_map: pulumi.Input[str] | None
) -> list[core.v1.VolumeArgs] | None:
    volumes = server_volumes(args)
    if config_map is not None:
        volumes += syncer_volumes(config_map)
    return volumes or None
