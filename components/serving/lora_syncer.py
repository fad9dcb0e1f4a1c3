"""The container that loads adapters into a model server. Registers nothing."""

from pathlib import Path
from typing import Final

import pulumi
from pulumi_kubernetes import core

from inference.derive.quantities import plain
from inference.derive.syncer import (
    ADAPTERS_SECONDS,
    CONFIG_FILE,
    CONFIG_FOLDER,
    READY_FILE,
    STATE_FOLDER,
    SYNCER_CPU,
    SYNCER_MEMORY_MIB,
)

CONFIG_VOLUME: Final = "config-volume"
STATE_VOLUME: Final = "syncer-state"
READY_SCRIPT: Final = Path(__file__).with_name("adapters_ready.py")
_CONFIG: Final = f"{CONFIG_FOLDER}/{CONFIG_FILE}"
_OUTPUT: Final = "/proc/1/fd/1"
"""The syncer's own output, so that `kubectl logs` shows what a probe says."""
_NOBODY: Final = 65534


def lora_syncer(image: str, startup_seconds: int) -> core.v1.ContainerArgs:
    """The syncer as a native sidecar: it starts first, stops last, and calls the server.

    It waits `startup_seconds` for the server to answer.
    """
    return core.v1.ContainerArgs(
        name="lora-adapter-syncer",
        image=image,
        image_pull_policy="IfNotPresent",
        restart_policy="Always",
        # The image has a command and no entrypoint, so arguments alone would replace it.
        command=["python", "sidecar.py"],
        # Its own 300 s would run out before a large model has started.
        args=[f"--health-check-timeout={startup_seconds}"],
        env=[
            core.v1.EnvVarArgs(name="DYNAMIC_LORA_ROLLOUT_CONFIG", value=_CONFIG),
        ],
        readiness_probe=_readiness(),
        resources=core.v1.ResourceRequirementsArgs(
            requests={
                "cpu": plain(SYNCER_CPU),
                "memory": f"{SYNCER_MEMORY_MIB}Mi",
                "ephemeral-storage": "100Mi",
            }
        ),
        # No subPath: the kubelet does not update such mounts, so changes would not arrive.
        volume_mounts=[
            core.v1.VolumeMountArgs(name=CONFIG_VOLUME, mount_path=CONFIG_FOLDER),
            core.v1.VolumeMountArgs(name=STATE_VOLUME, mount_path=STATE_FOLDER),
        ],
        security_context=core.v1.SecurityContextArgs(
            run_as_non_root=True,
            run_as_user=_NOBODY,
            read_only_root_filesystem=True,
            allow_privilege_escalation=False,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
    )


def _readiness() -> core.v1.ProbeArgs:
    """A sidecar that is not ready keeps its Pod from being ready."""
    arguments = [_CONFIG, STATE_FOLDER, _OUTPUT, str(ADAPTERS_SECONDS)]
    return core.v1.ProbeArgs(
        exec_=core.v1.ExecActionArgs(
            command=["python", f"{CONFIG_FOLDER}/{READY_FILE}", *arguments]
        ),
        period_seconds=5,
        # A new interpreter each time, beside a server that loads.
        timeout_seconds=5,
        failure_threshold=3,
    )


def syncer_volumes(config_map: pulumi.Input[str]) -> list[core.v1.VolumeArgs]:
    """Its configuration, and what the probe remembers of the server."""
    return [
        core.v1.VolumeArgs(
            name=CONFIG_VOLUME, config_map=core.v1.ConfigMapVolumeSourceArgs(name=config_map)
        ),
        core.v1.VolumeArgs(
            name=STATE_VOLUME, empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit="1Mi")
        ),
    ]
