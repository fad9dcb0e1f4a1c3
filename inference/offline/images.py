"""`inference images`: every image and chart of a stack, for mirrors and for reviewers."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final, final

from rich.table import Table
from rich.text import Text

from inference.arguments import Arguments, Commands, name_of, read, stack_options
from inference.config import Settings
from inference.config.read_settings import read_settings
from inference.derive.artifacts import used_artifacts
from inference.terminal import show_json

_REFUSED: Final[Mapping[str, Any]] = {"stack": "", "images": [], "findings": []}
"""The JSON object of a stack that is refused."""


@final
class _Images(Arguments):
    pairs: bool


def images_json(settings: Settings) -> list[dict[str, Any]]:
    """Images and charts, as the plan's JSON has them; `digest` is null where none is pinned."""
    return [{**asdict(each), "digest": each.digest} for each in used_artifacts(settings)]


def image_lines(settings: Settings) -> Iterator[Text | Table]:
    """The same for a person: what each is, and what is pulled."""
    yield Text("images and charts", style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for each in used_artifacts(settings):
        pinned = "" if each.digest else "by tag"
        table.add_row(Text(f"  {each.purpose}", style="dim"), Text(each.reference), pinned)
    yield table


def _run(given: Arguments) -> int:
    arguments = _Images(**vars(given))
    settings = read_settings(read(arguments))
    if arguments.json:
        show_json({**_REFUSED, "stack": name_of(arguments), "images": images_json(settings)})
        return 0
    for each in used_artifacts(settings):
        line = f"{each.source} {each.reference}" if arguments.pairs else each.source
        sys.stdout.write(f"{line}\n")
    return 0


def add_commands(commands: Commands) -> None:
    """Add `images` to the command line."""
    images = commands.add_parser(
        "images",
        parents=[stack_options()],
        help="list all images and charts for mirrors, one per line",
    )
    images.add_argument(
        "--pairs", action="store_true", help="add what the stack pulls: SOURCE TARGET"
    )
    images.add_argument("--json", action="store_true", help="print one JSON object")
    images.set_defaults(run=_run, refused=_REFUSED)
