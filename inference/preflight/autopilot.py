"""Autopilot: whether it gives the GPUs that a replica asks for, in the version there may be."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.autopilot import (
    AUTOPILOT_GPUS,
    GATEWAY_SINCE,
    GPUS_A_POD,
    RAPID_IS_PAST,
    SINCE,
)
from inference.catalog.gke_versions import is_before
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ReleaseChannel
from inference.config.finding import set_command
from inference.preflight.registry import Check

VERSION: Final = Check(
    id="autopilot.version",
    severity=Severity.WARNING,
    cause="Autopilot has the accelerator only from a GKE version on that the cluster may not have: "
    "the release channel is not known to be so far, or the cluster is not this stack's.",
    consequence="GKE refuses the Pods, or they stay Pending.",
    fix="Use the rapid channel, or accept the finding where the version is known.",
    source=AUTOPILOT_GPUS,
)
COUNT: Final = Check(
    id="autopilot.gpus-a-pod",
    severity=Severity.WARNING,
    cause="Autopilot gives a Pod certain numbers of this GPU, and the replica asks for another.",
    consequence="GKE refuses the Pods, or they stay Pending.",
    fix="Ask for one of the numbers named.",
    source=AUTOPILOT_GPUS,
)
CHECKS: Final = (VERSION, COUNT)


def missing_version(settings: Settings, accelerator: str) -> str | None:
    """The GKE version that Autopilot needs for an accelerator, where it may not be there."""
    since = SINCE.get(accelerator, GATEWAY_SINCE)
    rapid = settings.cluster.is_created and (
        settings.cluster.release_channel is ReleaseChannel.RAPID
    )
    reached = settings.cluster.version or (RAPID_IS_PAST if rapid else GATEWAY_SINCE)
    return since if is_before(reached, since) else None


def other_counts(accelerator: str, count: int) -> list[int]:
    """Numbers of GPUs that Autopilot gives a Pod; empty where it gives `count`."""
    given = GPUS_A_POD.get(accelerator, frozenset({count}))
    return [] if count in given else sorted(given)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the GPUs of each model's replicas, on Autopilot."""
    if not settings.cluster.is_autopilot:
        return
    for index, model in enumerate(settings.models):
        if model.engine.is_simulated:
            continue
        gpu = model.gpu
        version = missing_version(settings, gpu.accelerator)
        if version is not None:
            where = (
                f"channel {settings.cluster.release_channel.value} is not known to have it"
                if settings.cluster.is_created
                else "the version of an existing cluster is not known"
            )
            yield VERSION.finding(
                f"models[{index}].gpu.accelerator",
                f"Autopilot has {gpu.accelerator} from GKE {version} on, and {where}: Pods may "
                "stay Pending",
                f"{set_command('cluster.releaseChannel', 'rapid')}, or accept this finding"
                if settings.cluster.is_created
                else "accept this finding where the cluster is so far",
            )
        counts = other_counts(gpu.accelerator, gpu.count)
        if counts:
            path = f"models[{index}].gpu.count"
            yield COUNT.finding(
                path,
                f"Autopilot gives a Pod {', '.join(map(str, counts))} {gpu.accelerator}, not "
                f"{gpu.count}: Pods would stay Pending",
                set_command(path, str(next((n for n in counts if n > gpu.count), counts[-1]))),
            )
