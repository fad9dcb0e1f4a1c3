"""The Pod of a vLLM server: container, LoRA syncer, probes and volumes. Registers nothing."""

from dataclasses import dataclass
from typing import Final, final

import pulumi
from pulumi_kubernetes import core

from catalog.images import LORA_SYNCER
from config.models import Model
from config.settings import Settings
from derive.placement import machine_for, requested_size, uses_spot
from derive.size import PodSize
from derive.syncer import CONFIG_FILE, CONFIG_FOLDER
from derive.timing import STARTUP_PERIOD, grace_period, startup_budget, startup_failures
from derive.vllm_args import image, serve_args

_DATA: Final = "/data"
_HEALTH: Final = "/health"
_PORT: Final = "http"
_DRIVER_LIBRARIES: Final = "/usr/local/nvidia/lib64:/usr/local/cuda/lib64"
_NOBODY: Final = 65534
_ADAPTERS_GIB: Final = 1


@final
@dataclass(frozen=True, kw_only=True)
class VllmPodArgs:
    """What a Pod is made of. Names of Secret and ConfigMap come from the resources."""

    settings: Settings
    model: Model
    secret_name: pulumi.Input[str] | None
    secret_key: str
    config_map: pulumi.Input[str] | None
    """The syncer's configuration; None without LoRA."""


def vllm_pod(args: VllmPodArgs) -> core.v1.PodSpecArgs:
    """Pod specification of one replica."""
    model, settings = args.model, args.settings
    size = requested_size(settings, model)
    return core.v1.PodSpecArgs(
        containers=[_server(args, size)],
        init_containers=[_syncer(model)] if args.config_map is not None else None,
        volumes=_volumes(args, size),
        node_selector=_node_selector(settings, model),
        termination_grace_period_seconds=grace_period(model.drain),
        # A Service named `vllm` would set VLLM_PORT to an address that vLLM does not parse.
        enable_service_links=False,
        # The server calls no Kubernetes API.
        automount_service_account_token=False,
        security_context=core.v1.PodSecurityContextArgs(
            seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault")
        ),
    )


def _node_selector(settings: Settings, model: Model) -> dict[str, str]:
    selector = {"cloud.google.com/gke-accelerator": model.gpu.accelerator}
    if settings.cluster.is_autopilot:
        # Autopilot makes the node that the Pod describes.
        machine = machine_for(settings, model)
        selector["cloud.google.com/gke-accelerator-count"] = str(machine.gpus)
        if uses_spot(settings, model):
            selector["cloud.google.com/gke-spot"] = "true"
    return selector


def _environment(args: VllmPodArgs) -> list[core.v1.EnvVarArgs]:
    plain = {
        "PORT": str(args.model.port),
        # The weights go to the volume that is sized for them, not to the container's layer.
        "HF_HOME": _DATA,
        "VLLM_CACHE_ROOT": f"{_DATA}/vllm",
    }
    if args.model.lora is not None:
        plain["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] = "true"
    if args.settings.on_gke:
        # vLLM sometimes finds no GPU on GKE without it (vllm #18859, #23935, #27268).
        plain["LD_LIBRARY_PATH"] = _DRIVER_LIBRARIES
    environment = [core.v1.EnvVarArgs(name=name, value=value) for name, value in plain.items()]
    if args.secret_name is not None:
        source = core.v1.EnvVarSourceArgs(
            secret_key_ref=core.v1.SecretKeySelectorArgs(name=args.secret_name, key=args.secret_key)
        )
        # The first is what huggingface_hub reads now, the second what the tutorial sets.
        environment += [
            core.v1.EnvVarArgs(name=name, value_from=source)
            for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
        ]
    return environment


def _probe(period: int, failures: int, timeout: int) -> core.v1.ProbeArgs:
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path=_HEALTH, port=_PORT),
        period_seconds=period,
        failure_threshold=failures,
        timeout_seconds=timeout,
    )


def _server(args: VllmPodArgs, size: PodSize) -> core.v1.ContainerArgs:
    model = args.model
    gpus = {"nvidia.com/gpu": str(model.gpu.count)}
    mounts = {"data": _DATA, "shm": "/dev/shm"}  # noqa: S108 where workers share memory
    if args.config_map is not None:
        mounts["adapters"] = "/adapters"
    return core.v1.ContainerArgs(
        name="vllm",
        image=image(model),
        image_pull_policy="IfNotPresent",
        command=["vllm"],
        args=serve_args(model),
        env=_environment(args),
        ports=[core.v1.ContainerPortArgs(name=_PORT, container_port=model.port, protocol="TCP")],
        lifecycle=core.v1.LifecycleArgs(
            # Load balancers take this long to stop sending; then SIGTERM drains the rest.
            pre_stop=core.v1.LifecycleHandlerArgs(
                sleep=core.v1.SleepActionArgs(seconds=model.drain.pre_stop_seconds)
            )
        )
        if model.drain.pre_stop_seconds
        else None,
        startup_probe=_probe(STARTUP_PERIOD, startup_failures(model), 1),
        # One slow second under load must neither restart a server, which costs its whole start,
        # nor take it out of rotation.
        liveness_probe=_probe(10, 5, 5),
        readiness_probe=_probe(5, 3, 3),
        resources=core.v1.ResourceRequirementsArgs(
            requests={
                **gpus,
                "cpu": f"{size.cpu:g}",
                "memory": f"{size.memory}Gi",
                "ephemeral-storage": f"{size.ephemeral_storage}Gi",
            },
            # No memory limit: nobody else is on the node, and a kill costs a whole start.
            limits=gpus,
        ),
        volume_mounts=[
            core.v1.VolumeMountArgs(name=name, mount_path=path) for name, path in mounts.items()
        ],
        # The image runs as root and writes to its own layer, so neither can be forbidden here.
        security_context=core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
    )


def _syncer(model: Model) -> core.v1.ContainerArgs:
    """The syncer as a native sidecar: it starts first, stops last, and calls the server."""
    return core.v1.ContainerArgs(
        name="lora-adapter-syncer",
        image=LORA_SYNCER.reference,
        image_pull_policy="IfNotPresent",
        restart_policy="Always",
        # The image has a command and no entrypoint, so arguments alone would replace it.
        command=["python", "sidecar.py"],
        # Its own 300 s would run out before a large model has started.
        args=[f"--health-check-timeout={startup_budget(model)}"],
        env=[
            core.v1.EnvVarArgs(
                name="DYNAMIC_LORA_ROLLOUT_CONFIG", value=f"{CONFIG_FOLDER}/{CONFIG_FILE}"
            )
        ],
        resources=core.v1.ResourceRequirementsArgs(
            requests={"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "100Mi"}
        ),
        # No subPath: the kubelet does not update such mounts, so changes would not arrive.
        volume_mounts=[core.v1.VolumeMountArgs(name="config-volume", mount_path=CONFIG_FOLDER)],
        security_context=core.v1.SecurityContextArgs(
            run_as_non_root=True,
            run_as_user=_NOBODY,
            read_only_root_filesystem=True,
            allow_privilege_escalation=False,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
    )


def _volumes(args: VllmPodArgs, size: PodSize) -> list[core.v1.VolumeArgs]:
    volumes = [
        core.v1.VolumeArgs(
            name="data",
            empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{size.data_volume}Gi"),
        ),
        core.v1.VolumeArgs(
            name="shm",
            empty_dir=core.v1.EmptyDirVolumeSourceArgs(
                medium="Memory", size_limit=f"{size.shm_volume}Gi"
            ),
        ),
    ]
    if args.config_map is not None:
        volumes += [
            core.v1.VolumeArgs(
                name="adapters",
                empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{_ADAPTERS_GIB}Gi"),
            ),
            core.v1.VolumeArgs(
                name="config-volume",
                config_map=core.v1.ConfigMapVolumeSourceArgs(name=args.config_map),
            ),
        ]
    return volumes
