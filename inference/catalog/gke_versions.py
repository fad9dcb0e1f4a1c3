"""Versions of GKE, such as `1.34.1-gke.1829001`, and how they are compared."""

from typing import Final

from inference.catalog.source import Level, Source

OLDEST_NODES: Final = 2
"""Minor versions that nodes may be behind the control plane."""
VERSIONS_SOURCE: Final = Source(
    title="GKE: versioning and support, supported version skew; release channels",
    url="https://cloud.google.com/kubernetes-engine/versioning",
    date="2026-11",
    level=Level.HIGH,
)


def version_key(version: str) -> tuple[int, ...]:
    """The numbers of a version, to be compared."""
    return tuple(int(part) for part in version.replace("-gke", "").split("."))


def is_before(version: str, other: str) -> bool:
    """Whether a version is before another, as far as both say: `1.34` is not before `1.34.1`."""
    first, second = version_key(version), version_key(other)
    said = min(len(first), len(second))
    return first[:said] < second[:said]
