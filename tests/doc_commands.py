"""Commands that the documentation names, as a reader would type them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES: Final = sorted(
    page
    for folder in (ROOT, ROOT / "docs", ROOT / ".github", ROOT / "policy")
    for page in folder.glob("*.md")
)
_BLOCK: Final = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_INLINE: Final = re.compile(r"`([^`\n]+)`")
_END: Final = re.compile(r"\s#\s.*$|[;|]|&&|\)\"")


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """Words after `program` of each command of a page, in blocks and within lines.

    Args:
        page: a Markdown page.
        program: how the command begins, such as `pulumi` or `inference`.

    """
    text = page.read_text(encoding="utf-8")
    blocks = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
    inline = _INLINE.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    beginning = re.compile(rf"(?:^|[\s/(]){re.escape(program)}(?= [a-z])")
    for line in (*blocks, *inline):
        found = beginning.search(line)
        if found:
            yield shlex.split(_END.split(line[found.end() :], maxsplit=1)[0])


def all_commands(program: str) -> list[tuple[Path, list[str]]]:
    """The same of every page."""
    return [(page, words) for page in PAGES for words in commands(page, program)]
