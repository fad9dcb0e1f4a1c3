"""What a cluster that exists must have before the stack can be built in it."""

from typing import Final

from inference.catalog.source import high

SIDECARS_SINCE: Final = "1.29.0"
"""First Kubernetes that starts restartable init containers, as the LoRA syncer is, by itself."""
SIDECARS_SOURCE: Final = high(
    "Kubernetes: sidecar containers, on by default since 1.29",
    "https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/",
)
VOLUME_MOUNTS: Final = high(
    "Kubernetes API: validation of volumes and volumeMounts",
    "https://kubernetes.io/docs/concepts/storage/volumes/",
)
ACCESS_MODES: Final = high(
    "Kubernetes: access modes of PersistentVolumes",
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
)
GATEWAY_API_CRDS: Final = tuple(
    f"{plural}.gateway.networking.k8s.io" for plural in ("gatewayclasses", "gateways", "httproutes")
)
"""CRDs of the Gateway API that the stack's objects, and the Gateway's class, are of."""
OBJECT_TYPES: Final = "kubernetes:"
"""What Pulumi's types of objects in a cluster begin with; their ids are namespace and name."""
RELEASE_TYPE: Final = "kubernetes:helm.sh/v3:Release"
"""Pulumi's type of Helm releases."""
