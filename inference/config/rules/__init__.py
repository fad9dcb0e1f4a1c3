"""Rules between sections. Each says which key breaks it, and all broken ones are told at once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inference.config.rules import gpus, names, places, tokens, traffic, weights
from inference.config.rules.places import STACK_LABELS
from inference.config.rules.rule import BrokenRule, BrokenRulesError

if TYPE_CHECKING:
    from inference.config.settings import Settings

__all__ = ["STACK_LABELS", "BrokenRule", "BrokenRulesError", "broken_rules"]


def broken_rules(settings: "Settings") -> Iterator[BrokenRule]:
    """Every rule between sections that the settings break."""
    for subject in (places, gpus, names, traffic, tokens, weights):
        yield from subject.broken(settings)
    if not settings.models:
        yield BrokenRule(
            path="models",
            message="is empty: there would be nothing to serve",
            fix="name a model below `models` in the stack file, or leave `models` out",
        )
