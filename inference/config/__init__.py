"""What a user may say: typed sections, and the only reader of `pulumi.Config`."""

from inference.config.finding import Finding, RefusedError, Severity
from inference.config.loader import Configuration, Token, load
from inference.config.settings import Settings

__all__ = [
    "Configuration",
    "Finding",
    "RefusedError",
    "Settings",
    "Severity",
    "Token",
    "load",
]
