"""What a rule between sections says of the settings that break it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, kw_only=True)
class BrokenRule:
    """A rule that the sections together break; `path` is the key to change."""

    path: str
    message: str
    fix: str


@final
class BrokenRulesError(ValueError):
    """All rules that a configuration breaks; pydantic carries it in its own error."""

    def __init__(self, rules: Sequence[BrokenRule]) -> None:
        """Carry the rules."""
        self.rules = tuple(rules)
        super().__init__("; ".join(rule.message for rule in rules))
