"""What was probably meant by a word that is not known."""

import difflib
from collections.abc import Iterable

from pydantic_core import PydanticCustomError


def nearest(word: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The known word that is the same in other case, holds it, or looks most like it."""
    by_lower = {one.lower(): one for one in known}
    lower = word.lower()
    if lower in by_lower:
        return by_lower[lower]
    holding = [one for one in by_lower if lower and lower in one]
    if holding:
        return by_lower[min(holding, key=len)]
    near = difflib.get_close_matches(lower, by_lower, n=1, cutoff=cutoff)
    return by_lower[near[0]] if near else None


def not_in_catalog(word: str, known: Iterable[str], prefix: str = "") -> PydanticCustomError:
    """The error for a value that the catalog does not have; what is meant begins with `prefix`."""
    names = sorted(known)
    near = nearest(word, (name for name in names if name.startswith(prefix)))
    meant = f"did you mean `{near}`? " if near else ""
    return PydanticCustomError(
        "not_in_catalog",
        "{word} is not in the catalog; {meant}Known: {known}",
        {"word": word, "meant": meant, "known": ", ".join(names), "near": near or ""},
    )
