"""What cannot work is refused: pure functions of configuration and catalog that return findings."""

from preflight.check import check, enforce

__all__ = ["check", "enforce"]
