"""Draws boxes in columns, each box after those it waits for, as a self-contained SVG."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise
from statistics import fmean
from typing import Final, final
from xml.etree import ElementTree as ET

from inference.offline import drawing
from inference.offline.drawing import CRITICAL, MARGIN, TITLE

_BOX_WIDTH: Final = 156
_LETTERS: Final = 20
"""Of a name in a box; of a longer one the rest is left to its tooltip."""
_LINE: Final = 17
_HEAD: Final = 44
_GAP_X: Final = 30
_GAP_Y: Final = 26
_SWEEPS: Final = 8
_ARROW_GAP: Final = 2
_STYLE: Final = """
.box { fill: #ffffff; stroke: #5c6bc0; stroke-width: 1.4 }
.head { fill: #e8eaf6 }
.kind { font: 11px system-ui, sans-serif; fill: #5c6bc0 }
.item { font: 11.5px system-ui, sans-serif; fill: #37474f }
.edge { fill: none; stroke: #90a4ae; stroke-width: 1.3; marker-end: url(#arrow) }
@media screen and (prefers-color-scheme: dark) {
  .box { fill: #1b2030; stroke: #7986cb } .head { fill: #283046 }
  .kind { fill: #9fa8da } .item { fill: #cfd8dc }
  .edge { stroke: #78909c }
}
.critical .box { stroke: CRITICAL; stroke-width: 2.4 }
.edge.critical { stroke: CRITICAL; stroke-width: 2; marker-end: url(#critical) }
.waited { stroke-dasharray: 5 4 }
""".replace("CRITICAL", CRITICAL)


@final
@dataclass(frozen=True, kw_only=True)
class Box:
    """What is drawn, with lines of text below its name; without a name a place to pass."""

    id: str
    name: str = ""
    kind: str = ""
    lines: tuple[str, ...] = ()
    critical: bool = False
    """Whether a delay of it delays everything."""
    link: str = ""
    """Where it leads to."""

    @property
    def height(self) -> int:
        """Height in pixels."""
        if not self.name:
            return 0
        return _HEAD + _LINE * len(self.lines) + (8 if self.lines else 0)


def _reduced(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Edges without those that a longer path implies."""
    after: dict[str, set[str]] = {}
    for start, end in edges:
        after.setdefault(start, set()).add(end)

    def reaches(start: str, end: str) -> bool:
        return any(step == end or reaches(step, end) for step in after.get(start, ()))

    return {
        (start, end)
        for start, end in edges
        if not any(reaches(step, end) for step in after[start] if step != end)
    }


def _depths(boxes: Sequence[Box], edges: set[tuple[str, str]]) -> dict[str, int]:
    """Column of each box: one after the last that it waits for."""
    before: dict[str, list[str]] = {box.id: [] for box in boxes}
    for start, end in edges:
        before[end].append(start)
    depth: dict[str, int] = {}
    for box in TopologicalSorter(before).static_order():
        depth[box] = max((depth[step] + 1 for step in before[box]), default=0)
    return depth


def _paths(
    edges: set[tuple[str, str]], depth: Mapping[str, int]
) -> dict[tuple[str, str], list[str]]:
    """Every edge as a path with a place to pass through in each column between its ends."""
    return {
        (start, end): [
            start,
            *(f"{start}>{end}@{column}" for column in range(depth[start] + 1, depth[end])),
            end,
        ]
        for start, end in sorted(edges)
    }


def _columns(
    boxes: Sequence[Box], depth: Mapping[str, int], paths: Iterable[Sequence[str]]
) -> list[list[Box]]:
    """Boxes and places to pass through, each column ordered to cross few edges."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    columns: list[list[Box]] = [[] for _ in range(max(depth.values()) + 1)]
    for box in boxes:
        columns[depth[box.id]].append(box)
    for path in paths:
        for column, step in enumerate(path[1:-1], start=depth[path[0]] + 1):
            columns[column].append(Box(id=step))
        for start, end in pairwise(path):
            before.setdefault(end, []).append(start)
            after.setdefault(start, []).append(end)
    place = {box.id: float(row) for column in columns for row, box in enumerate(column)}
    for sweep in range(_SWEEPS):
        # Each box goes to the middle of its neighbours, from the left and from the right in turn.
        neighbours = after if sweep % 2 else before
        for column in reversed(columns) if sweep % 2 else columns:
            middle = {
                box.id: fmean(place[other] for other in neighbours.get(box.id, [box.id]))
                for box in column
            }
            column.sort(key=lambda box: middle[box.id])
            place.update({box.id: float(row) for row, box in enumerate(column)})
    return columns


def _draw_box(parent: ET.Element, box: Box, x: float, y: float) -> None:
    group = ET.SubElement(parent, "g", {"class": "critical"} if box.critical else {})
    name = box.name
    if len(name) > _LETTERS:
        ET.SubElement(group, "title").text = name
        name = f"{name[: _LETTERS - 1]}…"
    size = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{_BOX_WIDTH}", "rx": "7"}
    ET.SubElement(group, "rect", {**size, "height": f"{box.height}", "class": "box"})
    head = {**size, "x": f"{x + 1:g}", "y": f"{y + 1:g}", "width": f"{_BOX_WIDTH - 2}"}
    ET.SubElement(group, "rect", {**head, "height": f"{_HEAD - 4}", "rx": "6", "class": "head"})
    drawing.text(group, x + 10, y + 18, "name", name)
    drawing.text(group, x + 10, y + 33, "kind", box.kind)
    for index, line in enumerate(box.lines):
        drawing.text(group, x + 10, y + _HEAD + 12 + index * _LINE, "item", line)


def _curve(places: Sequence[tuple[float, float]]) -> str:
    """A line from the first box's right side to the last one's left, level in each column."""
    d = ""
    for (left, y), (to_x, to_y) in pairwise(places):
        x = left + _BOX_WIDTH
        bend = (to_x - x) / 2
        d += f"L{x:g},{y:g} " if d else f"M{x:g},{y:g} "
        d += f"C{x + bend:g},{y:g} {to_x - bend:g},{to_y:g} {to_x - _ARROW_GAP:g},{to_y:g} "
    return d.rstrip()


def _places(columns: Sequence[Sequence[Box]]) -> tuple[dict[str, tuple[float, float]], int]:
    """Upper left corners, columns centred, and the height of the tallest column."""
    heights = [sum(box.height for box in column) + _GAP_Y * (len(column) - 1) for column in columns]
    tallest = max(heights)
    corners: dict[str, tuple[float, float]] = {}
    for index, (column, height) in enumerate(zip(columns, heights, strict=True)):
        y = TITLE + MARGIN + (tallest - height) / 2
        for box in column:
            corners[box.id] = (MARGIN + index * (_BOX_WIDTH + _GAP_X), y)
            y += box.height + _GAP_Y
    return corners, tallest


def _mark(parent: ET.Element, name: str, colour: str) -> None:
    """The head of an arrow."""
    box = {"viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerUnits": "userSpaceOnUse"}
    size = {"id": name, "orient": "auto", "markerWidth": "9", "markerHeight": "9"}
    head = ET.SubElement(parent, "marker", {**box, **size})
    ET.SubElement(head, "path", {"d": "M0,0 L8,4 L0,8 z", "fill": colour})


def picture(
    boxes: Sequence[Box],
    edges: set[tuple[str, str]],
    heading: tuple[str, str],
    label: str,
    waited: AbstractSet[tuple[str, str]] = frozenset(),
) -> str:
    """The picture of boxes, with an arrow for each edge that no longer path implies.

    Args:
        boxes: what is drawn.
        edges: pairs of ids; an arrow leads from the first to the second. Without a cycle.
        heading: the first line, and the note below it.
        label: what a screen reader says.
        waited: pairs of the critical path, also where no edge makes the second wait.
    """
    demanded = _reduced(edges)
    edges = _reduced(edges | waited) | waited
    depth = _depths(boxes, edges)
    paths = _paths(edges, depth)
    columns = _columns(boxes, depth, paths.values())
    corners, tallest = _places(columns)
    width = 2 * MARGIN + len(columns) * _BOX_WIDTH + (len(columns) - 1) * _GAP_X
    height = TITLE + 2 * MARGIN + tallest
    root = drawing.paper(
        width=width,
        height=height,
        style=_STYLE,
        label=label,
        role="group" if any(box.link for box in boxes) else "img",
    )
    marks = ET.SubElement(root, "defs")
    _mark(marks, "arrow", "#90a4ae")
    _mark(marks, "critical", CRITICAL)
    drawing.heading(root, *heading)
    middles = {
        box.id: (corners[box.id][0], corners[box.id][1] + box.height / 2)
        for column in columns
        for box in column
    }
    # The critical path is drawn last, over the others.
    for edge, path in sorted(paths.items(), key=lambda item: item[0] in waited):
        style = "edge"
        if edge in waited:
            style += " critical" if edge in demanded else " critical waited"
        ET.SubElement(root, "path", {"d": _curve([middles[step] for step in path]), "class": style})
    for box in boxes:
        parent = ET.SubElement(root, "a", {"href": box.link}) if box.link else root
        _draw_box(parent, box, *corners[box.id])
    return drawing.as_text(root)
