"""How far versions of GKE may be apart."""

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
