"""The Pod of a model server: container, LoRA syncer, probes and volumes. Registers nothing.

What differs from engine to engine stands in `derive.engines`.
"""

from dataclasses import dataclass
from typing import Final, final

import pulumi
from pulumi_kubernetes import core, meta

from components.serving.lora_syncer import CONFIG_VOLUME, lora_syncer
from components.serving.mounted_token import TOKEN_FILE, MountedToken
from components.serving.pool_affinity import pool_affinity
from components.serving.stored_volumes import WEIGHTS, stored_mounts, stored_volumes
from inference.catalog.secret_manager import DRIVER
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.chart import server_labels
from inference.derive.engines import image, server_of
from inference.derive.engines.server import DATA_FOLDER, Server
from inference.derive.placement import node_selector
from inference.derive.pod import gpu_limits, pod_size, requests
from inference.derive.timing import STARTUP_PERIOD, grace_period, startup_failures
from inference.derive.weights import cache_path, keeps_cache, started

_PORT: Final = "http"
_DRIVER_LIBRARIES: Final = "/usr/local/nvidia/lib64:/usr/local/cuda/lib64"
_ADAPTERS: Final = "adapters"
_TOKEN: Final = "hugging-face-token"  # noqa: S105 the volume's name
_SECRETS: Final = "/var/run/secrets/hugging-face"
_ADAPTERS_GIB: Final = 1


@final
@dataclass(frozen=True, kw_only=True)
class ServerPodArgs:
    """What a Pod is made of. Names of Secret and ConfigMap come from the resources."""

    settings: Settings
    model: Model
    secret_name: pulumi.Input[str] | None
    secret_key: str
    config_map: pulumi.Input[str] | None
    """The syncer's configuration; None where there is no syncer."""
    priority_class: pulumi.Input[str] | None = None
    account: pulumi.Input[str] | None = None
    """ServiceAccount to run as, where Google is to know the server."""
    mounted: MountedToken | None = None


def server_pod(args: ServerPodArgs) -> core.v1.PodSpecArgs:
    """Pod specification of one replica."""
    model, settings = args.model, args.settings
    return core.v1.PodSpecArgs(
        containers=[_container(args, server_of(model))],
        init_containers=[lora_syncer(model)] if args.config_map is not None else None,
        volumes=_volumes(args),
        node_selector=node_selector(settings, model) or None,
        affinity=pool_affinity(settings, model),
        topology_spread_constraints=_spread(model) if model.spread else None,
        priority_class_name=args.priority_class,
        termination_grace_period_seconds=grace_period(model),
        # A Service named `vllm` would set VLLM_PORT to an address that vLLM does not parse.
        enable_service_links=False,
        service_account_name=args.account,
        # The server calls no Kubernetes API.
        automount_service_account_token=False,
        security_context=core.v1.PodSecurityContextArgs(
            seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault")
        ),
    )


def _spread(model: Model) -> list[core.v1.TopologySpreadConstraintArgs]:
    """Over zones first; only as far as it goes, or a stock-out of one zone would stop all."""
    return [
        core.v1.TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=topology,
            when_unsatisfiable="ScheduleAnyway",
            label_selector=meta.v1.LabelSelectorArgs(match_labels=dict(server_labels(model))),
        )
        for topology in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _environment(args: ServerPodArgs, server: Server) -> list[core.v1.EnvVarArgs]:
    plain = dict(server.variables(args.model))
    if server.compile_cache is not None and keeps_cache(args.settings, args.model):
        plain[server.compile_cache] = cache_path(args.model)
    if args.settings.on_gke and not args.model.engine.is_simulated:
        # vLLM sometimes finds no GPU on GKE without it (vllm #18859, #23935, #27268).
        plain["LD_LIBRARY_PATH"] = _DRIVER_LIBRARIES
    environment = [core.v1.EnvVarArgs(name=name, value=value) for name, value in plain.items()]
    environment += [
        core.v1.EnvVarArgs(
            name=name,
            value_from=core.v1.EnvVarSourceArgs(
                field_ref=core.v1.ObjectFieldSelectorArgs(field_path=path)
            ),
        )
        for name, path in server.pod_fields.items()
    ]
    if args.mounted is not None:
        # Read at each use, so that a new version counts without a restart.
        path = f"{_SECRETS}/{TOKEN_FILE}"
        environment.append(core.v1.EnvVarArgs(name="HF_TOKEN_PATH", value=path))
    elif args.secret_name is not None:
        source = core.v1.EnvVarSourceArgs(
            secret_key_ref=core.v1.SecretKeySelectorArgs(name=args.secret_name, key=args.secret_key)
        )
        # The first is what huggingface_hub reads now, the second what the tutorial sets.
        environment += [
            core.v1.EnvVarArgs(name=name, value_from=source)
            for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
        ]
    return environment


def _probe(path: str, period: int, failures: int, timeout: int) -> core.v1.ProbeArgs:
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path=path, port=_PORT),
        period_seconds=period,
        failure_threshold=failures,
        timeout_seconds=timeout,
    )


def _container(args: ServerPodArgs, server: Server) -> core.v1.ContainerArgs:
    model = args.model
    return core.v1.ContainerArgs(
        name=server.container,
        image=image(model),
        image_pull_policy="IfNotPresent",
        command=list(server.command) or None,
        args=server.arguments(started(args.settings, model)),
        env=_environment(args, server),
        ports=[core.v1.ContainerPortArgs(name=_PORT, container_port=model.port, protocol="TCP")],
        lifecycle=core.v1.LifecycleArgs(
            # Load balancers take this long to stop sending; then SIGTERM drains the rest.
            pre_stop=core.v1.LifecycleHandlerArgs(
                sleep=core.v1.SleepActionArgs(seconds=model.drain.pre_stop_seconds)
            )
        )
        if model.drain.pre_stop_seconds
        else None,
        startup_probe=_probe(server.live_path, STARTUP_PERIOD, startup_failures(model), 1),
        # One slow second under load must neither restart a server, which costs its whole start,
        # nor take it out of rotation.
        liveness_probe=_probe(server.live_path, 10, 5, 5),
        readiness_probe=_probe(server.ready_path, 5, 3, 3),
        resources=core.v1.ResourceRequirementsArgs(
            requests=requests(args.settings, model),
            # No memory limit: nobody else is on the node, and a kill costs a whole start.
            limits=gpu_limits(model) or None,
        ),
        volume_mounts=[
            core.v1.VolumeMountArgs(
                name=name, mount_path=path, read_only=True if name == WEIGHTS else None
            )
            for name, path in _mounts(args).items()
        ]
        or None,
        security_context=_security(server),
    )


def _security(server: Server) -> core.v1.SecurityContextArgs:
    """Images that run as root write to their own layer, so neither can be forbidden there."""
    rootless = server.user is not None or None
    return core.v1.SecurityContextArgs(
        run_as_non_root=rootless,
        run_as_user=server.user,
        read_only_root_filesystem=rootless,
        allow_privilege_escalation=False,
        capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
    )


def _mounts(args: ServerPodArgs) -> dict[str, str]:
    """Where the server's volumes are mounted. What is simulated reads no weights."""
    if args.model.engine.is_simulated:
        return {}
    mounts = {"data": DATA_FOLDER, "shm": "/dev/shm"}  # noqa: S108 where workers share memory
    if args.mounted is not None:
        mounts[_TOKEN] = _SECRETS
    mounts |= stored_mounts(args.settings, args.model)
    return {**mounts, _ADAPTERS: "/adapters"} if args.config_map is not None else mounts


def _volumes(args: ServerPodArgs) -> list[core.v1.VolumeArgs] | None:
    mounts = _mounts(args)
    volumes: list[core.v1.VolumeArgs] = []
    if mounts:
        size = pod_size(args.settings, args.model)
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
    if _TOKEN in mounts and args.mounted is not None:
        secrets = core.v1.CSIVolumeSourceArgs(
            driver=DRIVER,
            read_only=True,
            volume_attributes={"secretProviderClass": args.mounted.class_name},
        )
        volumes.append(core.v1.VolumeArgs(name=_TOKEN, csi=secrets))
    volumes += stored_volumes(args.settings, args.model)
    if _ADAPTERS in mounts:
        empty = core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{_ADAPTERS_GIB}Gi")
        volumes.append(core.v1.VolumeArgs(name=_ADAPTERS, empty_dir=empty))
    if args.config_map is not None:
        source = core.v1.ConfigMapVolumeSourceArgs(name=args.config_map)
        volumes.append(core.v1.VolumeArgs(name=CONFIG_VOLUME, config_map=source))
    return volumes or None
