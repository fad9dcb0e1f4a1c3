"""Parts of Kubernetes objects that may be missing."""

from collections.abc import Mapping, Sequence
from typing import Any, cast


def section(parent: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """A mapping below others; empty where there is none."""
    found: Any = parent
    for key in keys:
        found = cast("Mapping[str, Any]", found).get(key) or {}
    return cast("Mapping[str, Any]", found)


def entries(parent: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """A list of mappings; empty where there is none."""
    return cast("Sequence[Mapping[str, Any]]", parent.get(key) or ())
