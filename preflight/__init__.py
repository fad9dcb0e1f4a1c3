"""What cannot work is refused: pure functions of configuration and catalog that return findings."""

from preflight.check import check, enforce
from preflight.previous import previous_values

__all__ = ["check", "enforce", "previous_values"]
