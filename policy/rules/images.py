"""No image or chart that can change under the same name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from rules.rule import UNKNOWN, Config, Resource, ResourceRule, mappings, part

_MOVING: Final = re.compile(
    r"|dev|head|canary|stable|(?:.*[-._])?(?:latest|main|master|nightly|edge|snapshot)(?:[-._].*)?",
    re.IGNORECASE,
)
"""Tags that move to each new build or release, also as a part such as `nightly-x86_64`."""
_DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}")
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_NAMES: Final = ("repository", "name")


def _of_pods(inputs: Mapping[str, Any]) -> Iterator[str]:
    spec = part(inputs, "spec", "template", "spec") or part(inputs, "spec")
    for containers in ("initContainers", "containers", "ephemeralContainers"):
        for container in mappings(part(spec, containers)):
            yield str(container.get("image", ""))
    for volume in mappings(part(spec, "volumes")):
        if "image" in volume:
            yield str(part(volume, "image", "reference") or "")


def _of_values(value: Any) -> Iterator[str]:  # noqa: ANN401 any JSON
    """Images among a chart's values: mappings with a tag beside a repository or name."""
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _of_values(item)
    if not isinstance(value, Mapping):
        return
    values = cast("Mapping[str, Any]", value)
    if isinstance(values.get("tag"), str):
        name = next((str(values[key]) for key in _NAMES if key in values), "image")
        yield f"{name}:{values['tag']}"
    for item in values.values():
        yield from _of_values(item)


def _problem(image: str, *, digests: bool) -> str | None:
    name, at, digest = image.partition("@")
    if image == UNKNOWN or (name and _DIGEST.fullmatch(at + digest)):
        return None
    if at:
        return f"image {image} has an invalid digest: write sha256: and 64 digits after the @"
    tag = image.rpartition("/")[2].partition(":")[2]
    if _MOVING.fullmatch(tag):
        return f"image {image} can change under the same name: use a release tag or a digest"
    if digests:
        return f"image {image} has no digest: `make pin-images` records those of the catalog"
    return None


def pinned_images(resource: Resource, config: Config) -> Iterator[str]:
    """Images and charts without a version, and with `requireDigests` without a digest."""
    images: list[str] = []
    if resource.type == _RELEASE:
        images += _of_values(resource.inputs.get("values"))
        chart, version = str(resource.inputs.get("chart")), resource.inputs.get("version")
        if chart.startswith("oci://") and not version and not _DIGEST.search(chart):
            yield f"chart {chart} has no version: whatever is newest would be installed"
    elif resource.is_kubernetes:
        images += _of_pods(resource.inputs)
    for image in dict.fromkeys(images):
        problem = _problem(image, digests=config["requireDigests"])
        if problem is not None:
            yield problem


PINNED_IMAGES: Final = ResourceRule(
    name="pinned-images",
    description="Images and charts have release versions, and digests if required.",
    check=pinned_images,
    schema={
        "requireDigests": {
            "type": "boolean",
            "description": "Whether a digest is required",
            "default": False,
        }
    },
)
