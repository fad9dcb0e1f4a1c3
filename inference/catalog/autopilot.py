"""What Autopilot needs and gives for GPUs: the GKE version of an accelerator, GPUs a Pod."""

from collections.abc import Mapping
from typing import Final

from inference.catalog.source import high

AUTOPILOT_GPUS: Final = high(
    "GKE: deploy GPU workloads in Autopilot",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/autopilot-gpus",
)
CLASSES: Final = high(
    "GKE: ComputeClass, and custom ComputeClasses in Standard clusters",
    "https://cloud.google.com/kubernetes-engine/docs/reference/crds/computeclass",
)
SINCE: Final[Mapping[str, str]] = {
    "nvidia-h100-80gb": "1.31.4-gke.1072000",
    "nvidia-h200-141gb": "1.31.4-gke.1183000",
    "nvidia-b200": "1.32.2-gke.1422000",
    "nvidia-rtx-pro-6000": "1.34.1-gke.1829001",
}
"""First GKE version by accelerator; for H100 that with fewer than eight to a Pod."""
GPUS_A_POD: Final[Mapping[str, frozenset[int]]] = {"nvidia-h100-80gb": frozenset({1, 2, 4, 8})}
"""Numbers of GPUs that a Pod can have, where not every number up to a machine's is given."""
GATEWAY_SINCE: Final = "1.32.3"
"""The Inference Gateway's own first version: a cluster that serves is at least so new."""
CHANNELS: Final = high(
    "GKE release notes: default version of a new cluster by release channel",
    "https://cloud.google.com/kubernetes-engine/docs/release-notes",
    date="2026-09",
)
CHANNEL_VERSIONS: Final[Mapping[str, str]] = {
    "rapid": "1.36.4-gke.1082000",
    "regular": "1.35.8-gke.1036000",
    "stable": "1.35.6-gke.1250000",
}
"""Version that a new cluster of a channel has; later ones are newer."""


def channel_version(channel: str) -> str:
    """The version of a new cluster in a release channel, at least; unknown of `extended`."""
    return CHANNEL_VERSIONS.get(channel, GATEWAY_SINCE)
