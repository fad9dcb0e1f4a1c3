"""`inference machines`: which machines can be had where, in which capacity, and at what price."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from inference.arguments import COMMAND, Arguments, Commands
from inference.catalog.facts import GPU_ZONES
from inference.catalog.machines import ACCELERATORS, MACHINES, Capacity, Machine
from inference.catalog.places import REGIONS
from inference.config.finding import refuse
from inference.derive.offers import offered
from inference.derive.prices import Price, price_table
from inference.offline.money import WORDS
from inference.offline.size import known_or_refused
from inference.terminal import console, show, show_json


@final
class _Machines(Arguments):
    region: str | None
    accelerator: str | None


def machine_prices(machine: Machine, region: str | None) -> Mapping[Capacity, list[Price]]:
    """Known prices by each capacity that it is offered in; of all regions when None."""
    table = price_table()
    return {
        capacity: [
            price
            for (name, where, bought), price in table.machines.items()
            if (name, bought) == (machine.name, capacity.value) and region in {None, where}
        ]
        for capacity in Capacity
        if capacity in offered(machine).capacities
    }


def _found(arguments: _Machines) -> list[Machine]:
    """The machines that are asked for; of no known zone those that may be in the region too.

    Raises:
        RefusedError: for a region or accelerator that there is not.
    """
    region, accelerator = arguments.region, arguments.accelerator
    if region is not None:
        known_or_refused("machines.refused", "--region", region, REGIONS)
    names = [name for name in ACCELERATORS if (accelerator or "").lower() in name]
    if accelerator is not None and not names:
        some = f"choose one of {', '.join(ACCELERATORS)}, or part of a name"
        refuse("machines.refused", "--accelerator", f"{accelerator} is not in the catalog", some)
    return [
        machine
        for machine in MACHINES.values()
        if machine.accelerator.name in names and offered(machine).zones_in(region) != []
    ]


def _json(machine: Machine, region: str | None) -> dict[str, Any]:
    prices = price_table().machines
    return {
        "machine": machine.name,
        "accelerator": machine.accelerator.name,
        "gpus": machine.gpus,
        "memoryGib": machine.accelerator.memory_gib,
        "vcpu": machine.vcpu,
        "hostMemoryGb": machine.memory_gb,
        "localSsds": machine.local_ssds,
        "zones": offered(machine).zones_in(region),
        "capacities": [capacity.value for capacity in machine_prices(machine, region)],
        "prices": [
            {
                "region": where,
                "capacity": capacity,
                "hourly": price.amount,
                "date": price.date or None,
                "source": price.source.title,
            }
            for (name, where, capacity), price in prices.items()
            if name == machine.name and region in {None, where}
        ],
    }


def _places(machine: Machine, region: str | None) -> str:
    zones = offered(machine).zones_in(region)
    if zones is None:
        return "?"
    return " ".join(zone[-1] for zone in zones) if region else str(len(zones))


def _row(machine: Machine, region: str | None) -> list[str]:
    prices = machine_prices(machine, region)
    cells: list[str] = []
    lowest: list[Price] = []
    for capacity in WORDS:
        found = min(prices.get(capacity, ()), key=lambda price: price.amount, default=None)
        cells.append("-" if capacity not in prices else f"{found.amount:.2f}" if found else "?")
        lowest += [found] if found else []
    dated = min((price.date for price in lowest), default="")
    return [
        f"  {machine.name}",
        str(machine.gpus),
        _places(machine, region),
        *cells,
        (dated or "unknown") if lowest else "",
    ]


def _lines(machines: Sequence[Machine], region: str | None) -> Iterator[Text | Table]:
    for accelerator, group in groupby(machines, key=lambda machine: machine.accelerator):
        noun = accelerator.kind.noun
        yield Text(f"{accelerator.name}, {accelerator.memory_gib} GiB each", style="bold")
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
        heads = ("  machine", f"{noun}s", "zones", *WORDS.values(), "priced on")
        for column, least in zip(heads, (18, 4, 5, 9, 6, 10, 8, 10), strict=True):
            left = column in {heads[0], heads[-1]}
            table.add_column(column, justify="left" if left else "right", min_width=least)
        for machine in group:
            table.add_row(*_row(machine, region))
        yield table
    where = region or "the cheapest region, and number of zones"
    yield Text(
        f"US dollars per hour in {where}, for the machine alone; the oldest price's date. "
        f"? unknown, - not offered. Zones as of {GPU_ZONES.date}; stock shows only when a node is "
        "created.",
        style="dim",
    )
    if region is None:
        yield Text(f"zones and prices in a region: {COMMAND} machines --region REGION", style="dim")


def _run(given: Arguments) -> int:
    arguments = _Machines(**vars(given))
    machines = _found(arguments)
    if arguments.json:
        content = [_json(machine, arguments.region) for machine in machines]
        show_json({"machines": content, "findings": []})
    elif machines:
        show(Group(*_lines(machines, arguments.region)), console())
    else:
        sys.stdout.write(f"no zone in {arguments.region} is known to have such a machine type\n")
    return 0


def add_commands(commands: Commands) -> None:
    """Add `machines` to the command line."""
    machines = commands.add_parser("machines", help="list machine types, their regions and prices")
    machines.add_argument("--region", help="only those in a region, with its zones and prices")
    machines.add_argument(
        "--accelerator", metavar="NAME", help="only those with it; part of the name is enough"
    )
    machines.add_argument("--json", action="store_true", help="print one JSON object")
    machines.set_defaults(run=_run, refused={"machines": []}, stack=None, config=None)
