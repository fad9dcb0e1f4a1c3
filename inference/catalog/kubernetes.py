"""What a cluster that exists must have before the stack can be built in it."""

from typing import Final

from inference.catalog.source import Level, Source

SIDECARS_SINCE: Final = "1.29.0"
"""First Kubernetes that starts restartable init containers, as the LoRA syncer is, by itself."""
SIDECARS_SOURCE: Final = Source(
    title="Kubernetes: sidecar containers, on by default since 1.29",
    url="https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/",
    date="2026-11",
    level=Level.HIGH,
)
VOLUME_MOUNTS: Final = Source(
    title="Kubernetes API: validation of volumes and volumeMounts",
    url="https://kubernetes.io/docs/concepts/storage/volumes/",
    date="2026-11",
    level=Level.HIGH,
)
ACCESS_MODES: Final = Source(
    title="Kubernetes: access modes of PersistentVolumes",
    url="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
    date="2026-11",
    level=Level.HIGH,
)
GATEWAY_API_CRDS: Final = tuple(
    f"{plural}.gateway.networking.k8s.io" for plural in ("gatewayclasses", "gateways", "httproutes")
)
"""CRDs of the Gateway API that the stack's objects, and the Gateway's class, are of."""
