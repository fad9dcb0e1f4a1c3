"""What image references say of a version."""

import re
from typing import Final

from inference.catalog.images import UNPINNED_TAGS

_OWN_VERSIONS: Final = "llm-d"
"""What images begin with whose tags are no versions of vLLM."""
_VERSION: Final = re.compile(r":v?(\d+)\.(\d+)\.(\d+)(?P<other>-?rc|[\w.])?")


def _match(reference: str) -> re.Match[str] | None:
    image = reference.rpartition("/")[2]
    return None if image.startswith(_OWN_VERSIONS) else _VERSION.search(image)


def image_version(reference: str) -> tuple[int, int, int] | None:
    """The version that an image's tag names, e.g. (0, 32, 0); None where it names none.

    It is for comparisons with the version that brought something: v0.32.0.post1 has it too.
    Images of llm-d are tagged by llm-d's own release.
    """
    match = _match(reference)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def released_version(reference: str) -> tuple[int, int, int] | None:
    """The same, but None for v0.32.0.post1 or v0.32.0rc1, whose arguments may be others.

    A build of the release, such as v0.32.0-cu129, is the release.
    """
    match = _match(reference)
    return image_version(reference) if match and match["other"] is None else None


def is_unpinned(reference: str) -> bool:
    """Whether an image reference can change under the same name: no tag, `latest` or `main`."""
    if "@" in reference:
        return False
    _, separator, tag = reference.rpartition("/")[2].partition(":")
    return not separator or tag in UNPINNED_TAGS
