"""The plan for a person at a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from inference.config import Finding, Settings, Severity
from inference.config.printable import printable
from inference.derive.needs import Needs
from inference.derive.summary import derived
from inference.offline.images import image_lines
from inference.offline.money import capacity_lines, cost_lines
from inference.offline.plan import Plan
from inference.offline.recorder import Registration
from inference.offline.timeline import LEVELS, Timeline, object_name
from inference.offline.waves import depends_on
from inference.preflight.options import Verdict, options

_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_VERDICTS: Final = {Verdict.CHOSEN: "bold green", Verdict.POSSIBLE: "", Verdict.AGAINST: "dim"}
_BAR_WIDTH: Final = 28
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
            for provider in depends_on(resource)
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
    root = Tree(Text(f"{plan.run.stack}", style="bold magenta"), guide_style="dim")
    branches: dict[str, Tree] = {"": root}
    for resource in plan.run.resources:
        branch = branches[resource.parent].add(_line(resource, plan, by_urn))
        branches[resource.urn] = branch
    return root


def findings(found: Sequence[Finding]) -> Iterator[RenderableType]:
    """Each finding with what it would cause and how to fix it."""
    for finding in found:
        line = Text()
        if finding.silenced is not None:
            line.append(printable(f"accepted  {finding.path}  {finding.message}"), style="dim")
            line.append(f"  [{finding.id}]", style="dim")
            yield line
            yield Padding(
                Text(printable(f"because {finding.silenced}"), style="dim"),
                (0, 0, 0, 4),
                expand=False,
            )
            continue
        line.append(f"{finding.severity.value}  ", style=_STYLES[finding.severity])
        line.append(printable(f"{finding.path}  ") if finding.path else "", style="bold")
        line.append(printable(finding.message))
        line.append(f"  [{finding.id}]", style="dim")
        yield line
        yield Padding(
            Text(printable(f"→ {finding.fix}"), style="green"), (0, 0, 0, 4), expand=False
        )


def _timeline(timeline: Timeline) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("step", "from", "min", ""):
        table.add_column(column, justify="right" if column in {"from", "min"} else "left")
    scale = _BAR_WIDTH / max(timeline.total_minutes, 1)
    for step in timeline.steps:
        style = "bold magenta" if step.critical else ""
        offset = round(step.start * scale)
        width = max(1, round(step.end * scale) - offset) if step.minutes else 0
        bar = " " * offset + ("█" if step.critical else "░") * width
        table.add_row(
            Text(step.id, style=style),
            f"{step.start:.1f}",
            f"{step.minutes:.1f} {step.level}",
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
        "GPUs": [
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


def _money(plan: Plan) -> Iterator[RenderableType]:
    for name, lines in (
        ("cost", cost_lines(plan.run.settings, plan.cost)),
        ("serves", capacity_lines(plan.capacity)),
    ):
        for index, line in enumerate(lines):
            label = name if index == 0 else ""
            yield Padding(Text.assemble((f"{label:<7}", "bold"), line), 0, expand=False)


def critical_path(timeline: Timeline) -> list[str]:
    """One longest path; several models may be the last together."""
    steps = {step.id: step for step in timeline.steps}
    path = [timeline.steps[-1].id]
    while steps[path[0]].waits_for:
        path.insert(0, max(steps[path[0]].waits_for, key=lambda step: steps[step].end))
    return path


def _summary(plan: Plan) -> Text:
    resources = [resource for resource in plan.run.resources if resource.custom]
    path = " → ".join(critical_path(plan.timeline))
    starts = not any(finding.severity is Severity.ERROR for finding in plan.run.findings)
    left = [f for f in plan.run.findings if f.silenced is None and f.severity is not Severity.INFO]
    return Text.assemble(
        (
            f"{len(resources)} resources in {max(plan.waves.values(), default=-1) + 1} waves; ",
            "bold",
        ),
        (
            f"first token after about {plan.timeline.total_minutes:.0f} minutes\n"
            if starts
            else "no first token: an error that the stack accepts keeps it from starting\n",
            "bold",
        ),
        ("critical path: ", "dim"),
        path,
        (f"\n{len(left)} warnings at the top" if left else "", "yellow"),
    )


def show(plan: Plan, console: Console, *, machines: bool = False) -> None:
    """Print findings, resources, timeline, derived values, needs and a summary.

    With `machines`, also every machine of the catalog for each model, and why not.
    """
    blocks: list[RenderableType] = []
    if plan.run.findings:
        blocks += [*findings(plan.run.findings), ""]
    blocks += [
        _resources(plan),
        "",
        *image_lines(plan.run.settings),
        "",
        _timeline(plan.timeline),
        Text(f"{LEVELS}; █ a delay here delays the first token", style="dim"),
        "",
    ]
    if machines:
        blocks += _options(plan.run.settings)
    blocks += [*_derived(plan.run.settings), ""]
    blocks += [*_needs(plan.needs), "", *_money(plan), "", _summary(plan)]
    console.print(Group(*blocks))
