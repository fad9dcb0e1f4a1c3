"""Today's list prices, from the Billing Catalog: parts of machines, put together."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final

from pydantic import AliasPath, Field

from inference.catalog.machines import MACHINES, Capacity, Machine
from inference.catalog.prices.skus import (
    CATALOG_SOURCE,
    COMPUTE_ENGINE,
    DISKS,
    GPUS,
    INSTANCES,
    LOCAL_SSD,
    LOCAL_SSD_GIB,
)
from inference.catalog.system_machines import SYSTEM_MACHINES, SystemMachine
from inference.derive.prices import HOURS_A_MONTH
from inference.live.endpoints import BILLING
from inference.live.google import Google, GoogleModel, Money

_PAGE: Final = "500"
"""SKUs of a page: some 700 KB."""
_CURRENCY: Final = "USD"
SOURCE_KEY: Final = "billing-catalog"
SOURCE: Final = {
    "title": CATALOG_SOURCE.title,
    "level": CATALOG_SOURCE.level.value,
    "url": CATALOG_SOURCE.url,
}
_PART: Final = re.compile(
    r"^(?P<spot>Spot Preemptible )?(?P<name>.+?)"
    r"(?P<attached> attached to Spot Preemptible VMs)?(?: running)?(?: in .+)?$"
)


@final
class _Tier(GoogleModel):
    unit_price: Money = Money()


@final
class Sku(GoogleModel):
    """One item that Google sells."""

    description: str = ""
    service_regions: tuple[str, ...] = ()
    rates: tuple[_Tier, ...] = Field(
        (), validation_alias=AliasPath("pricingInfo", -1, "pricingExpression", "tieredRates")
    )

    @property
    def price(self) -> float | None:
        """Dollars a unit beyond free amounts; None where there is none in dollars."""
        prices = (tier.unit_price for tier in self.rates)
        paid = (one.amount for one in prices if one.currency_code == _CURRENCY and one.amount > 0)
        return next(paid, None)


@final
@dataclass(frozen=True, kw_only=True)
class Parts:
    """Prices of parts by (part, region, whether Spot)."""

    prices: dict[tuple[str, str, bool], float] = field(
        default_factory=dict[tuple[str, str, bool], float]
    )

    def add(self, sku: Sku) -> None:
        """Keep a SKU's price. Of two for the same part the higher one, whatever their order."""
        found, price = _PART.match(sku.description), sku.price
        if found is None or price is None:
            return
        spot = found["spot"] is not None or found["attached"] is not None
        for region in sku.service_regions:
            key = (found["name"].lower(), region, spot)
            self.prices[key] = max(price, self.prices.get(key, 0))

    def of(self, names: Iterable[str], region: str, *, spot: bool) -> float | None:
        """The price of the first of these parts that is sold there."""
        found = (self.prices.get((name.lower(), region, spot)) for name in names)
        return next((price for price in found if price is not None), None)

    @property
    def regions(self) -> list[str]:
        """Regions in which anything is sold."""
        return sorted({region for _, region, _ in self.prices})


def ask(google: Google) -> Parts:
    """Every part that Compute Engine sells.

    Raises:
        ServiceError: when a page cannot be had.
    """
    parts = Parts()
    for sku in google.read_all(BILLING, COMPUTE_ENGINE, "skus", Sku, pageSize=_PAGE):
        parts.add(sku)
    return parts


def _family(machine: str) -> str:
    return next((name for name in INSTANCES if machine.startswith(f"{name}-")), "")


def _sum(parts: Sequence[tuple[float, float | None]]) -> float | None:
    """Amounts by prices; None where a part has no price."""
    total = 0.0
    for amount, price in parts:
        if amount and price is None:
            return None
        total += amount * (price or 0)
    return total


def _hourly(
    machine: Machine | SystemMachine, region: str, parts: Parts, *, spot: bool
) -> float | None:
    family = _family(machine.name)
    if not family:
        return None
    instance = INSTANCES[family]
    gpus, memory, ssds = 0, 0.0, 0
    if isinstance(machine, Machine):
        gpus, memory, ssds = machine.gpus, float(machine.memory_gb), machine.local_ssds
    else:
        memory = float(machine.memory_gib)

    def price(*names: str) -> float | None:
        return parts.of(names, region, spot=spot)

    ssd = price(LOCAL_SSD)
    return _sum(
        [
            (gpus, price(*GPUS.get(family, ()))),
            (machine.vcpu, price(f"{instance} Instance Core")),
            (memory, price(f"{instance} Instance Ram")),
            (ssds * LOCAL_SSD_GIB, None if ssd is None else ssd / HOURS_A_MONTH),
        ]
    )


def _capacities(machine: Machine | SystemMachine) -> Iterator[tuple[Capacity, bool]]:
    """Capacities whose prices are known from SKUs, and whether they are Spot's."""
    if isinstance(machine, SystemMachine):
        yield Capacity.ON_DEMAND, False
        return
    for capacity in (Capacity.ON_DEMAND, Capacity.RESERVATION, Capacity.SPOT):
        if capacity in machine.capacities:
            yield capacity, capacity is Capacity.SPOT


def machine_rows(parts: Parts) -> Iterator[dict[str, Any]]:
    """Rows of the table for every machine and region of which all parts have a price."""
    for machine in (*MACHINES.values(), *SYSTEM_MACHINES):
        for region in parts.regions:
            for capacity, spot in _capacities(machine):
                hourly = _hourly(machine, region, parts, spot=spot)
                if hourly is not None:
                    yield {
                        "machine": machine.name,
                        "region": region,
                        "capacity": capacity.value,
                        "hourly": round(hourly, 6),
                    }


def item_rows(parts: Parts) -> Iterator[dict[str, Any]]:
    """Rows of the table for disks."""
    for item, name in DISKS.items():
        for region in parts.regions:
            price = parts.of([name], region, spot=False)
            if price is not None:
                yield {
                    "item": item,
                    "region": region,
                    "unit": "GiB-month",
                    "price": round(price, 6),
                }


def updated(table: Mapping[str, Any], parts: Parts, day: str) -> dict[str, Any]:
    """The table with today's prices in place of earlier ones; what was not asked for stays."""

    def merged(
        rows: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]], keys: Sequence[str]
    ) -> list[dict[str, Any]]:
        found = {tuple(row[key] for key in keys): row for row in rows}
        known = {"date": day, "source": SOURCE_KEY}
        found |= {tuple(row[key] for key in keys): {**row, **known} for row in new}
        return list(found.values())

    machines = merged(table["machines"], machine_rows(parts), ("machine", "region", "capacity"))
    items = merged(table["items"], item_rows(parts), ("item", "region"))
    used = {row["source"] for row in (*machines, *items)}
    sources = {**table["sources"], SOURCE_KEY: SOURCE}
    return {
        "currency": _CURRENCY,
        "sources": {key: row for key, row in sources.items() if key in used},
        "machines": machines,
        "items": items,
    }
