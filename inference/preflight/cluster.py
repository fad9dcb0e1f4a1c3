"""The cluster for production: its control plane, protection, notifications and images."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import (
    CLUSTER_TOPICS,
    CONTROL_PLANE_ACCESS,
    HALF_DESTROYED,
    IMAGE_STREAMING,
)
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode, Endpoint
from inference.config.finding import remove_command
from inference.derive.addresses import everyone
from inference.derive.engines import pulled_image
from inference.preflight.registry import info, warning

OPEN_CONTROL_PLANE: Final = warning(
    id="cluster.open-control-plane",
    cause="Nodes are private, or authorized networks are set, but the control plane's address is "
    "open to the entire internet.",
    consequence="Anyone who finds a credential, or a vulnerability in the API server, can use it "
    "from anywhere.",
    fix="Use the DNS endpoint, or list the networks that may reach the address.",
    source=CONTROL_PLANE_ACCESS,
)
HALF_PROTECTED: Final = warning(
    id="cluster.half-protected",
    cause="Pulumi protects the cluster but GKE does not, or vice versa.",
    consequence="Without GKE's, anyone with the console can delete it. Without Pulumi's, a "
    "destroy deletes everything else before GKE refuses to delete the cluster, and drops node "
    "pools that still exist from the state.",
    fix="Set both, or neither.",
    source=HALF_DESTROYED,
)
FOREIGN_TOPIC: Final = warning(
    id="cluster.foreign-topic",
    cause="Notifications go to a topic in another project.",
    consequence="Unless GKE's service agent may publish there, none arrive.",
    fix="Grant it roles/pubsub.publisher on the topic, and accept the finding.",
    source=CLUSTER_TOPICS,
)
IMAGE_NOT_STREAMED: Final = info(
    id="cluster.image-not-streamed",
    cause="Image streaming is on, but a model's image is neither in Artifact Registry nor on "
    "Docker Hub.",
    consequence="The entire image is pulled before the server starts, as without streaming.",
    fix="Pull the image through a remote repository in Artifact Registry.",
    source=IMAGE_STREAMING,
)

_STREAMED: Final = (".pkg.dev", "docker.io")
"""What the registries of images end with that are streamed: Artifact Registry, and Docker Hub for
public ones."""


def _control_plane(settings: Settings) -> Iterator[Finding]:
    cluster = settings.cluster
    if cluster.endpoint is Endpoint.DNS:
        return
    if everyone([network.cidr for network in cluster.authorized_networks]):
        yield OPEN_CONTROL_PLANE.finding(
            "cluster.authorizedNetworks",
            "cover all addresses, so the control plane is open to the entire internet",
            remove_command("cluster.authorizedNetworks")
            + ", or list the ranges that you connect from",
        )
    elif cluster.private_nodes and not cluster.authorized_networks:
        yield OPEN_CONTROL_PLANE.to_set(
            "cluster.endpoint",
            "ip without authorizedNetworks, so the control plane is open to the entire internet "
            "although nodes are private",
            "dns",
        )


def _protection(settings: Settings) -> Iterator[Finding]:
    pulumis, gkes = bool(settings.security.protect), settings.cluster.deletion_protection
    if pulumis and not gkes:
        yield HALF_PROTECTED.to_set(
            "cluster.deletionProtection",
            "false although security.protect is set, so anyone with the console can delete the "
            "cluster",
            "true",
        )
    if gkes and not pulumis:
        yield HALF_PROTECTED.to_set(
            "security.protect",
            "not true although cluster.deletionProtection is set, so pulumi destroy deletes "
            "everything else before GKE refuses to delete the cluster, and drops its node pools "
            "from the state",
            "true",
        )


def _notifications(settings: Settings) -> Iterator[Finding]:
    notifications = settings.cluster.notifications
    topic = notifications.topic if notifications else None
    if topic is None or topic.split("/")[1] == settings.gcp.project:
        return
    yield FOREIGN_TOPIC.finding(
        "cluster.notifications.topic",
        f"{topic} is not in project {settings.gcp.project}: unless GKE's service agent may "
        "publish there, nothing arrives",
        f"gcloud pubsub topics add-iam-policy-binding {topic} --role roles/pubsub.publisher "
        "--member serviceAccount:service-PROJECT_NUMBER@container-engine-robot.iam."
        "gserviceaccount.com, and accept this finding",
    )


def _images(settings: Settings) -> Iterator[Finding]:
    if not settings.streams_images:
        return
    for index, model in enumerate(settings.models):
        registry, _, rest = pulled_image(model, settings.registry).partition("/")
        # Without a host, as in `vllm/vllm-openai`, it is Docker Hub.
        if rest and "." in registry and not registry.endswith(_STREAMED):
            yield IMAGE_NOT_STREAMED.to_set(
                f"models[{index}].image",
                f"comes from {registry}, but only images in Artifact Registry and public ones on "
                "Docker Hub are streamed: this one is pulled entirely before it starts",
                f"{settings.gcp.region}-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE",
            )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about a cluster of this stack."""
    if settings.cluster.mode is ClusterMode.EXISTING:
        return
    yield from _control_plane(settings)
    yield from _protection(settings)
    yield from _notifications(settings)
    yield from _images(settings)
