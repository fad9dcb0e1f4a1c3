"""The first screen of a plan: does the stack work, what it takes, costs and serves, what next."""

from collections.abc import Iterator, Sequence
from functools import partial
from shlex import quote
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from inference.arguments import COMMAND, DEFAULT_STACK, select_command
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.config.models import Model
from inference.config.origin import Origin
from inference.derive.needs import Gpus, heading
from inference.findings import STYLES, count, fix, one_line, sentence, severity
from inference.offline.drawing import CRITICAL
from inference.offline.money import WORDS, capacity_line, caveats, dollars
from inference.offline.plan import Plan
from inference.offline.tree import critical_path
from inference.preflight.check import CHECKS
from inference.terminal import UNBROKEN, Hanging

LINES: Final = 25
"""Of the whole verdict, at 80 columns."""
_NAMED: Final = 3
"""Models, and settings to fill in, that are named; of more the others are counted."""
_COSTLY: Final = frozenset({"autoscaling", "capacity", "memory", "simulator", "throughput"})
"""Families of findings about GPUs that are paid for and serve nothing, or less than they could."""


def to_fill_in(finding: Finding) -> bool:
    """Whether it is of a value that the stack file leaves to its reader."""
    return finding.severity is Severity.WARNING and CHECKS[finding.id].to_fill_in


def by_cost(found: Sequence[Finding]) -> list[Finding]:
    """Findings that are not accepted: errors, what is to be filled in, idle GPUs, the others."""
    order = list(Severity)
    return sorted(
        (finding for finding in found if finding.silenced is None),
        key=lambda finding: (
            order.index(finding.severity),
            not to_fill_in(finding),
            finding.id.partition(".")[0] not in _COSTLY,
        ),
    )


def headline(plan: Plan, origin: Origin) -> Text:
    """Whether the stack works."""
    accepted = [
        finding.id
        for finding in plan.run.findings
        if finding.severity is Severity.ERROR and finding.silenced is not None
    ]
    findings = by_cost(plan.run.findings)
    missing = sum(map(to_fill_in, findings))
    warned = sum(finding.severity is Severity.WARNING for finding in findings) - missing
    also = f", with {count(warned, 'warning')}" if warned else ""
    # A prediction, and so no refusal.
    late = [found.model for found in plan.capacity if found.needed is None]
    its = "its slo" if len(plan.run.settings.models) == 1 else f"the slo of {', '.join(late)}"
    slow = f", but no rate keeps {its}" if late else ""
    if accepted:
        text = f"{origin.name} does not start: it accepts {', '.join(accepted)}"
        return Text(text, STYLES[Severity.ERROR])
    if missing:
        what = "1 setting is" if missing == 1 else f"{missing} settings are"
        return Text(
            f"{origin.name} works, once {what} filled in{also}{slow}", STYLES[Severity.WARNING]
        )
    style = STYLES[Severity.WARNING] if slow or also else "bold green"
    return Text(f"{origin.name} works{also}{slow}", style)


def _places(settings: Settings, gpus: Gpus) -> str:
    """Where GPUs must be had."""
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return settings.location if settings.on_gke and gpus.capacity else "the cluster"
    zones = dict.fromkeys(
        zone
        for pool in settings.pools
        if (pool.machine.accelerator.name, pool.capacity) == (gpus.accelerator, gpus.capacity)
        for zone in pool.zones
    )
    if not zones:
        # The nodes of a ComputeClass, which has no pool of the stack's.
        return settings.location
    first, *others = zones
    # Zones are in one region.
    return ", ".join((first, *(zone[-2:] for zone in others)))


def _gpus(plan: Plan) -> Iterator[str]:
    settings = plan.run.settings
    for gpus in plan.needs.gpus:
        bought = f", {WORDS[gpus.capacity]}," if gpus.capacity else ""
        yield f"{gpus.count} × {gpus.accelerator}{bought} in {_places(settings, gpus)}"
    for quota in plan.needs.quotas:
        yield f"quota {quota.name} ≥ {quota.amount} in {quota.region}"
    if not plan.needs.gpus:
        yield "none"


def _price(plan: Plan) -> Iterator[str]:
    cost = plan.cost
    if not cost.lines and not cost.unpriced:
        yield "nothing that Google bills by the hour"
        return
    if cost.hourly is None:
        yield f"unknown: no price for {'; '.join(cost.unpriced)}"
        if plan.run.settings.cluster.is_created:
            yield f"{COMMAND} prices --refresh gets them from Google"
        return
    tokens = cost.per_million_output_tokens
    each = f", {dollars(tokens)} per million output tokens" if tokens is not None else ""
    yield f"{dollars(cost.hourly)} per hour, {dollars(cost.monthly)} per month{each}"
    yield from caveats(cost)


def _model(model: Model) -> str:
    adapters = len(model.lora.adapters) if model.lora else 0
    also = f" and {count(adapters, 'adapter')}" if adapters else ""
    most = f" to {model.most_replicas}" if model.most_replicas > model.least_replicas else ""
    replicas = count(model.least_replicas, "replica")
    replicas = f"{model.least_replicas}{most} replicas" if most else replicas
    return f"{model.model}{also}, {replicas}"


def _serves(plan: Plan) -> Iterator[str]:
    settings = plan.run.settings
    rates = {found.model: found for found in plan.capacity}
    for model in settings.models[:_NAMED]:
        yield _model(model)
        if model.name in rates:
            yield capacity_line(rates[model.name])
    if len(settings.models) > _NAMED:
        yield f"and {count(len(settings.models) - _NAMED, 'model')} more"
    if not rates and any(not model.engine.is_simulated for model in settings.models):
        yield "requests unknown: set `traffic` and `slo`"


def _facts(plan: Plan) -> Table:
    """The rows between headline and findings."""
    table = Table.grid(padding=(0, 2, 0, 0))
    timeline = plan.timeline
    minutes = count(round(timeline.total_minutes), "minute")
    rows = {
        heading(plan.needs.gpus): [Text(line) for line in _gpus(plan)],
        "price": [Text(line) for line in _price(plan)],
        "serves": [Text(line) for line in _serves(plan)],
        "first token": [
            Text(f"{minutes} after `pulumi up`, through"),
            Text(" → ".join(critical_path(timeline)[:-1]), CRITICAL),
        ],
    }
    for name, lines in rows.items():
        for index, line in enumerate(lines):
            table.add_row(Text(name if index == 0 else "", "bold"), line)
    return table


def finding_row(finding: Finding, origin: Origin, *, broken: bool) -> RenderableType:
    """A finding and its fix: in a pipe in one line, in a terminal in two paragraphs."""
    if not broken:
        return one_line(finding, origin)
    head = severity(finding).append("  ")
    indent = len(head)
    text = head.append_text(sentence(finding, origin)).append(f"  [{finding.id}]", "dim")
    arrow = Text(f"{'':{indent}}→ {fix(finding, origin, command=False)}", "green")
    return Group(Hanging(text, indent), Hanging(arrow, indent))


def _accepted(finding: Finding, origin: Origin) -> Hanging:
    head = Text("accepted  ", "dim")
    text = head.copy().append_text(sentence(finding, origin))
    return Hanging(text.append(f"  because {finding.silenced}  [{finding.id}]", "dim"), len(head))


def _next(plan: Plan, origin: Origin) -> Text:
    """What to type next, in lines that are not broken, so that each can be copied."""
    name, file = origin.stack and quote(origin.stack), quote(str(origin.shown))
    whole = partial(Text.assemble, ("next  ", "bold"), no_wrap=True, overflow="ignore")
    if any(map(to_fill_in, by_cost(plan.run.findings))):
        again = f" make plan STACK={name}" if name else f"\n      {COMMAND} plan --config {file}"
        again = " make plan" if name == DEFAULT_STACK else again
        return whole("fix the above, then:", again)
    doctor = f"{COMMAND} doctor " + (f"--stack {name}" if name else f"--config {file}")
    up = f"{select_command(origin.stack or 'NAME')} && pulumi up"
    copy = () if name else ("\n      cp ", file, " Pulumi.NAME.yaml")
    return whole(doctor, *copy, "\n      ", up)


def _height(blocks: Sequence[RenderableType], console: Console) -> int:
    return sum(len(console.render_lines(block, pad=False)) for block in blocks)


def _left_out(found: Sequence[Finding], accepted: int) -> list[RenderableType]:
    """What the screen says of findings that it does not show."""
    rows: list[RenderableType] = []
    missing = [finding.path for finding in found if to_fill_in(finding)]
    if missing:
        named = ", ".join(missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        rows.append(Hanging(Text(f"also to fill in: {named}{more}"), 2))
    counts = {"more": len(found), "accepted": accepted}
    said = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
    if said:
        rows.append(Text(f"findings: {said}; --findings shows all", "dim"))
    return rows


def verdict(
    plan: Plan, origin: Origin, console: Console, *, everything: bool = False
) -> RenderableType:
    """The first screen: what fits of the findings, or with `everything` all of them."""
    broken = console.width < UNBROKEN
    head: list[RenderableType] = [headline(plan, origin), "", _facts(plan), ""]
    foot: list[RenderableType] = [_next(plan, origin)]
    found = by_cost(plan.run.findings)
    accepted = [finding for finding in plan.run.findings if finding.silenced is not None]
    rows: list[RenderableType] = []
    end: list[RenderableType] = [_accepted(finding, origin) for finding in accepted]
    if everything:
        rows += [finding_row(finding, origin, broken=broken) for finding in found]
    else:
        end = _left_out(found, len(accepted))
        # A blank line comes before what is next.
        left = LINES - _height((*head, *foot), console) - 1
        for shown, finding in enumerate(found, start=1):
            row = finding_row(finding, origin, broken=broken)
            left -= _height([row], console)
            rest = _left_out(found[shown:], len(accepted))
            if left < _height(rest, console):
                break
            rows.append(row)
            end = rest
    rows += end
    return Group(*head, *rows, *([""] if rows else []), *foot)
