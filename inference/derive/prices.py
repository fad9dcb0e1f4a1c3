"""Reads the table of prices, and says how old a price is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, final

from inference.catalog import prices
from inference.catalog.machines import Capacity
from inference.catalog.source import Level, Source

TABLE: Final = Path(prices.__file__).with_name("table.json")
HOURS_A_MONTH: Final = 730
OLD_DAYS: Final = 90
"""Age from which on a price is said to be old: Spot prices may change every day."""


@final
@dataclass(frozen=True, kw_only=True)
class Price:
    """A price of one unit, in US dollars."""

    amount: float
    unit: str
    """What it buys: an hour, or a GiB."""
    date: str
    """Day of the price, "" where it is not known."""
    source: Source

    @property
    def is_old(self) -> bool:
        """Whether it is older than `OLD_DAYS`, or of no known date."""
        if not self.date:
            return True
        return (today() - date.fromisoformat(self.date)).days > OLD_DAYS


@final
@dataclass(frozen=True, kw_only=True)
class Prices:
    """The table."""

    machines: Mapping[tuple[str, str, str], Price]
    """By machine type, region and capacity: dollars an hour."""
    items: Mapping[tuple[str, str], Price]
    """By item and region ("" for everywhere): dollars a unit."""

    def machine(self, name: str, region: str, capacity: Capacity) -> Price | None:
        """The price of an hour of a machine; None where none is known."""
        return self.machines.get((name, region, capacity.value))

    def item(self, name: str, region: str) -> Price | None:
        """The price of a unit of an item, where it is known in the region or everywhere."""
        return self.items.get((name, region)) or self.items.get((name, ""))


def today() -> date:
    """The day on which prices are looked at."""
    return datetime.now(UTC).date()


def parse(content: Mapping[str, Any]) -> Prices:
    """The table from its JSON."""
    sources = {
        key: Source(
            title=row["title"], url=row["url"], date=row.get("date", ""), level=Level(row["level"])
        )
        for key, row in content["sources"].items()
    }

    def price(row: Mapping[str, Any], amount: str) -> Price:
        return Price(
            amount=row[amount],
            unit=row.get("unit", "hour"),
            date=row["date"],
            source=sources[row["source"]],
        )

    return Prices(
        machines={
            (row["machine"], row["region"], row["capacity"]): price(row, "hourly")
            for row in content["machines"]
        },
        items={(row["item"], row["region"]): price(row, "price") for row in content["items"]},
    )


@cache
def price_table() -> Prices:
    """The table of this project."""
    return parse(json.loads(TABLE.read_text(encoding="utf-8")))
