"""What `size` found: as a table for people, as JSON, and as a stack file."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import yaml
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from inference.catalog.limits import CLUSTER_NAME_CHARACTERS
from inference.catalog.machines import ZONES, Capacity
from inference.config.finding import PROJECT
from inference.derive.names import dns_label
from inference.derive.sizing import Advice, Option, Rejected, Request
from inference.findings import INDENT
from inference.offline.money import caveats, dollars
from inference.preflight.identity import EXAMPLE_PROJECT
from inference.terminal import Hanging

_SHOWN: Final = 12


def as_json(options: Sequence[Option], rejected: Sequence[Rejected]) -> dict[str, Any]:
    """The JSON object of `size`."""
    return {
        "options": [
            {
                "machine": option.machine.name,
                "gpus": option.gpus,
                "capacityType": option.capacity.value,
                "replicas": option.replicas,
                "requestsPerSecond": round(option.requests_per_second, 2),
                "monthly": None if option.cost.monthly is None else round(option.cost.monthly, 2),
                "perMillionOutputTokens": None
                if option.cost.per_million_output_tokens is None
                else round(option.cost.per_million_output_tokens, 4),
                "confidence": option.each.confidence.value,
                "unpriced": list(option.cost.unpriced),
            }
            for option in options
        ],
        "rejected": [asdict(each) for each in rejected],
    }


def best(options: Sequence[Option]) -> list[Option]:
    """The cheapest number of GPUs per replica for each machine and capacity."""
    found: dict[tuple[str, Capacity], Option] = {}
    for option in options:
        found.setdefault((option.machine.name, option.capacity), option)
    return list(found.values())


def _table(options: Sequence[Option]) -> Table:
    # As narrow as 80 columns.
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for column in (
        "machine",
        "capacity",
        "replicas",
        "nodes",
        "serves",
        "monthly",
        "1M tokens",
    ):
        left = column in {"machine", "capacity"}
        table.add_column(column, justify="left" if left else "right", no_wrap=column == "machine")
    table.add_column("known")
    for option in options:
        noun = option.machine.accelerator.kind.noun
        gpus = f" × {option.gpus} {noun}s" if option.gpus > 1 else ""
        million = option.cost.per_million_output_tokens
        table.add_row(
            option.machine.name,
            option.capacity.value,
            f"{option.replicas}{gpus}",
            str(option.nodes),
            f"{option.requests_per_second:.3g}/s",
            dollars(option.cost.monthly),
            "" if million is None else dollars(million),
            option.each.confidence.value,
        )
    return table


def shown(
    request: Request, options: Sequence[Option], rejected: Sequence[Rejected]
) -> Iterator[RenderableType]:
    """What was asked, the best options, and the machines that are none, by reason."""
    traffic, wanted = request.traffic, request.wanted
    yield Text(
        f"{request.model} at {traffic.requests_per_second:g} requests/s, {traffic.peak:g} at the "
        f"peak, {traffic.input_tokens} + "
        f"{traffic.output_tokens} tokens, p95 {wanted.first_token:g} ms to the first token and "
        f"{wanted.inter_token:g} ms between tokens, {request.region}",
        style="bold",
    )
    if found := best(options):
        yield _table(found[:_SHOWN])
        if len(found) > _SHOWN:
            yield Text(f"{len(found) - _SHOWN} more: --json lists them all", style="dim")
        yield Text("the entire stack at list prices, 730 hours per month", style="dim")
        for text in caveats(*(option.cost for option in found[:_SHOWN])):
            yield Hanging(Text(text, style="dim"), INDENT)
        unknown = dict.fromkeys(one.machine.name for one in found if one.machine.name not in ZONES)
        if unknown:
            text = f"not known whether {request.region} has them: {', '.join(unknown)}"
            yield Hanging(Text(text, style="dim"), INDENT)
    else:
        yield "no machine type can serve it"
    machines = defaultdict[str, list[str]](list)
    for each in rejected:
        machines[each.reason].append(each.machine)
    for reason, names in machines.items():
        yield Hanging(Text(f"not {', '.join(names)}: {reason}", style="dim"), len("not "))


def shown_advice(advice: Advice) -> Iterator[RenderableType]:
    """What Inference Quickstart says of one replica, beside the table."""
    if advice.problem:
        yield Text(f"GKE Inference Quickstart: {advice.problem}", style="yellow")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("Inference Quickstart", "GPUs", "serves", "first token", "a token", "1M tokens"):
        table.add_column(column, justify="left" if column.startswith("Inf") else "right")
    for profile in advice.profiles:
        million = profile.per_million_output_tokens
        table.add_row(
            profile.machine,
            str(profile.gpus),
            f"{profile.requests_per_second:.3g}/s",
            f"{profile.first_token_ms:g} ms",
            f"{profile.per_output_token_ms:g} ms",
            dollars(million),
        )
    yield from ("", table)
    yield Text("one server each, medians, at lengths of Google's own", style="dim")


def stack_yaml(request: Request, option: Option, name: str, more: Mapping[str, Any]) -> str:
    """A stack file that serves the request by an option, with `more` sections."""
    sections = {
        "cluster": {
            "mode": "standard",
            "name": dns_label(f"inference-{name}", CLUSTER_NAME_CHARACTERS),
        },
        **option.sections,
        **more,
    }
    config: dict[str, Any] = {"gcp:project": EXAMPLE_PROJECT, "gcp:region": request.region}
    config |= {f"{PROJECT}:{key}": value for key, value in sections.items()}
    head = (
        "# yaml-language-server: $schema=docs/stack.schema.json\n"
        f"# Written by `inference` for {request.model}: "
        f"{dollars(option.cost.monthly)} per month, {option.each.confidence.value}.\n"
        "# The size follows from `traffic` and `slo`: check them.\n"
    )
    return head + yaml.safe_dump({"config": config}, sort_keys=False, default_flow_style=None)
