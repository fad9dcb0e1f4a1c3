"""Draws the timeline of a plan: a bar for each step, and what it waits for."""

from collections.abc import Mapping
from math import ceil
from typing import Final
from xml.etree import ElementTree as ET

from inference.offline import drawing
from inference.offline.drawing import CRITICAL, MARGIN, TITLE
from inference.offline.plan import Plan
from inference.offline.timeline import LEVELS, Step

_ROW: Final = 26
_BAR: Final = 16
_LABELS: Final = 210
_MINUTES: Final = 96
"""Space to the right of the last bar for its duration."""
_SCALE: Final = 26
"""Pixels a minute."""
_TICKS: Final = 5
_AXIS: Final = 22
_STYLE: Final = """
.step { font: 12.5px ui-monospace, monospace; fill: #37474f }
.minutes { font: 11.5px system-ui, sans-serif; fill: #607d8b }
.tick { text-anchor: middle }
.bar { fill: #9fa8da }
.grid { stroke: #e0e3ee } .wait { fill: none; stroke: #b0bec5; stroke-width: 1.2 }
@media screen and (prefers-color-scheme: dark) {
  .step { fill: #cfd8dc } .minutes { fill: #90a4ae } .bar { fill: #5c6bc0 }
  .grid { stroke: #283046 } .wait { stroke: #546e7a }
}
.critical { fill: CRITICAL } .late { stroke: CRITICAL }
""".replace("CRITICAL", CRITICAL)


def _x(minute: float) -> float:
    return MARGIN + _LABELS + minute * _SCALE


def _y(row: int) -> float:
    return TITLE + MARGIN + _AXIS + row * _ROW


def _axis(picture: ET.Element, minutes: int, rows: int) -> None:
    for minute in range(0, minutes + 1, _TICKS):
        ends = {"y1": f"{_y(0) - 6:g}", "y2": f"{_y(rows):g}"}
        x = f"{_x(minute):g}"
        ET.SubElement(picture, "line", {"x1": x, "x2": x, **ends, "class": "grid"})
        drawing.text(picture, _x(minute), _y(0) - 12, "minutes tick", f"{minute} min")


def _waits(picture: ET.Element, step: Step, rows: Mapping[str, int], ends: Step) -> None:
    """The line from the end of what is waited for, down to the start of what waits."""
    down, across = _y(rows[step.id]) + _BAR / 2, _x(step.start)
    path = f"M{_x(ends.end):g},{_y(rows[ends.id]) + _BAR / 2:g} V{down:g} H{across:g}"
    late = " late" if step.critical and ends.critical and ends.end == step.start else ""
    ET.SubElement(picture, "path", {"d": path, "class": f"wait{late}"})


def _step(picture: ET.Element, step: Step, row: int) -> None:
    y = _y(row)
    drawing.text(picture, MARGIN, y + _BAR - 3, "step", step.id)
    bar = {"x": f"{_x(step.start):g}", "y": f"{y:g}", "height": f"{_BAR}", "rx": "3"}
    # What takes no time is a mark.
    width = max(step.minutes * _SCALE, 3)
    style = "critical" if step.critical else "bar"
    ET.SubElement(picture, "rect", {**bar, "width": f"{width:g}", "class": style})
    minutes = f"{step.minutes:.1f} {step.level}" if step.minutes else f"minute {step.start:.1f}"
    drawing.text(picture, _x(step.start) + width + 6, y + _BAR - 4, "minutes", minutes)


def svg(plan: Plan) -> str:
    """The picture. Bars of the critical path are red; a line leads from a step to what waits."""
    steps = plan.timeline.steps
    rows = {step.id: row for row, step in enumerate(steps)}
    by_id = {step.id: step for step in steps}
    minutes = ceil(plan.timeline.total_minutes / _TICKS) * _TICKS
    picture = drawing.paper(
        width=_x(minutes) + _MINUTES + MARGIN,
        height=_y(len(steps)) + MARGIN,
        style=_STYLE,
        label=f"Timeline of stack {plan.run.stack}",
    )
    first_token = f"first token after about {plan.timeline.total_minutes:.0f} minutes"
    note = f"{LEVELS}; in colour: the critical path"
    drawing.heading(picture, f"Stack {plan.run.stack}: {first_token}", note)
    _axis(picture, minutes, len(steps))
    for step in steps:
        for identifier in step.waits_for:
            _waits(picture, step, rows, by_id[identifier])
    for step in steps:
        _step(picture, step, rows[step.id])
    return drawing.as_text(picture)
