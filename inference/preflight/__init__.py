"""What cannot work is refused: pure functions of configuration and catalog that return findings."""

from inference.preflight.check import check, enforce
from inference.preflight.previous import previous_values

__all__ = ["check", "enforce", "previous_values"]
