"""`cluster`: the GKE cluster to make, or the existing one to use."""

from enum import StrEnum
from typing import Annotated, final

from pydantic import AfterValidator, Field

from inference.catalog.limits import AUTHORIZED_NETWORKS
from inference.config.maintenance import Maintenance
from inference.config.network import ipv4_range
from inference.config.patterns import GKE_VERSION_PATTERN, TOPIC_PATTERN
from inference.config.section import ResourceName, Section


class ClusterMode(StrEnum):
    """Who owns the cluster and its nodes."""

    STANDARD = "standard"
    AUTOPILOT = "autopilot"
    EXISTING = "existing"


class ReleaseChannel(StrEnum):
    """GKE release channels."""

    RAPID = "rapid"
    REGULAR = "regular"
    STABLE = "stable"
    EXTENDED = "extended"


class Endpoint(StrEnum):
    """How the control plane is reached."""

    IP = "ip"
    DNS = "dns"


class ClusterEvent(StrEnum):
    """Events of GKE."""

    UPGRADE = "UPGRADE_EVENT"
    UPGRADE_INFO = "UPGRADE_INFO_EVENT"
    UPGRADE_AVAILABLE = "UPGRADE_AVAILABLE_EVENT"
    SECURITY_BULLETIN = "SECURITY_BULLETIN_EVENT"


@final
class AuthorizedNetwork(Section):
    """Addresses from which the control plane may be reached."""

    name: str
    """Name of the network, such as `office`."""
    cidr: Annotated[str, AfterValidator(ipv4_range)]
    """Their range."""


@final
class Notifications(Section):
    """Messages about upgrades and security bulletins, on a Pub/Sub topic."""

    topic: Annotated[str, Field(pattern=TOPIC_PATTERN)] | None = None
    """Topic to use, as `projects/PROJECT/topics/TOPIC`; one is created when unset."""
    events: tuple[ClusterEvent, ...] = tuple(ClusterEvent)
    """Events to publish; all when unset."""


@final
class ClusterSettings(Section):
    """The cluster. `context`, `kubeconfig` and `autopilot` belong to mode `existing` alone."""

    mode: ClusterMode = ClusterMode.STANDARD
    """`standard` (own node pools), `autopilot` (GKE creates the nodes) or `existing`."""
    name: ResourceName = "inference-gateway"
    """Name of the cluster to create; address, subnet and node account are named after it."""
    location: str | None = None
    """Region or zone of the control plane; `gcp:region` when unset."""
    release_channel: ReleaseChannel = ReleaseChannel.REGULAR
    """Release channel; all are past what the gateway needs, and `rapid` has no SLA."""
    version: Annotated[str, Field(pattern=GKE_VERSION_PATTERN)] | None = None
    """Minimum GKE version of the control plane, such as `1.34.1-gke.1829001`; the channel's
    when unset. GKE upgrades past it unless a maintenance exclusion prevents that."""
    deletion_protection: bool = False
    """Whether GKE refuses to delete the cluster."""
    private_nodes: bool = False
    """Whether nodes have only internal addresses."""
    endpoint: Endpoint = Endpoint.IP
    """How the control plane is reached: by its address (`ip`), or only through `dns` and IAM."""
    authorized_networks: Annotated[
        tuple[AuthorizedNetwork, ...], Field(max_length=AUTHORIZED_NETWORKS)
    ] = ()
    """Networks that may reach the control plane's address; all when unset."""
    dataplane_v2: bool = False
    """Whether the cluster enforces NetworkPolicies, with Dataplane V2; Autopilot always does."""
    maintenance: Maintenance = Maintenance()
    """When GKE may upgrade the cluster automatically."""
    notifications: Notifications | None = None
    """Publishes upgrade events to a Pub/Sub topic; `{}` creates one. Off when unset."""
    image_streaming: bool = False
    """Whether containers start before their image is fully pulled; always on Autopilot."""
    cost_allocation: bool = False
    """Whether billing breaks down costs by namespace and label."""
    context: str | None = None
    """Kubeconfig context of the existing cluster."""
    kubeconfig: str | None = None
    """Path of the kubeconfig file; the default locations when unset."""
    autopilot: bool = False
    """Whether the existing cluster is an Autopilot cluster."""

    @property
    def is_autopilot(self) -> bool:
        """Whether GKE provisions nodes for Pods, in a new cluster or an existing one."""
        return self.mode is ClusterMode.AUTOPILOT or self.autopilot

    @property
    def is_created(self) -> bool:
        """Whether this stack makes the cluster."""
        return self.mode is not ClusterMode.EXISTING
