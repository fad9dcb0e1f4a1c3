"""`inference prices`: the table of list prices, and `--refresh`, which brings it up to date."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from inference.arguments import Arguments, Commands, positive
from inference.derive.prices import TABLE, Price, Prices, parse, today
from inference.live.checks import printable_lines
from inference.live.report import Exit, Line, Status, as_json, exit_status, ok, problem, table
from inference.live.session import Deadline, Session
from inference.terminal import console, show, show_json

_SECONDS: Final = 30.0
_SHOWN: Final = 5
_LEVELS: Final = "H: read in a primary document, M: one secondary source, I: follows from others"


@final
class _PricesArguments(Arguments):
    refresh: bool
    region: str
    project: str
    timeout: float


def text(content: Mapping[str, Any]) -> str:
    """The table as its file has it: a row a line."""

    def rows(name: str) -> str:
        return ",\n".join(f"  {json.dumps(row)}" for row in content[name])

    sources = ",\n".join(
        f"  {json.dumps(key)}: {json.dumps(row)}" for key, row in content["sources"].items()
    )
    return (
        f'{{\n "currency": {json.dumps(content["currency"])},\n "sources": {{\n{sources}\n }},\n'
        f' "machines": [\n{rows("machines")}\n ],\n "items": [\n{rows("items")}\n ]\n}}\n'
    )


def _changes(before: Prices, after: Prices) -> Iterator[Line]:
    """Machines whose price changed most, in percent."""
    changed = [
        (abs(new.amount / old.amount - 1), key, old, new)
        for key, new in after.machines.items()
        if (old := before.machines.get(key)) is not None and new.amount != old.amount
    ]
    for _, key, old, new in sorted(changed, key=lambda row: -row[0])[:_SHOWN]:
        name = " ".join((key[0], key[2], key[1]))
        percent = new.amount / old.amount - 1
        yield ok(name, f"${old.amount:.2f} → ${new.amount:.2f} per hour, {percent:+.0%}")


def _refresh(project: str, session: Session) -> Iterator[Line]:
    """Ask for today's prices, write the table, and show what changed."""
    from inference.live.billing import SOURCE_KEY, ask, updated  # noqa: PLC0415 needs Google's clients
    from inference.live.google import Google  # noqa: PLC0415 as above

    before = json.loads(TABLE.read_text(encoding="utf-8"))
    content = updated(before, ask(Google(project, session)), today().isoformat())
    new = [row for row in content["machines"] if row["source"] == SOURCE_KEY]
    if not new:
        yield problem(
            "prices",
            "Google's catalog has no SKU with the known names, so nothing was written",
            "compare inference/catalog/prices/skus.py with https://cloud.google.com/skus",
        )
        return
    # Replaced as a whole, so that nobody reads half of it.
    beside = TABLE.with_suffix(".new")
    try:
        beside.write_text(text(content), encoding="utf-8")
        beside.replace(TABLE)
    except OSError as error:
        reason = error.strerror or "not writable"
        yield problem("prices", f"{TABLE.name} cannot be written: {reason}", f"check {TABLE}")
        return
    regions = {row["region"] for row in new}
    yield ok("prices", f"{len(new)} machine prices in {len(regions)} regions, as of today")
    kept = sorted({row["machine"] for row in content["machines"] if row["source"] != SOURCE_KEY})
    if kept:
        yield ok("kept", f"prices from an earlier day: {', '.join(kept)}")
    yield from _changes(parse(before), parse(content))


def _row(what: str, capacity: str, price: Price) -> tuple[str, ...]:
    age = f"{price.date or 'unknown'}{', old' if price.is_old else ''}"
    source = f"{price.source.level}  {price.source.url}"
    return what, capacity, f"${price.amount:.4g}", f"per {price.unit}", age, source


def _shown(prices: Prices, region: str) -> Group:
    rows = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("machine or item", "capacity", "price", "", "as of", "source"):
        rows.add_column(column, justify="right" if column == "price" else "left")
    for (machine, where, capacity), price in prices.machines.items():
        if where == region:
            rows.add_row(*_row(machine, capacity, price))
    for (item, where), price in prices.items.items():
        if where in {region, ""}:
            rows.add_row(*_row(item, "", price))
    return Group(rows, "", Text(_LEVELS, "dim"))


def _run(given: Arguments) -> int:
    arguments = _PricesArguments(**vars(given))
    if not arguments.refresh:
        content = json.loads(TABLE.read_text(encoding="utf-8"))
        if arguments.json:
            sys.stdout.write(text(content))
        else:
            show(_shown(parse(content), arguments.region), console())
        return Exit.OK
    session = Session(deadline=Deadline(arguments.timeout))
    lines = [
        # Prices were asked for: without them the command has failed.
        replace(line, status=Status.PROBLEM)
        if line.status is Status.UNKNOWN and not line.unreachable
        else line
        for line in printable_lines("prices", session, partial(_refresh, arguments.project))
    ]
    status = exit_status(lines)
    if arguments.json:
        show_json({"exit": int(status), "findings": [], "lines": list(map(as_json, lines))})
    else:
        show(table(lines), console())
    return status


def add_commands(commands: Commands) -> None:
    """Add `prices` to the command line."""
    prices = commands.add_parser("prices", help="show list prices, and how old they are")
    prices.add_argument("--refresh", action="store_true", help="ask Google for today's prices")
    prices.add_argument("--region", default="us-central1", help="show this region (us-central1)")
    prices.add_argument(
        "--project",
        default=os.environ.get("GOOGLE_CLOUD_PROJECT", "PROJECT_ID"),
        help="project to show in messages (default: GOOGLE_CLOUD_PROJECT)",
    )
    prices.add_argument(
        "--timeout",
        type=positive,
        default=_SECONDS,
        metavar="SECONDS",
        help=f"how long to wait for all responses together ({_SECONDS:g})",
    )
    prices.add_argument("--json", action="store_true", help="print one JSON object")
    prices.set_defaults(
        run=_run, refused={"exit": int(Exit.REFUSED), "lines": []}, stack=None, config=None
    )
