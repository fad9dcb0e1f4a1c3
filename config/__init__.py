"""What a user may say: typed sections, and the only reader of `pulumi.Config`."""

from config.finding import Finding, RefusedError, Severity
from config.loader import Configuration, Token, load
from config.settings import Settings

__all__ = [
    "Configuration",
    "Finding",
    "RefusedError",
    "Settings",
    "Severity",
    "Token",
    "load",
]
