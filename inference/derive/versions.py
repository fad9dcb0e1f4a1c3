"""What image references say of a version."""

import re
from typing import Final

from inference.catalog.images import UNPINNED_TAGS

_OWN_VERSIONS: Final = "llm-d"
"""What images begin with whose tags are no versions of vLLM."""
_VERSION: Final = re.compile(r":v?(\d+)\.(\d+)\.(\d+)")


def image_version(reference: str) -> tuple[int, int, int] | None:
    """The vLLM version that an image's tag names, e.g. (0, 32, 0); None where it names none.

    Images of llm-d are tagged by llm-d's own release.
    """
    image = reference.rpartition("/")[2]
    match = None if image.startswith(_OWN_VERSIONS) else _VERSION.search(image)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def is_unpinned(reference: str) -> bool:
    """Whether an image reference can change under the same name: no tag, `latest` or `main`."""
    if "@" in reference:
        return False
    _, separator, tag = reference.rpartition("/")[2].partition(":")
    return not separator or tag in UNPINNED_TAGS
