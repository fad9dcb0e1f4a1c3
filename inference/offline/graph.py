"""Draws the components of a plan and what each waits for, as a self-contained SVG."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from inference.offline.layers import Box, picture
from inference.offline.plan import Plan
from inference.offline.recorder import Registration
from inference.offline.tree import critical_path

_MOST_LINES: Final = 7


def _component(resource: Registration, by_urn: Mapping[str, Registration]) -> str:
    """URN of the box that a resource is drawn in: its outermost component below the stack's."""
    path = [resource]
    while path[-1].parent in by_urn:
        path.append(by_urn[path[-1].parent])
    # The last is InferenceStack. What it makes itself gets a box of its own, as some of it, such as
    # the namespace, waits for other components that wait for the rest.
    return path[-2].urn


def _lines(resources: Sequence[Registration]) -> tuple[str, ...]:
    kinds: dict[str, int] = {}
    for resource in resources:
        kinds[resource.kind] = kinds.get(resource.kind, 0) + 1
    lines = [kind if count == 1 else f"{count} × {kind}" for kind, count in kinds.items()]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"and {len(lines) - _MOST_LINES + 1} more kinds"]
    return tuple(lines)


def _homes(plan: Plan) -> dict[str, str]:
    """URN of the box that each resource is drawn in."""
    by_urn = {resource.urn: resource for resource in plan.run.resources}
    return {
        resource.urn: _component(resource, by_urn)
        for resource in plan.run.resources
        # Google's provider says who is asked, not what is made.
        if resource.custom and resource.type != "pulumi:providers:gcp"
    }


def svg(plan: Plan, links: Mapping[str, str] | None = None) -> str:
    """The picture. An arrow leads from what must be there to what waits for it.

    The critical path is in colour: dashed where Pods wait for nodes and Pulumi does not.
    A box whose URN has a link in `links` leads there.
    """
    by_urn = {resource.urn: resource for resource in plan.run.resources}
    homes = _homes(plan)
    members: dict[str, list[Registration]] = {}
    for urn, home in homes.items():
        members.setdefault(home, []).append(by_urn[urn])
    steps = {step.id: step for step in plan.timeline.steps}
    on_path = [urn for step in critical_path(plan.timeline) for urn in steps[step].resources]
    critical = list(dict.fromkeys(homes[urn] for urn in on_path))
    return picture(
        [
            Box(
                id=urn,
                name=by_urn[urn].name.removeprefix("inference-"),
                kind=by_urn[urn].kind,
                lines=() if by_urn[urn].custom else _lines(resources),
                critical=urn in critical,
                link=(links or {}).get(urn, ""),
            )
            for urn, resources in members.items()
        ],
        {
            (homes[before], home)
            for urn, home in homes.items()
            for before in by_urn[urn].waits_for
            if before in homes and homes[before] != home
        },
        heading=(
            f"Stack {plan.run.stack}",
            "Arrows start at what must exist first. In colour: the critical path.",
        ),
        label=f"Components of stack {plan.run.stack}",
        waited=set(pairwise(critical)),
    )
