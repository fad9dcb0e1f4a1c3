"""How far versions of GKE may be apart."""

from typing import Final

from inference.catalog.source import high

OLDEST_NODES: Final = 2
"""Minor versions that nodes may be behind the control plane."""
VERSIONS_SOURCE: Final = high(
    "GKE: versioning and support, supported version skew; release channels",
    "https://cloud.google.com/kubernetes-engine/versioning",
)
