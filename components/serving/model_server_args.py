"""What a model server is made of: values that any Pulumi program can give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import pulumi

from components.serving.compute_class import ComputeClass
from components.serving.server_autoscaler import Autoscaling
from components.serving.server_network_policy import Callers
from inference.catalog.machines import GPU
from inference.config.node_pools import Taint
from inference.derive.syncer import LoraAdapters


@final
@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """A key of a Kubernetes Secret, as the value of variables."""

    name: pulumi.Input[str]
    """Name of the Secret, in the servers' namespace."""
    key: str
    """Key in that Secret."""


@final
@dataclass(frozen=True, kw_only=True)
class TokenFile:
    """The Hugging Face token as a file that Secret Manager's add-on mounts."""

    class_name: pulumi.Input[str]
    """SecretProviderClass in the same namespace, such as that of `MountedToken`."""


@final
@dataclass(frozen=True, kw_only=True)
class BucketVolume:
    """A Cloud Storage bucket, mounted by Cloud Storage FUSE.

    GKE adds what mounts it only to Pods with the annotation `gke-gcsfuse/volumes: "true"`.
    """

    path: str
    """Where it is mounted."""
    bucket: pulumi.Input[str]
    """Name of the bucket."""
    options: str
    """Mount options, comma-separated."""
    read_only: bool
    """False for what servers write, such as compile caches."""


@final
@dataclass(frozen=True, kw_only=True)
class ImageVolume:
    """The files of an OCI image, mounted read-only."""

    path: str
    """Where it is mounted."""
    reference: str
    """Image with its tag or digest."""


@final
@dataclass(frozen=True, kw_only=True)
class ClaimVolume:
    """The files of a PersistentVolumeClaim that is there, mounted read-only."""

    path: str
    """Where it is mounted."""
    claim: pulumi.Input[str]
    """Name of the claim, in the servers' namespace."""


@final
@dataclass(frozen=True, kw_only=True)
class ConfigMapVolume:
    """The keys of a ConfigMap as files."""

    path: str
    """Where it is mounted."""
    config_map: pulumi.Input[str]
    """Name of the ConfigMap, in the servers' namespace."""


StoredVolume = BucketVolume | ImageVolume | ClaimVolume | ConfigMapVolume
"""A volume that outlives a server's Pod."""


@final
@dataclass(frozen=True, kw_only=True)
class ServerFiles:
    """Where a server keeps files. Those of `stored` outlive its Pods."""

    data_gib: int
    """Size of the volume at /data, for downloads and caches. GiB of the node's disk."""
    shm_gib: int
    """Size of /dev/shm, where the workers of several GPUs share memory. GiB of host memory."""
    stored: Mapping[str, StoredVolume] = field(default_factory=dict[str, StoredVolume])
    """Volumes by their names."""


@final
@dataclass(frozen=True, kw_only=True)
class Scheduling:
    """Which nodes servers run on, and in which order they get them."""

    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels that a node must have; any node will do when empty."""
    preferred_pools: Mapping[str, int] = field(default_factory=dict[str, int])
    """Weights of node pools from 1 to 100 by the value of their label POOL_LABEL."""
    tolerated: Sequence[Taint] = ()
    """Taints of nodes that do not keep servers off, beside `nvidia.com/gpu`."""
    tolerates_gpus: bool = False
    """Whether Pods say that they tolerate the taint `nvidia.com/gpu`; GKE adds it to those with
    GPUs (admission plugin ExtendedResourceToleration), other clusters may not."""
    spread: bool = False
    """Whether servers are kept apart over zones and nodes, as far as GPUs allow."""
    priority_class: pulumi.Input[str] | None = None
    """PriorityClass of the Pods; the cluster's default when None."""


@final
@dataclass(frozen=True, kw_only=True)
class RolloutLimits:
    """How many Pods a roll-out replaces at once, and how long it is waited for.

    The defaults take a server down before they start its successor, which needs no spare GPU, and
    wait an hour for a node.
    """

    max_surge: int = 0
    """Pods beside those that serve. A Pod without a free GPU would block the roll-out."""
    max_unavailable: int = 1
    """Servers that may be down meanwhile; 1 or more where `max_surge` is 0."""
    progress_seconds: int = 5400
    """progressDeadlineSeconds: a node, the image and one start."""
    create_seconds: int = 5460
    """Until every new server is ready; above `progress_seconds`, after which Kubernetes says why
    it failed."""
    update_seconds: int = 10_800
    """Until a roll-out is over."""


@final
@dataclass(frozen=True, kw_only=True)
class ModelServerArgs:
    """One model's servers. The container is the caller's: any engine with an HTTP health check."""

    name: str
    """Name of the Deployment and of the objects for it, and value of the Pods' label `app`."""
    image: pulumi.Input[str]
    """Image of the engine, by tag or digest."""
    namespace: pulumi.Input[str] = "default"
    """Namespace of all objects."""
    container: str = "server"
    """Name of the container."""
    command: Sequence[str] = ()
    """The image's entrypoint when empty."""
    arguments: Sequence[pulumi.Input[str]] = ()
    """Arguments of the engine; one that names a port must name `port`."""
    environment: Mapping[str, pulumi.Input[str] | SecretKey] = field(
        default_factory=dict[str, pulumi.Input[str] | SecretKey]
    )
    """Variables by name, the Hugging Face token left out."""
    pod_fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that hold a field of the Pod, such as `status.podIP`."""
    port: int = 8000
    """Port that the engine listens on, named `http` in the Pod."""
    live_path: str = "/health"
    """Path that answers 200 while the process works; a server that fails it is restarted."""
    ready_path: str = "/health"
    """Path that answers 200 while a server can take requests."""
    user: int | None = None
    """Id of the user to run as, with a read-only root; None for an image that runs as root."""
    gpus: int = 0
    """GPUs of one server: a request and a limit."""
    gpu_resource: str = GPU.resource
    """Name of the extended resource that they are; `google.com/tpu` for chips of TPUs."""
    requests: Mapping[str, str] = field(default_factory=dict[str, str])
    """What else one server requests, as Kubernetes quantities by resource."""
    replicas: int = 1
    """Number of servers; unused where `autoscaling` is given."""
    autoscaling: Autoscaling | None = None
    """Bounds and targets of the autoscaler; None for a fixed number."""
    scheduling: Scheduling = Scheduling()
    """Any node by default."""
    compute_class: ComputeClass | None = None
    """A ComputeClass to make, which `scheduling.node_selector` names."""
    files: ServerFiles | None = None
    """Volumes; None for a server that writes nothing outside of its image."""
    token: SecretKey | TokenFile | None = None
    """Hugging Face token; None for open models."""
    adapters: LoraAdapters | None = None
    """LoRA adapters, loaded by a sidecar; vLLM with --enable-lora only."""
    pull_secrets: Sequence[pulumi.Input[str]] = ()
    """Secrets in the same namespace with which the Pod's images are pulled."""
    account: pulumi.Input[str] | None = None
    """ServiceAccount to run as, where Google is to know the server; the namespace's when None."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the Pods besides `app`, such as the picker's `…/engine-type`."""
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the Pods."""
    startup_seconds: int = 900
    """From the container's start until `live_path` must answer: download, loading, compilation."""
    pre_stop_seconds: int = 30
    """Time for load balancers to take a server out of rotation; 0 for none."""
    grace_seconds: int = 120
    """terminationGracePeriodSeconds: the preStop sleep and the longest request."""
    rollout: RolloutLimits = RolloutLimits()
    """How a change reaches the servers."""
    callers: Callers | None = None
    """Who alone reaches the port; everybody when None. Needs a cluster that enforces policies."""
    scraped: bool = False
    """Whether Managed Prometheus reads the servers' /metrics."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before a server starts and no value shows, such as grants on a bucket."""
