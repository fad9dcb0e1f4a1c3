"""Who owns the number of replicas of a Deployment."""

from typing import Final

from inference.catalog.source import Level, Source

SHARED_FIELDS: Final = Source(
    title="pulumi-kubernetes, provider/pkg/await: an ignored field is sent as it is in the "
    "cluster, or left out when another manager alone owns it",
    url="https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/await/await.go",
    date="2026-11",
    level=Level.HIGH,
)
