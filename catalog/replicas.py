"""Who owns the number of replicas of a Deployment."""

from typing import Final

from catalog.source import Level, Source

SHARED_FIELDS: Final = Source(
    title="Kubernetes: server-side apply, transferring ownership",
    url="https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership",
    date="2026-11",
    level=Level.HIGH,
)
