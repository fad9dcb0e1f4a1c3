"""What a stack costs and serves: as lines for people, and as parts of the plan's JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from inference.arguments import COMMAND
from inference.catalog.machines import Capacity as Bought
from inference.config.settings import Settings
from inference.derive.capacity import Capacity, Confidence, Rate
from inference.derive.cost import Cost, Nodes
from inference.derive.prices import OLD_DAYS, price_table

_CONFIDENCE = {
    Confidence.MEASURED: "measured at these lengths",
    Confidence.INTERPOLATED: "interpolated from measurements at other lengths",
    Confidence.ESTIMATED: "estimated from data sheets, not measured",
}
WORDS = {
    Bought.ON_DEMAND: "on demand",
    Bought.SPOT: "Spot",
    Bought.FLEX_START: "Flex-start",
    Bought.RESERVATION: "reserved",
}

_SMALL = 0.01
"""Share of a bill up to which the age of a price does not matter."""


def dollars(amount: float | None) -> str:
    """An amount as people write it: cents below a hundred."""
    if amount is None:
        return "no known price"
    return f"${amount:,.2f}" if abs(amount) < 100 else f"${amount:,.0f}"  # noqa: PLR2004 a hundred


def _price(region: str, nodes: Nodes, bought: Bought) -> str:
    if bought not in nodes.machine.capacities:
        return f"{WORDS[bought]} not offered"
    price = price_table().machine(nodes.machine.name, region, bought)
    if price is None:
        return f"{WORDS[bought]} no known price"
    return f"{WORDS[bought]} {dollars(price.amount * nodes.count)}"


def _node_line(region: str, nodes: Nodes) -> str:
    """GPU nodes at the price of their capacity, and beside it on demand or Spot."""
    other = Bought.ON_DEMAND if nodes.capacity is not Bought.ON_DEMAND else Bought.SPOT
    return (
        f"{nodes.count} × {nodes.machine.name}: {_price(region, nodes, nodes.capacity)} per hour; "
        f"{_price(region, nodes, other)}"
    )


def caveats(*costs: Cost) -> Iterator[str]:
    """What bills leave out, and which of their prices are old."""
    totals = [cost for cost in costs if cost.hourly is not None]
    unpriced = dict.fromkeys(item for cost in totals for item in cost.unpriced)
    if unpriced:
        yield f"not included, no known price: {'; '.join(unpriced)}"
    old = [
        line
        for cost in totals
        for line in cost.lines
        if line.price and line.price.is_old and (line.hourly or 0) > _SMALL * (cost.hourly or 0)
    ]
    if old:
        dates = sorted({line.price.date or "unknown date" for line in old if line.price})
        items = ", ".join(dict.fromkeys(line.item.split(",")[0] for line in old))
        yield (
            f"prices older than {OLD_DAYS} days ({', '.join(dates)}): {items}; "
            f"{COMMAND} prices --refresh gets today's"
        )


def cost_lines(settings: Settings, cost: Cost) -> Iterator[str]:
    """The bill in a few lines, the total first."""
    if not cost.lines and not cost.unpriced:
        yield "nothing that Google bills by the hour"
        return
    total = f"{dollars(cost.hourly)} per hour, {dollars(cost.monthly)} per month"
    if cost.hourly is None:
        total = "no known price"
    if cost.per_million_output_tokens is not None:
        total += f"; {dollars(cost.per_million_output_tokens)} per million output tokens"
    yield f"{total} (list prices, {settings.gcp.region})"
    yield from (_node_line(settings.gcp.region, nodes) for nodes in cost.nodes)
    yield from caveats(cost)
    usage = [line.item for line in cost.lines if line.usage_based]
    if usage:
        yield f"not included, billed by use: {', '.join(usage)}"


def _known(each: Rate) -> str:
    held = each.measured_here and each.confidence is Confidence.MEASURED
    if held:
        return "measured here"
    words = _CONFIDENCE[each.confidence]
    return f"{words}; a load measured here missed the SLO" if each.measured_here else words


def capacity_line(found: Capacity) -> str:
    """What a model serves, and what its peak needs."""
    traffic = found.traffic
    asked = (
        f"{traffic.peak:g} requests/s at the peak of {traffic.input_tokens} + "
        f"{traffic.output_tokens} tokens"
    )
    if found.needed is None:
        return f"the SLO is met at no rate; {asked}"
    verdict = "holds" if found.holds else "does not hold"
    replicas = "1 replica serves" if found.replicas == 1 else f"{found.replicas} replicas serve"
    return (
        f"{replicas} {found.requests_per_second:.3g} requests/s within the SLO; {asked} need "
        f"{found.needed}: {verdict} ({_known(found.each)})"
    )


def change(cost: Cost, before: Cost) -> str:
    """The change of a month's bill, in dollars first and then in percent."""
    now, then = cost.monthly, before.monthly
    if now is None or then is None:
        return f"Monthly cost: {dollars(then)} → {dollars(now)}"
    difference = now - then
    sign = "+" if difference > 0 else "-" if difference < 0 else "±"
    percent = f", {difference / then:+.0%}" if then else ""
    amount = f"{sign}{dollars(abs(difference))}"
    return f"Monthly cost: {amount} ({dollars(then)} → {dollars(now)}{percent})"


def _rounded(amount: float | None, digits: int = 4) -> float | None:
    return None if amount is None else round(amount, digits)


def cost_json(cost: Cost) -> dict[str, Any]:
    """`cost` of the plan's JSON."""
    return {
        "currency": "USD",
        "hourly": _rounded(cost.hourly),
        "monthly": _rounded(cost.monthly, 2),
        "perMillionOutputTokens": _rounded(cost.per_million_output_tokens),
        "lines": [
            {
                "item": line.item,
                "quantity": line.quantity,
                "hourly": _rounded(line.hourly),
                "usageBased": line.usage_based,
                "date": line.price.date if line.price else None,
                "source": line.price.source.title if line.price else None,
            }
            for line in cost.lines
        ],
        "unpriced": list(cost.unpriced),
    }


def capacity_json(found: Sequence[Capacity]) -> list[dict[str, Any]]:
    """`capacity` of the plan's JSON."""
    return [
        {
            "model": capacity.model,
            "replicas": capacity.replicas,
            "requestsPerSecond": round(capacity.requests_per_second, 2),
            "confidence": capacity.each.confidence.value,
            "measuredHere": capacity.each.measured_here,
            "neededReplicas": capacity.needed,
            "holds": capacity.holds,
        }
        for capacity in found
    ]
