"""Who owns the number of replicas of a Deployment."""

from typing import Final

from inference.catalog.source import high

SHARED_FIELDS: Final = high(
    "pulumi-kubernetes, provider/pkg/await: an ignored field is sent as it is in the "
    "cluster, or left out when another manager alone owns it",
    "https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/await/await.go",
)
