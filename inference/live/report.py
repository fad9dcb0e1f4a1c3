"""What a command found out: lines that are ok, a problem or unknown, each with its fix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Final, final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


class Status(StrEnum):
    """What is known of one thing."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


class Exit(IntEnum):
    """Exit status of the commands that ask a service."""

    OK = 0
    """All is well, or not known to be otherwise."""
    PROBLEM = 1
    REFUSED = 2
    """Bad usage or configuration."""
    UNREACHABLE = 3
    """No problem was found, but a service could not be reached."""


STYLES: Final = {Status.OK: "green", Status.PROBLEM: "bold red", Status.UNKNOWN: "yellow"}


@final
@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that was looked at."""

    name: str
    status: Status
    message: str
    fix: str = ""
    """The command or edit that fixes it; "" where nothing is to be done."""
    unreachable: bool = False
    """Whether it is unknown because a service did not answer."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What JSON has besides: of a call or a measurement its numbers."""


def ok(name: str, message: str) -> Line:
    """A thing that is as it must be."""
    return Line(name=name, status=Status.OK, message=message)


def problem(name: str, message: str, fix: str) -> Line:
    """A thing that would fail."""
    return Line(name=name, status=Status.PROBLEM, message=message, fix=fix)


def unknown(name: str, message: str, fix: str) -> Line:
    """A thing that could not be determined."""
    return Line(name=name, status=Status.UNKNOWN, message=message, fix=fix)


def exit_status(lines: Sequence[Line]) -> Exit:
    """A problem goes before a service that did not answer."""
    if any(line.status is Status.PROBLEM for line in lines):
        return Exit.PROBLEM
    return Exit.UNREACHABLE if any(line.unreachable for line in lines) else Exit.OK


def as_json(line: Line) -> dict[str, Any]:
    """A line as JSON."""
    return {
        "name": line.name,
        "status": line.status,
        "message": line.message,
        # The key is older than the field's name, and what reads it stays.
        "mend": line.fix,
        **line.details,
    }


def summary(lines: Sequence[Line]) -> Text:
    """How many lines have which status."""
    counts = {status: sum(line.status is status for line in lines) for status in Status}
    plural = "s" if counts[Status.PROBLEM] > 1 else ""
    words = {status: status.value for status in Status} | {Status.PROBLEM: f"problem{plural}"}
    parts = [
        (f"{count} {words[status]}", STYLES[status]) for status, count in counts.items() if count
    ]
    return Text(", ").join(Text(text, style=style) for text, style in parts)


def with_fix(line: Line) -> Text:
    """A line's message, and its fix below."""
    message = Text(line.message)
    if line.fix:
        message.append(f"\n→ {line.fix}", style="green")
    return message


def table(lines: Sequence[Line]) -> RenderableType:
    """The lines for a person at a terminal, each fix below its message."""
    rows = Table(box=None, pad_edge=False, show_header=False)
    for line in lines:
        rows.add_row(Text(line.status, style=STYLES[line.status]), Text(line.name), with_fix(line))
    return Group(rows, "", summary(lines))
