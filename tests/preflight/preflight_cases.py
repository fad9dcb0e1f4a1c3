"""How the tables of checks are written, and one finding taken out of several."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from config import Finding

Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A check, and configurations on both sides of it."""

    id: str
    trips: Mapping[str, Values]
    passes: Mapping[str, Values]


def the_only(found: Iterable[Finding], identifier: str) -> Finding:
    """The one finding of a kind."""
    (one,) = (finding for finding in found if finding.id == identifier)
    return one
