"""What a cluster is made of: the arguments of `Cluster`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import pulumi

from inference.config.cluster import AuthorizedNetwork, ClusterEvent, Endpoint, ReleaseChannel
from inference.config.maintenance import Maintenance


@final
@dataclass(frozen=True, kw_only=True)
class ExistingCluster:
    """A cluster that is there already, on GKE or elsewhere."""

    context: str | None
    """Context of the kubeconfig."""
    kubeconfig: str | None = None
    """Path of the kubeconfig file; the usual places when None."""


@final
@dataclass(frozen=True, kw_only=True)
class StandardNodes:
    """CPU nodes of a Standard cluster, which run system Pods; GPU node pools are separate.

    What is switched on here, Autopilot has by itself.
    """

    machine_type: str
    """Machine type, such as `e2-standard-8`."""
    nodes_per_zone: int = 1
    """Nodes in each zone. A change of it replaces the cluster."""
    secure_boot: bool = False
    """Whether nodes load signed boot components and kernel modules only."""
    image_streaming: bool = False
    """Whether nodes start images before they have all of them."""
    dataplane_v2: bool = False
    """Whether the cluster enforces NetworkPolicies. A change of it replaces the cluster."""
    mounts_buckets: bool = False
    """Whether Pods can mount Cloud Storage buckets as files."""


@final
@dataclass(frozen=True, kw_only=True)
class NewCluster:
    """A GKE cluster with the Gateway API: Standard, or Autopilot without `standard`."""

    name: str
    """Name of the cluster, 40 characters at most."""
    project_id: str
    """Project of its workload pool, `PROJECT.svc.id.goog`."""
    location: str
    """Region or zone of the control plane."""
    account_id: str
    """Id of the service account to make for nodes: 6 to 30 characters."""
    node_roles: Sequence[str] = ()
    """Roles of that account in the project beside the minimal one, such as to pull images."""
    standard: StandardNodes | None = None
    """CPU nodes of a Standard cluster; None for an Autopilot cluster."""
    network: pulumi.Input[str] = "default"
    """VPC network. A change of it replaces the cluster."""
    subnetwork: pulumi.Input[str] | None = None
    """Subnet of the nodes; the one of the network's own name when None."""
    pod_range: str | None = None
    """Name of the subnet's secondary range for Pods; GKE makes one when None."""
    service_range: str | None = None
    """Name of the subnet's secondary range for Services; GKE makes one when None."""
    release_channel: ReleaseChannel = ReleaseChannel.REGULAR
    """Release channel; GKE's own default when unset."""
    version: str | None = None
    """GKE version that the control plane has at least; the channel's when None."""
    deletion_protection: bool = True
    """Whether GKE refuses to delete the cluster; the provider's own default when unset."""
    private_nodes: bool = False
    """Whether nodes have internal addresses only; they then need NAT for the internet."""
    endpoint: Endpoint = Endpoint.IP
    """How the control plane is reached: by its address, or by a DNS name and IAM alone."""
    authorized_networks: Sequence[AuthorizedNetwork] = ()
    """From where the control plane's address may be reached; from anywhere when empty."""
    automatic_monitoring: bool = True
    """Whether GKE scrapes workloads that it knows, model servers among them."""
    maintenance: Maintenance | None = None
    """When GKE may upgrade the cluster by itself; at any time when None."""
    events: Sequence[ClusterEvent] | None = None
    """Messages about upgrades and security bulletins to publish; none when None."""
    topic: pulumi.Input[str] | None = None
    """Pub/Sub topic of these messages, as `projects/PROJECT/topics/TOPIC`."""
    new_topic: str | None = None
    """Name of a topic to make in place of `topic`."""
    mounts_secrets: bool = False
    """Whether Pods can mount secrets of Secret Manager, which then follow new versions."""
    posture: Literal["basic", "disabled"] | None = None
    """Mode of the security posture dashboard; GKE's default when None."""
    fast_autoscaling: bool = False
    """Whether autoscalers have the profile `performance`, which metrics that GKE exposes need."""
    cost_allocation: bool = False
    """Whether billing splits costs by namespace and label."""
    protect: bool | None = None
    """Whether Pulumi refuses to delete the cluster."""
    nat: pulumi.Resource | None = None
    """NAT of nodes without external addresses, which must be there as long as they are."""
    project: pulumi.Resource | None = None
    """Enables the APIs of GKE, IAM and Pub/Sub; None where they are enabled."""

    @property
    def streams_images(self) -> bool:
        """Whether nodes start images before they have all of them; Autopilot's always do."""
        return self.standard is None or self.standard.image_streaming


@final
@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Which cluster."""

    cluster: NewCluster | ExistingCluster
    """The cluster to make, or the existing one to use."""
    identifier: str
    """Names the cluster to the Kubernetes provider before it exists, such as
    `PROJECT/LOCATION/NAME`; a change replaces every object in it."""
