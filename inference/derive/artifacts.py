"""The images and charts of a stack: where each is pulled from, and what a mirror has to copy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from inference.catalog.body_routing import BODY_ROUTERS
from inference.catalog.images import LORA_SYNCER, Artifact
from inference.catalog.metrics_adapter import METRICS_ADAPTER
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.body_routing import has_body_router
from inference.derive.engines import has_syncer, server_of

ARTIFACT_REGISTRY: Final = ".pkg.dev"
"""How hosts of Artifact Registry end."""
_OWN_REGISTRY: Final = re.compile(r"^[a-z0-9-]+-docker\.pkg\.dev/(?P<project>[^/]+)/")


class ArtifactKind(StrEnum):
    """What an artifact is."""

    IMAGE = "image"
    CHART = "chart"


@final
@dataclass(frozen=True, kw_only=True)
class UsedArtifact:
    """An image or chart of the stack. References are `registry/repository[:tag][@digest]`."""

    kind: ArtifactKind
    purpose: str
    """What it is, such as `endpoint picker`."""
    reference: str
    """What the cluster or Helm pulls."""
    source: str
    """What a mirror copies it from; the same where nothing mirrors it."""

    @property
    def digest(self) -> str | None:
        """`sha256:…` where it is pinned."""
        return self.reference.partition("@")[2] or None


def _of_model(model: Model) -> Iterator[tuple[str, Artifact | str]]:
    server = server_of(model)
    yield f"model server {server.container}", model.image or server.image
    if model.weights is not None and model.weights.image is not None:
        yield "weights", model.weights.image
    if has_syncer(model):
        yield "LoRA syncer", LORA_SYNCER


def _every(settings: Settings) -> Iterator[tuple[ArtifactKind, str, Artifact | str]]:
    for model in settings.models:
        for purpose, found in _of_model(model):
            yield ArtifactKind.IMAGE, purpose, found
    release = settings.release
    yield ArtifactKind.IMAGE, "endpoint picker", release.picker_image
    yield ArtifactKind.CHART, "pool chart", release.chart
    if has_body_router(settings):
        router = BODY_ROUTERS[settings.gateway_release]
        yield ArtifactKind.IMAGE, "body router", router.image
        yield ArtifactKind.CHART, "body router's chart", router.chart
    if settings.installs_adapter:
        yield ArtifactKind.IMAGE, "custom metrics adapter", METRICS_ADAPTER


def used_artifacts(settings: Settings) -> tuple[UsedArtifact, ...]:
    """Every image and chart that the program names, each once, those of models first.

    What a stack names itself is not mirrored. GKE brings images of its own beside them.
    """
    prefix, found = settings.registry.prefix, dict[str, UsedArtifact]()
    for kind, purpose, named in _every(settings):
        own = isinstance(named, str)
        reference = named if own else named.mirrored(prefix).reference
        source = named if own else named.released
        found.setdefault(
            reference,
            UsedArtifact(kind=kind, purpose=purpose, reference=reference, source=source),
        )
    return tuple(found.values())


def registry_project(settings: Settings) -> str | None:
    """Project of the mirror, where it is in Artifact Registry."""
    found = _OWN_REGISTRY.match(f"{settings.registry.prefix}/")
    return found["project"] if found else None


def reads_own_registry(settings: Settings) -> bool:
    """Whether the nodes' account is granted to pull from the stack's own project."""
    project = registry_project(settings)
    return project is not None and project == settings.gcp.project
