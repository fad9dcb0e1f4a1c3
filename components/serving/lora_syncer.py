"""The container that loads adapters into a model server. Registers nothing."""

from typing import Final

from pulumi_kubernetes import core

from inference.derive.syncer import CONFIG_FILE, CONFIG_FOLDER, SYNCER_CPU, SYNCER_MEMORY_MIB

CONFIG_VOLUME: Final = "config-volume"
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
            core.v1.EnvVarArgs(
                name="DYNAMIC_LORA_ROLLOUT_CONFIG", value=f"{CONFIG_FOLDER}/{CONFIG_FILE}"
            )
        ],
        resources=core.v1.ResourceRequirementsArgs(
            requests={
                "cpu": f"{SYNCER_CPU * 1000:g}m",
                "memory": f"{SYNCER_MEMORY_MIB}Mi",
                "ephemeral-storage": "100Mi",
            }
        ),
        # No subPath: the kubelet does not update such mounts, so changes would not arrive.
        volume_mounts=[core.v1.VolumeMountArgs(name=CONFIG_VOLUME, mount_path=CONFIG_FOLDER)],
        security_context=core.v1.SecurityContextArgs(
            run_as_non_root=True,
            run_as_user=_NOBODY,
            read_only_root_filesystem=True,
            allow_privilege_escalation=False,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
    )
