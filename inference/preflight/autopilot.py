"""Autopilot: whether it gives the GPUs that a replica asks for, in the version there may be."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.autopilot import (
    AUTOPILOT_GPUS,
    CHANNELS,
    GATEWAY_SINCE,
    GPUS_A_POD,
    SINCE,
    channel_version,
)
from inference.catalog.gke_versions import is_before
from inference.config import Finding, Settings, Severity
from inference.config.finding import set_command
from inference.preflight.registry import Check

VERSION: Final = Check(
    id="autopilot.version",
    severity=Severity.WARNING,
    cause="Autopilot has the accelerator only from a GKE version on that an existing cluster may "
    "not have. New clusters of every release channel have it.",
    consequence="GKE refuses the Pods, or they stay Pending.",
    fix="Accept the finding where the version is known.",
    source=AUTOPILOT_GPUS,
    also=(CHANNELS,),
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
    cluster = settings.cluster
    channel = channel_version(cluster.release_channel) if cluster.is_created else GATEWAY_SINCE
    return since if is_before(cluster.version or channel, since) else None


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
            yield VERSION.finding(
                f"models[{index}].gpu.accelerator",
                f"Autopilot has {gpu.accelerator} from GKE {version} on, and the version of an "
                "existing cluster is not known: Pods may stay Pending",
                "accept this finding where the cluster is so far",
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
