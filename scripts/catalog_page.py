"""Parts of docs/catalog.md: models, machines and zones that the program knows."""

from collections import defaultdict
from collections.abc import Iterator

from inference.catalog.facts import GPU_ZONES
from inference.catalog.machines import MACHINES, MACHINES_SOURCE, TPU, TPU_SOURCE, Machine
from inference.catalog.models import MODELS, MODELS_SOURCE
from inference.derive.offers import offered
from inference.derive.prices import Price, price_table
from inference.offline.money import WORDS
from scripts.page_words import cited


def models() -> Iterator[str]:
    """Models by name, with their sizes."""
    yield f"{cited(MODELS_SOURCE)}.\n"
    yield "| model | parameters | bits a weight | weights | longest context | asks for a token |"
    yield "|---|---:|---:|---:|---:|---|"
    for facts in sorted(MODELS.values(), key=lambda each: each.name.lower()):
        context = f"{facts.attention.context:,}" if facts.attention else "not known"
        yield (
            f"| `{facts.name}` | {facts.parameters_billion:g}B | {facts.bytes_per_weight * 8:.3g} "
            f"| {facts.weights_gb:.0f} GB | {context} | {'yes' if facts.gated else 'no'} |"
        )


def _zones(machine: Machine) -> str:
    """Zones by region, as letters: `us-central1` a b."""
    regions = defaultdict[str, list[str]](list)
    for zone in sorted(offered(machine).zones):
        regions[zone[:-2]].append(zone[-1])
    return ", ".join(f"{region}-{'/'.join(letters)}" for region, letters in regions.items())


def _price(machine: Machine) -> str:
    """The lowest known price, and of when and where it is."""
    prices: list[tuple[float, str, str, Price]] = [
        (price.amount, capacity, region, price)
        for (name, region, capacity), price in price_table().machines.items()
        if name == machine.name
    ]
    if not prices:
        return "not known"
    amount, capacity, region, price = min(prices, key=lambda row: row[0])
    return f"${amount:.2f}, {capacity}, {region}, {price.date or 'of no known date'}"


def machines() -> Iterator[str]:
    """Machine types, with the lowest known price of each."""
    yield (
        f"{cited(MACHINES_SOURCE)}; {cited(TPU_SOURCE)}. Prices are the lowest known, an hour of "
        "the machine alone: [cost](cost.md) says where they come from. `inference machines "
        "--region REGION` has those of a region.\n"
    )
    yield "| machine | accelerators | vCPU, memory, local SSDs | available as | price from |"
    yield "|---|---|---|---|---|"
    for machine in MACHINES.values():
        accelerator = machine.accelerator
        ways = ", ".join(word for way, word in WORDS.items() if way in offered(machine).capacities)
        yield (
            f"| `{machine.name}` | {machine.gpus} × `{accelerator.name}`, {accelerator.memory_gib} "
            f"GiB each | {machine.vcpu}, {machine.memory_gb} GB, {machine.local_ssds} | {ways} | "
            f"{_price(machine)} |"
        )


def zones() -> Iterator[str]:
    """Zones known to offer each machine type."""
    yield (
        f"Zones known to offer them, which says nothing of stock: {cited(GPU_ZONES)}; for "
        f"{TPU.noun}s {cited(TPU_SOURCE)}. Others may, and are warned of, not refused.\n"
    )
    yield "| machines | zones |"
    yield "|---|---|"
    same = defaultdict[str, list[str]](list)
    for machine in MACHINES.values():
        same[_zones(machine)].append(f"`{machine.name}`")
    for places, names in same.items():
        yield f"| {', '.join(names)} | {places or 'not known'} |"
