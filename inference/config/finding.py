"""A problem with what a stack says, and the exception that carries problems out of the program."""

import re
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
TOKEN_PREFIX: Final = "hf_"  # noqa: S105 what every token begins with


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
        """Two lines for the output of Pulumi."""
        where = f"{self.path}: " if self.path else ""
        stack = pulumi.get_stack()
        fix = edit_first(self.fix, f"Pulumi.{stack}.yaml", stack)
        return printable(f"[{self.id}] {where}{self.message}\n    {fix}")


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


_COMMAND: Final = re.compile(
    r"pulumi config (?P<verb>set|rm)(?P<secret> --secret)?(?P<path> --path)? "
    r"(?P<key>'[^']+'|[^\s,;]+)(?P<value> [^\s,;]+)?"
)


def edit_first(fix: str, file: str, stack: str | None, *, command: bool = True) -> str:
    """A fix as people read it: each command as an edit of the file, and behind it for the stack.

    Args:
        fix: of a finding, with commands as `set_command` and `remove_command` write them.
        file: the stack file's name.
        stack: its name; without one the edit stands alone.
        command: whether the command is shown behind the edit.

    """

    def replaced(found: re.Match[str]) -> str:
        verb, key = found["verb"], found["key"].strip("'").removeprefix(f"{PROJECT}:")
        typed = found[0].replace(verb, f"{verb} --stack {stack}", 1) if stack else found[0]
        if found["secret"]:
            # In clear text the file is no place for it.
            return typed
        edit = f"remove `{key}` from {file}"
        if verb == "set":
            edit = f"set `{key}` to{found['value']} in {file}"
        return f"{edit} ({typed})" if stack and command else edit

    return _COMMAND.sub(replaced, fix).replace("the stack file", file)


def _key(path: str) -> str:
    return path if ":" in path else f"{PROJECT}:{path}"
