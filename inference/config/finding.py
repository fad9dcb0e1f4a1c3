"""A problem with what a stack says, and the exception that carries problems out of the program."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

import pulumi

from inference.config.printable import printable

PROJECT: Final = "gke-inference-gateway"
"""Name of the Pulumi project, and so the namespace of its configuration."""
TOKEN_KEY: Final = "huggingFaceToken"  # noqa: S105 the key, not the token
"""The one secret, which is no section of the settings."""


class Severity(StrEnum):
    """What a finding does: an error stops, a warning and an info are shown."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@final
@dataclass(frozen=True, kw_only=True)
class Finding:
    """One problem. `path` is the stack key, such as `models[0].gpu.count`, or "" for the whole."""

    id: str
    severity: Severity
    path: str
    message: str
    """What is wrong and what it would cause."""
    fix: str
    """The command or edit that fixes it."""
    silenced: str | None = None
    """Why the stack silences it; None when it does not."""

    def __str__(self) -> str:
        """Two lines for a terminal."""
        where = f"{self.path}: " if self.path else ""
        return printable(f"[{self.id}] {where}{self.message}\n    {self.fix}")


@final
class RefusedError(pulumi.RunError):
    """The stack cannot work. Pulumi prints its message without a traceback."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Carry all findings; the message lists the errors among them."""
        self.findings = tuple(findings)
        errors = [
            str(finding)
            for finding in self.findings
            if finding.severity is Severity.ERROR and finding.silenced is None
        ]
        noun = "problem" if len(errors) == 1 else "problems"
        super().__init__(f"{len(errors)} {noun} in the configuration:\n" + "\n".join(errors))


def set_command(path: str, value: str, *, secret: bool = False) -> str:
    """The `pulumi config set` that gives `path` a value; nested paths need --path."""
    flags = " --secret" if secret else ""
    if "." in path or "[" in path:
        return f"pulumi config set{flags} --path '{PROJECT}:{path}' {value}"
    return f"pulumi config set{flags} {_key(path)} {value}"


def remove_command(path: str) -> str:
    """The `pulumi config rm` that takes `path` out of the stack file."""
    if "." in path or "[" in path:
        return f"pulumi config rm --path '{PROJECT}:{path}'"
    return f"pulumi config rm {_key(path)}"


def _key(path: str) -> str:
    return path if ":" in path else f"{PROJECT}:{path}"
