"""What people and programs read: one console for all commands, and one form of JSON."""

import codecs
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Final, final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from inference.config.finding import COMMAND
from inference.config.printable import printable

UNBROKEN: Final = 10_000
"""Columns of a pipe: no line is broken, and a finding is one line."""
_NARROW: Final = 24
"""Columns below which nothing is indented: the words need them all."""
_BLANKS: Final = re.compile(r"(?: |\x1b\[0m)+$", re.MULTILINE)
_PLAIN: Final = {
    "→": "->",
    "×": "x",
    "≥": ">=",
    "≤": "<=",
    "…": "...",
    "±": "+/-",
    "█": "#",
    "░": "-",
}


def _plain(error: UnicodeError) -> tuple[str, int]:
    """What stands for letters that the encoding of the output does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter, "?") for letter in letters), error.end


def write_any_text() -> None:
    """Let stdout and stderr take text that their encoding, such as ASCII, does not have."""
    codecs.register_error("inference", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="inference")


class _Console(Console):
    """Writes control characters out: an escape sequence of a stack file or a server is shown."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else printable(segment.text)
            yield Segment(text, segment.style, segment.control)


def console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; without any style where NO_COLOR is set."""
    stream = sys.stderr if stderr else sys.stdout
    known = stream.isatty() or "COLUMNS" in os.environ
    return _Console(
        file=stream,
        highlight=False,
        markup=False,
        width=None if known else UNBROKEN,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )


@final
@dataclass(frozen=True)
class Hanging:
    """A text whose lines after the first are indented on a terminal; in a pipe it is one line.

    A command stays in one line, however long, so that it can be copied: the terminal wraps it.
    """

    text: Text
    indent: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """What rich prints."""
        if options.max_width >= UNBROKEN:
            yield self.text
            return
        margin = " " * self.indent if options.max_width >= _NARROW else ""
        # At this blank no line is broken.
        text = COMMAND.sub(lambda found: found[0].replace(" ", "\xa0"), self.text.plain)
        lines: list[Text] = []
        end = 0
        for line in wrap(
            text,
            options.max_width,
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        ):
            start = text.index(line.strip(), end) if lines else 0
            end = start + len(line.strip() if lines else line)
            lines.append(self.text[start:end])
        yield Text(f"\n{margin}", no_wrap=True, overflow="ignore").join(lines)


def show(content: RenderableType, target: Console) -> None:
    """Print without blanks at the ends of lines, which tables leave."""
    with target.capture() as captured:
        target.print(content, crop=False)
    text = _BLANKS.sub(lambda found: "\x1b[0m" if "\x1b" in found[0] else "", captured.get())
    target.file.write(text)


def show_json(content: object) -> None:
    """Print one JSON object."""
    json.dump(content, sys.stdout, indent=2)
    sys.stdout.write("\n")
