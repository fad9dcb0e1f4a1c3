"""Weights from Cloud Storage and from images: drivers, options, versions, and what was read."""

from typing import Final

from inference.catalog.source import high, inferred

STREAMER_SOURCE: Final = high(
    "GKE: accelerate model loading with Run:ai Model Streamer; vLLM reads gs:// with it "
    "since 0.11.1",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/persistent-volumes/"
    "run-ai-model-streamer",
)
STREAM_SINCE: Final = (0, 11, 1)
"""First vLLM version that streams from Cloud Storage with the Pod's own identity."""
FUSE_SOURCE: Final = high(
    "GKE: optimize the Cloud Storage FUSE CSI driver, its example of inference serving",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-perf",
)
FUSE_DRIVER: Final = "gcsfuse.csi.storage.gke.io"
FUSE_ANNOTATIONS: Final = {"gke-gcsfuse/volumes": "true"}
"""By it GKE adds the sidecar that mounts buckets."""
FUSE_UNLIMITED: Final = {
    f"gke-gcsfuse/{resource}-limit": "0" for resource in ("cpu", "ephemeral-storage", "memory")
}
"""Takes the limits off the sidecar, which Standard clusters allow, and Google recommends."""
FUSE_AUTOPILOT_CPU: Final = 1
FUSE_AUTOPILOT_MEMORY_GIB: Final = 2
"""On Autopilot limits are requests; the default of a quarter of each would load slowly, and
parallel downloads of large files need more (inferred)."""
FUSE_CPU: Final = 0.25
FUSE_MEMORY_GIB: Final = 0.25
FUSE_STORAGE_GIB: Final = 5
"""Default requests of the sidecar (level M)."""
READ_OPTIONS: Final = (
    "implicit-dirs",
    "metadata-cache:ttl-secs:-1",
    "metadata-cache:stat-cache-max-size-mb:-1",
    "metadata-cache:type-cache-max-size-mb:-1",
    "file-cache:max-size-mb:-1",
    "file-cache:cache-file-for-range-read:true",
    "file-system:kernel-list-cache-ttl-secs:60",
    "file-cache:enable-parallel-downloads:true",
    "read_ahead_kb=1024",
)
"""Files are fetched whole, in parallel parts, onto the node's disk, and taken not to change. Lists
are refreshed: the mount outlives a server that restarts because its folder is still empty."""
WRITE_OPTIONS: Final = (
    "implicit-dirs",
    "metadata-cache:negative-ttl-secs:0",
    "file-system:rename-dir-limit:1000",
)
"""So that what another server has written meanwhile is seen, and folders can be renamed, as
compilers do, in a bucket that has none."""
COMPILE_CACHE_SOURCE: Final = inferred(
    "vLLM: torch.compile integration; all that the result depends on is in a folder's name, "
    "so that the cache may be copied between servers. Not tried on Cloud Storage FUSE",
    "https://docs.vllm.ai/en/stable/design/torch_compile/",
)
IMAGE_VOLUME_SOURCE: Final = high(
    "Kubernetes 1.36: ImageVolume in pkg/features/kube_features.go, on by default since 1.35",
    "https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes",
)
WORKLOAD_IDENTITY_SOURCE: Final = high(
    "GKE: authenticate to Google Cloud APIs from GKE workloads",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity",
)
STORAGE_API: Final = "storage.googleapis.com"
READER_ROLE: Final = "roles/storage.objectViewer"
VIEWER_ROLE: Final = "roles/storage.bucketViewer"
"""The streamer asks for the bucket itself too (storage.buckets.get), read in its code."""
WRITER_ROLE: Final = "roles/storage.objectUser"
SOFT_DELETE_SECONDS: Final = 7 * 24 * 3600
"""For so long weights that were deleted or overwritten can be restored; Google's own default."""
