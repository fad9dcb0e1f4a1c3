"""Draws the components of a plan and what each waits for, as a self-contained SVG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from inference.offline import drawing
from inference.offline.layers import Box, picture
from inference.offline.plan import Plan
from inference.offline.recorder import Registration
from inference.offline.waves import depends_on

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
    lines = [kind if count == 1 else f"{count} {kind}" for kind, count in kinds.items()]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"and {len(lines) - _MOST_LINES + 1} more kinds"]
    return tuple(lines)


def _boxes_and_edges(plan: Plan) -> tuple[list[Box], set[tuple[str, str]]]:
    by_urn = {resource.urn: resource for resource in plan.run.resources}
    members: dict[str, list[Registration]] = {}
    home: dict[str, str] = {}
    for resource in plan.run.resources:
        if resource.custom:
            home[resource.urn] = _component(resource, by_urn)
            members.setdefault(home[resource.urn], []).append(resource)
    edges = {
        (home[before], home[resource.urn])
        for resource in plan.run.resources
        if resource.custom
        for before in depends_on(resource)
        if before in home and home[before] != home[resource.urn]
    }
    boxes = [
        Box(
            id=urn,
            name=by_urn[urn].name.removeprefix("inference-"),
            kind=by_urn[urn].kind,
            lines=() if by_urn[urn].custom else _lines(resources),
        )
        for urn, resources in members.items()
    ]
    return boxes, edges


def svg(plan: Plan, links: Mapping[str, str] | None = None) -> str:
    """The picture. An arrow leads from what must be there to what waits for it.

    A box whose URN has a link in `links` leads there.
    """
    boxes, edges = _boxes_and_edges(plan)
    return picture(
        boxes,
        edges,
        heading=(
            f"Stack {plan.run.stack}",
            "An arrow leads from what must be there first; all else is made side by side.",
        ),
        label=f"Components of stack {plan.run.stack}",
        links=links,
    )


def draw(plan: Plan, file: Path) -> None:
    """Write the picture to `file`."""
    drawing.save(svg(plan), file)
