"""What a plan builds, for a person at a terminal: resources, timeline, needs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from inference.config import Settings
from inference.derive.cost import Cost
from inference.derive.needs import Needs, heading
from inference.derive.summary import derived
from inference.findings import count
from inference.offline.drawing import CRITICAL
from inference.offline.images import image_lines
from inference.offline.money import cost_lines
from inference.offline.plan import Plan
from inference.offline.recorder import Registration
from inference.offline.timeline import LEVELS, Timeline, object_name
from inference.preflight.options import Verdict, options

_VERDICTS: Final = {Verdict.CHOSEN: "bold green", Verdict.POSSIBLE: "", Verdict.AGAINST: "dim"}
_BAR_WIDTH: Final = 28
_LEGEND: Final = "█ a delay here delays the first token"
_COLLAPSE: Final = 2
"""More siblings than this in a list of dependencies are named by their component."""


def label(resource: Registration) -> str:
    """What a resource is called: its object's name, or an API's."""
    if resource.type == "gcp:projects/service:Service":
        return str(resource.inputs.get("service"))
    return object_name(resource)


def short(resource: Registration, parent: Registration | None) -> str:
    """A component's name without its parent's."""
    prefix = f"{parent.name}-" if parent else ""
    return resource.name.removeprefix(prefix)


def _waits_for(resource: Registration, by_urn: Mapping[str, Registration]) -> str:
    """Names of what a resource waits for; many of one component are named by it."""
    before = [by_urn[urn] for urn in resource.depends_on if urn in by_urn]
    if not before:
        before = [
            by_urn[urn]
            for provider in resource.waits_for
            if provider in by_urn
            for urn in by_urn[provider].depends_on
            if urn in by_urn
        ]
    siblings: dict[str, list[Registration]] = {}
    for other in before:
        siblings.setdefault(other.parent, []).append(other)
    names: list[str] = []
    for parent, children in siblings.items():
        if len(children) > _COLLAPSE and parent in by_urn:
            component = by_urn[parent]
            names.append(short(component, by_urn.get(component.parent)))
        else:
            names += [f"{child.kind} {label(child)}" for child in children]
    return ", ".join(names)


def _line(resource: Registration, plan: Plan, by_urn: Mapping[str, Registration]) -> Text:
    line = Text()
    if not resource.custom:
        line.append(short(resource, by_urn.get(resource.parent)), style="bold")
        line.append(f"  {resource.kind}", style="dim")
        return line
    line.append(resource.kind, "cyan")
    if not resource.type.startswith("pulumi:"):
        line.append(f" {label(resource)}")
    if resource.read:
        line.append("  exists", style="green")
    line.append(f"  wave {plan.waves[resource.urn]}", style="dim")
    waits = _waits_for(resource, by_urn)
    if waits:
        line.append(f"  after {waits}", style="dim")
    return line


def _resources(plan: Plan) -> Tree:
    by_urn = {resource.urn: resource for resource in plan.run.resources}
    root = Tree(Text(f"{plan.run.stack}", style="bold"), guide_style="dim")
    branches: dict[str, Tree] = {"": root}
    for resource in plan.run.resources:
        branch = branches[resource.parent].add(_line(resource, plan, by_urn))
        branches[resource.urn] = branch
    return root


def _timeline(timeline: Timeline, *, sources: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("step", "from", "min", ""):
        table.add_column(column, justify="right" if column in {"from", "min"} else "left")
    scale = _BAR_WIDTH / max(timeline.total_minutes, 1)
    for step in timeline.steps:
        style = f"bold {CRITICAL}" if step.critical else ""
        offset = round(step.start * scale)
        width = max(1, round(step.end * scale) - offset) if step.minutes else 0
        bar = " " * offset + ("█" if step.critical else "░") * width
        table.add_row(
            Text(step.id, style=style),
            f"{step.start:.1f}",
            f"{step.minutes:.1f} {step.level}" if sources else f"{step.minutes:.1f}",
            Text(bar, style=style or "dim"),
        )
    return table


def _derived(settings: Settings) -> Iterator[RenderableType]:
    for model in settings.models:
        yield Text(model.name, style="bold")
        table = Table(box=None, pad_edge=False, show_header=False)
        for name, value in derived(settings, model):
            table.add_row(Text(f"  {name}", style="dim"), value)
        yield table


def _options(settings: Settings) -> Iterator[RenderableType]:
    for model in settings.models:
        if model.engine.is_simulated:
            continue
        yield Text(f"machines for {model.name}", style="bold")
        table = Table(box=None, pad_edge=False, show_header=False)
        for option in options(settings, model):
            style = _VERDICTS[option.verdict]
            table.add_row(
                Text(f"  {option.machine.name}", style=style),
                Text(option.verdict.value, style=style),
                Text(option.reason, style=style),
            )
        yield table
        yield ""


def need_rows(needs: Needs) -> Mapping[str, Sequence[str]]:
    """What must be there beforehand, by its heading; headings of nothing are left out."""
    rows: Mapping[str, Sequence[str]] = {
        heading(needs.gpus): [
            f"up to {gpu.count} {gpu.accelerator}" + (f" ({gpu.capacity})" if gpu.capacity else "")
            for gpu in needs.gpus
        ],
        "quota": [f"{quota.name} ≥ {quota.amount} in {quota.region}" for quota in needs.quotas],
        "roles": needs.roles,
        "APIs": needs.apis,
    }
    return {name: values for name, values in rows.items() if values}


def _needs(needs: Needs) -> Iterator[Text]:
    for name, values in need_rows(needs).items():
        yield Text.assemble((f"{name:<6} ", "bold"), ", ".join(values))


def _prices(cost: Cost) -> Iterator[str]:
    """Items of the bill with the day and the source of their prices."""
    for line in cost.lines:
        if line.price:
            yield f"{line.item}: {line.price.source.title}, {line.price.date or 'unknown date'}"


def critical_path(timeline: Timeline) -> list[str]:
    """One longest path; several models may be the last together."""
    steps = {step.id: step for step in timeline.steps}
    path = [timeline.steps[-1].id]
    while steps[path[0]].waits_for:
        path.insert(0, max(steps[path[0]].waits_for, key=lambda step: steps[step].end))
    return path


def details(plan: Plan, *, sources: bool, machines: bool) -> Iterator[RenderableType]:
    """What is built and when, what each model gets, and what must be there beforehand.

    Args:
        plan: of the stack.
        sources: also how well each duration is known, and what prices rest on.
        machines: also every machine of the catalog for each model, and why not.
    """
    settings = plan.run.settings
    resources = sum(resource.custom for resource in plan.run.resources)
    waves = max(plan.waves.values(), default=-1) + 1
    yield Text(f"{count(resources, 'resource')} in {count(waves, 'wave')}", "bold")
    yield from (
        _resources(plan),
        "",
        *image_lines(settings),
        "",
        _timeline(plan.timeline, sources=sources),
    )
    yield Text(f"{LEVELS if sources else 'minutes are estimates'}; {_LEGEND}", "dim")
    yield ""
    if machines:
        yield from _options(settings)
    yield from (*_derived(settings), "", *_needs(plan.needs))
    if sources:
        yield from ("", *(Text(line) for line in cost_lines(settings, plan.cost)))
        yield from (Text(line) for line in _prices(plan.cost))
