"""No image or chart that can change under the same name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from rules.rule import UNKNOWN, Config, Resource, ResourceRule, mappings, part, pods

_MOVING: Final = re.compile(
    r"\D*|stable|(?:.*[-._])?"
    r"(?:latest|main|master|nightly|edge|snapshot|dev|devel|develop|canary|head|rolling|unstable)"
    r"(?:[-._].*)?",
    re.IGNORECASE,
)
"""Tags that are given anew to each build or release: without a number, or `nightly-x86_64`."""
_EXACT: Final = re.compile(r"v?\d+\.\d+\.\d+[-+.\w]*")
"""The version of a chart, and no range such as ^1.5."""
_DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}")
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_NAMES: Final = ("repository", "name")


def _of_pods(inputs: Mapping[str, Any]) -> Iterator[str]:
    for spec in pods(inputs):
        for containers in ("initContainers", "containers", "ephemeralContainers"):
            for container in mappings(part(spec, containers)):
                yield str(container.get("image", ""))
        for volume in mappings(part(spec, "volumes")):
            if "image" in volume:
                yield str(part(volume, "image", "reference") or "")


def _of_values(value: Any) -> Iterator[str]:  # noqa: ANN401 any JSON
    """Images among a chart's values: texts, or mappings with a tag beside a repository or name."""
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _of_values(item)
    if not isinstance(value, Mapping):
        return
    values = cast("Mapping[str, Any]", value)
    if isinstance(values.get("tag"), str):
        name = next((str(values[key]) for key in _NAMES if key in values), "image")
        yield f"{name}:{values['tag']}"
    if isinstance(values.get("image"), str):
        yield values["image"]
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
        local = chart.startswith((".", "/")) and not resource.inputs.get("repositoryOpts")
        pinned = _DIGEST.search(chart) or version == UNKNOWN or _EXACT.fullmatch(str(version))
        if not local and chart != UNKNOWN and not pinned:
            what = f"version {version}" if version else "no version"
            yield f"chart {chart} has {what}: whatever is newest would be installed"
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
