"""NVIDIA drivers: what GKE's nodes have, and what an image's CUDA needs. Major versions."""

from typing import Final

from inference.catalog.source import high, medium

GKE_DRIVERS: Final = medium(
    "GKE: run GPUs in Standard node pools; versions of the NVIDIA driver by GKE version",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/gpus",
)
CUDA_DRIVERS: Final = high(
    "NVIDIA: CUDA compatibility, least driver by CUDA's major version",
    "https://docs.nvidia.com/deploy/cuda-compatibility/",
)
DRIVER_LABEL: Final = "cloud.google.com/gke-gpu-driver-version"
"""Of nodes, with the values `default` and `latest`; Autopilot makes the node that Pods select."""
LATEST_DRIVER: Final = "latest"
DEFAULT_DRIVER: Final = "default"
_DRIVERS: Final = (
    ((1, 31), {DEFAULT_DRIVER: 535, LATEST_DRIVER: 580}),
    ((1, 28), {DEFAULT_DRIVER: 535, LATEST_DRIVER: 550}),
)
"""From a GKE version on, the newest first. Later versions have these or newer ones."""
CUDA_13_DRIVER: Final = 580
"""Least driver for CUDA 13, which vLLM 0.32.0 links (read in its wheel)."""
CUDA_13_SINCE: Final = (0, 32, 0)
"""First version of vLLM known to link it."""


def gke_driver(version: tuple[int, ...], label: str) -> int | None:
    """The least driver of a node by its GKE version and label; None where it is not known."""
    return next((found.get(label) for since, found in _DRIVERS if version[:2] >= since), None)
