"""Findings for people: file and line, what is wrong, the line itself, and how to fix it."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from rich.text import Text

from inference.config.finding import TOKEN_KEY, Finding, RefusedError, Severity, edit_first
from inference.config.origin import Origin, Span
from inference.config.printable import printable
from inference.config.stack_file import UNNAMED

STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
INDENT: Final = 8
"""Columns that a long message's second and later lines are indented by, to below the fix's text."""
_SHOWN: Final = 100
"""Characters of a line that are shown around what is wrong with it."""
_SECRET: Final = re.compile(rf"{TOKEN_KEY}|secure|hf_\w")
"""In a line that may hold a secret, which is not shown."""


def count(number: int, noun: str) -> str:
    """A number of things: `1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def severity(finding: Finding) -> Text:
    """In its colour, as wide as the longest."""
    return Text(f"{finding.severity.value:<7}", STYLES[finding.severity])


def sentence(finding: Finding, origin: Origin) -> Text:
    """File, line, key and message, in one line."""
    text = Text()
    place = origin.find(finding)
    if place or origin.has(finding):
        line = f":{place.line}" if place else ""
        text.append(f"{origin.shown}{line}:", "bold").append("  ")
    if finding.path and finding.path not in origin.names:
        text.append(finding.path.replace("\n", "\\n"), "bold").append(": ", "bold")
    return text.append(" ".join(finding.message.split()))


def _excerpt(origin: Origin, span: Span, style: str) -> Iterator[Text]:
    line = origin.line(span)
    if not line.strip() or _SECRET.search(line):
        return
    first = max(0, span.start - _SHOWN // 2) if len(line) > _SHOWN else 0
    shown = line[first : first + _SHOWN]
    width = max(1, min(span.end, first + len(shown)) - span.start)
    margin = f"{span.line:>5} | "
    yield Text.assemble((margin, "dim"), shown, no_wrap=True)
    blank = " " * (len(margin) - 2)
    yield Text.assemble(
        (f"{blank}| ", "dim"),
        " " * len(printable(shown[: span.start - first])),
        ("^" * width, style),
        no_wrap=True,
    )


def fix(finding: Finding, origin: Origin, *, command: bool = True) -> str:
    """How to fix it: the edit of the file first, and with `command` also by Pulumi's command."""
    return edit_first(finding.fix, origin.file.name, origin.stack, command=command)


def refusal(error: RefusedError, origin: Origin) -> Iterator[Text]:
    """Each error with its line and its fix, below how many there are."""
    errors = [
        finding
        for finding in error.findings
        if finding.severity is Severity.ERROR and finding.silenced is None
    ]
    style = STYLES[Severity.ERROR]
    if origin.file.is_file() and any(origin.has(finding) for finding in errors):
        yield Text(f"{origin.name} does not work: {count(len(errors), 'error')}", style)
    for finding in errors:
        yield sentence(finding, origin).append(f"  [{finding.id}]", "dim")
        place = origin.find(finding)
        if place:
            yield from _excerpt(origin, place, style)
        yield Text(f"      → {fix(finding, origin)}", "green")


def one_line(finding: Finding, origin: Origin) -> Text:
    """A finding with its fix, in one line."""
    text = severity(finding).append("  ").append_text(sentence(finding, origin))
    text.append(f"  → {fix(finding, origin)}", "green")
    return text.append(f"  [{finding.id}]", "dim")


def as_json(finding: Finding, stack: str) -> dict[str, Any]:
    """A finding with the edit of the stack file first, as people read it."""
    named = None if stack == UNNAMED else stack
    return {
        **asdict(finding),
        "fix": edit_first(finding.fix, "the stack file", named),
        "edits": [asdict(edit) for edit in finding.edits],
    }
