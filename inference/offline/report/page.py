"""Fills the page's template. Everything it shows is text of a plan, in which secrets are opaque."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from inference.config import Finding, Severity
from inference.config.origin import Origin
from inference.derive.needs import heading
from inference.derive.summary import derived
from inference.findings import STYLES, count, fix
from inference.offline.graph import svg
from inference.offline.money import WORDS, capacity_line, cost_lines, dollars
from inference.offline.plan import Plan
from inference.offline.recorder import Registration
from inference.offline.render import as_yaml, files
from inference.offline.report.compare import Comparison
from inference.offline.timeline import LEVELS
from inference.offline.tree import critical_path, label, need_rows, short
from inference.offline.verdict import by_cost, headline

_FOLDER: Final = Path(__file__).parent
_RENDERED: Final = Path("rendered")
"""Folder in the install commands of Helm releases, the one that the README renders to."""


def _title(resource: Registration) -> str:
    return f"{resource.kind} {label(resource)}"


def _order(finding: Finding) -> tuple[bool, int]:
    """Open findings before accepted ones, errors before warnings."""
    return finding.silenced is not None, list(Severity).index(finding.severity)


def _verdict(plan: Plan, origin: Origin) -> tuple[str, str]:
    """How it is coloured, and the plan's first line with the number of findings."""
    line = headline(plan, origin)
    severity = {style: one.value for one, style in STYLES.items()}.get(str(line.style), "fine")
    return severity, f"{line.plain} ({count(len(by_cost(plan.run.findings)), 'open finding')})"


def _figures(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """What is asked first: name, figure, and the rest of the line."""
    cost = plan.cost
    if cost.monthly is not None:
        tokens = cost.per_million_output_tokens
        each = f", {dollars(tokens)} per million output tokens" if tokens is not None else ""
        yield "price", dollars(cost.monthly), f"per month, {dollars(cost.hourly)} per hour{each}"
    for gpus in plan.needs.gpus:
        bought = f", {WORDS[gpus.capacity]}" if gpus.capacity else ""
        yield heading((gpus,)), str(gpus.count), f"{gpus.accelerator}{bought}"
    minutes = f"{plan.timeline.total_minutes:.0f}"
    yield "first token", minutes, "minutes after pulumi up"
    for model in plan.run.settings.models:
        number, replicas = count(model.least_replicas, "replica").split()
        yield "serves", number, f"{replicas} of {model.model}"


def page(plan: Plan, comparison: Comparison | None = None) -> str:
    """The page of a plan, and with `comparison` what changes against another stack."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    resources = {resource.urn: resource for resource in plan.run.resources}
    anchors = {urn: f"resource-{index}" for index, urn in enumerate(resources, start=1)}
    links = {urn: f"#{anchor}" for urn, anchor in anchors.items()}
    children = defaultdict[str, list[Registration]](list)
    for resource in resources.values():
        children[resource.parent].append(resource)

    def name(resource: Registration) -> str:
        if resource.custom:
            return label(resource)
        return short(resource, resources.get(resource.parent))

    def waits_for(resource: Registration) -> list[Registration]:
        return [resources[urn] for urn in resource.waits_for if urn in resources]

    settings = plan.run.settings
    origin = Origin(Path(f"Pulumi.{plan.run.stack}.yaml"), plan.run.stack)
    return environment.get_template("page.html").render(
        # These are files of ours and a picture whose texts its own writer has escaped.
        style=Markup((_FOLDER / "page.css").read_text(encoding="utf-8")),  # noqa: S704
        script=Markup((_FOLDER / "page.js").read_text(encoding="utf-8")),  # noqa: S704
        picture=Markup(svg(plan, links)),  # noqa: S704
        stack=plan.run.stack,
        findings=sorted(plan.run.findings, key=_order),
        verdict=_verdict(plan, origin),
        fix=partial(fix, origin=origin),
        figures=list(_figures(plan)),
        children=children,
        anchors=anchors,
        waves=plan.waves,
        name=name,
        waits_for=waits_for,
        yaml=as_yaml,
        timeline=plan.timeline,
        critical_path=critical_path(plan.timeline),
        legend=LEVELS,
        needs=need_rows(plan.needs),
        cost=list(cost_lines(settings, plan.cost)),
        serves=[f"{found.model}: {capacity_line(found)}" for found in plan.capacity],
        derived=[(model.name, list(derived(settings, model))) for model in settings.models],
        manifests=list(files(plan, _RENDERED)),
        outputs=plan.run.outputs,
        comparison=comparison,
        title=_title,
    )
