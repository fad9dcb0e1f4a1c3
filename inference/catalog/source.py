"""Where a fact comes from and how far it may be trusted."""

from dataclasses import dataclass
from enum import StrEnum
from typing import final


class Level(StrEnum):
    """How well a fact is known. Only a HIGH fact may refuse a configuration; the others warn."""

    HIGH = "H"
    """Read in a primary document or in code."""
    MEDIUM = "M"
    """One secondary source."""
    INFERRED = "I"
    """Concluded from other facts."""


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """A document that states a fact, and the month it was read (`YYYY-MM`)."""

    title: str
    date: str
    level: Level
    url: str = ""
