"""Where a fact comes from and how far it may be trusted."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final


class Level(StrEnum):
    """How well a fact is known. Only a HIGH fact may refuse a configuration; the others warn."""

    HIGH = "H"
    """Read in a primary document or in code."""
    MEDIUM = "M"
    """One secondary source."""
    INFERRED = "I"
    """Concluded from other facts."""


_READ: Final = "2026-11"
"""When the catalog was last read against its sources as a whole."""


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """A document that states a fact, and the month it was read (`YYYY-MM`)."""

    title: str
    date: str
    level: Level
    url: str = ""


def high(title: str, url: str = "", *, date: str = _READ) -> Source:
    """What a primary document or code says."""
    return Source(title=title, date=date, level=Level.HIGH, url=url)


def medium(title: str, url: str = "", *, date: str = _READ) -> Source:
    """What one secondary source says."""
    return Source(title=title, date=date, level=Level.MEDIUM, url=url)


def inferred(title: str, url: str = "", *, date: str = _READ) -> Source:
    """What follows from other facts."""
    return Source(title=title, date=date, level=Level.INFERRED, url=url)
