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
from inference.config import Finding, Settings
from inference.config.gke_version import is_before
from inference.preflight.registry import warning

VERSION: Final = warning(
    id="autopilot.version",
    cause="Autopilot offers the accelerator only from a GKE version that an existing cluster may "
    "not have reached. New clusters in every release channel have it.",
    consequence="GKE rejects the Pods, or they stay Pending.",
    fix="Check the cluster's version, and accept the finding.",
    source=AUTOPILOT_GPUS,
    also=(CHANNELS,),
)
AUTOPILOT_GPUS_A_POD: Final = warning(
    id="autopilot.gpus-a-pod",
    cause="Autopilot allows only certain counts of this GPU per Pod, and the replica requests "
    "another.",
    consequence="GKE rejects the Pods, or they stay Pending.",
    fix="Request one of the counts listed.",
    source=AUTOPILOT_GPUS,
)


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
                f"Autopilot offers {gpu.accelerator} from GKE {version}, but an existing "
                "cluster's version is unknown: Pods may stay Pending",
                "check the cluster's version, and accept this finding",
            )
        counts = other_counts(gpu.accelerator, gpu.count)
        if counts:
            yield AUTOPILOT_GPUS_A_POD.to_set(
                f"models[{index}].gpu.count",
                f"Autopilot allows {', '.join(map(str, counts))} {gpu.accelerator} per Pod, not "
                f"{gpu.count}: Pods would stay Pending",
                str(next((n for n in counts if n > gpu.count), counts[-1])),
            )
