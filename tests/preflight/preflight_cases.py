"""How the tables of checks are written, and one finding taken out of several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from conftest import make_settings

from inference.config import Finding, Severity

Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A check, and configurations on both sides of it."""

    id: str
    trips: Mapping[str, Values]
    passes: Mapping[str, Values]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows about the checks of some modules, and how they are told."""

    modules: Sequence[ModuleType]
    trips: Sequence[tuple[str, Values, str | None]]
    """Id, sections that trip it, and the key that it is about; None where tests tell it apart."""
    passes: Sequence[tuple[str, Values]]
    """Id, and sections that come close to it."""
    words: Sequence[tuple[str, Values, str, str]] = ()
    """Id, sections, and the exact message and fix; empty where tests tell them apart."""
    severities: Mapping[str, Severity] = field(default_factory=dict[str, Severity])
    """How grave a finding is, by id, where that was weighed."""

    @classmethod
    def of_cases(cls, modules: Sequence[ModuleType], cases: Sequence[Case]) -> "Table":
        """The table of some modules' cases."""
        return cls(
            modules=modules,
            trips=[(case.id, raw, None) for case in cases for raw in case.trips.values()],
            passes=[(case.id, raw) for case in cases for raw in case.passes.values()],
        )

    def trips_of(self, identifier: str) -> list[tuple[str, Values, str | None]]:
        """The rows that trip a check."""
        return [row for row in self.trips if row[0] == identifier]

    def findings(self, sections: Values) -> list[Finding]:
        """What all modules find."""
        settings = make_settings(sections)
        return [found for module in self.modules for found in module.findings(settings)]

    def of(self, identifier: str, sections: Values) -> list[Finding]:
        """Findings of one kind."""
        return [found for found in self.findings(sections) if found.id == identifier]


def the_only(found: Iterable[Finding], identifier: str) -> Finding:
    """The one finding of a kind."""
    (one,) = (finding for finding in found if finding.id == identifier)
    return one
