"""The rates that measured points give a replica, and what the roofline missed where they are.

A rate is known between two points of which one held the objectives and the next did not.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, inf, log
from typing import Final

from inference.config.measurement import Measurement
from inference.config.models import Model
from inference.derive.computed_rates import Objectives, computed_rate, lengths_of
from inference.derive.engines import image
from inference.derive.measured import Configuration, Point
from inference.derive.replay import Lengths
from inference.derive.roofline import StepCost

_SAME_LENGTH: Final = 0.02
"""Difference of lengths up to which a point was measured at the traffic's own."""
WIDEST: Final = 1.6
"""Of two rates between which the objectives stop holding: farther apart they say little."""
_NEAR: Final = 0.3
"""Distance of logarithms of lengths at which a measured point counts half as much."""
_DOUBT: Final = 0.15
"""Weight of the roofline alone, beside points at other lengths: far ones correct it little."""


def _crossing(before: Point, after: Point, wanted: Objectives) -> float:
    """The rate between two points at which the first objective is missed."""
    rates: list[float] = []
    for low, high, bound in (
        (before.first_token_p95, after.first_token_p95, wanted.first_token),
        (before.inter_token_p95, after.inter_token_p95, wanted.inter_token),
    ):
        if high > bound:
            share = (log(bound) - log(low)) / (log(high) - log(low))
            rates.append(before.rate + share * (after.rate - before.rate))
    return min(rates, default=after.rate)


def measured_rate(points: Sequence[Point], wanted: Objectives) -> float | None:
    """The rate between points of the same lengths; None where no two of them enclose it."""
    rated = [
        (point, wanted.hold(point.first_token_p95, point.inter_token_p95))
        for point in sorted(points, key=lambda point: point.rate)
    ]
    known = [(point, holds) for point, holds in rated if point.steady or not holds]
    for (before, held), (after, holds) in pairwise(known):
        if not held:
            return None
        if not holds and after.rate <= WIDEST * before.rate:
            return _crossing(before, after, wanted)
    return None


def _distance(one: Lengths, other: Lengths) -> float:
    return (
        abs(log(one.input / other.input))
        + abs(log(one.output / other.output))
        + abs(one.shared_prefix - other.shared_prefix) * 2
    )


def server_measured(model: Model) -> str:
    """What a measurement is of: another server may be faster or slower."""
    parts = (f"{model.gpu.count} × {model.gpu.accelerator}", image(model), *model.extra_args)
    return ", ".join(parts)


def measured_here(model: Model, lengths: Lengths) -> list[Measurement]:
    """Measurements of the stack file that are of this server and at these lengths."""
    server = server_measured(model)
    return [
        found
        for found in model.measurements
        if found.server == server and _distance(lengths_of(found), lengths) <= _SAME_LENGTH
    ]


def bounds(found: Sequence[Measurement], wanted: Objectives) -> tuple[float, float]:
    """Of one replica: the highest rate that held, and the lowest above it that did not."""
    held, too_much = list[float](), list[float]()
    for one in found:
        holds = wanted.hold(one.time_to_first_token_p95_ms, one.inter_token_p95_ms)
        (held if holds else too_much).append(one.requests_per_second / one.replicas)
    low = max(held, default=0.0)
    return low, min((rate for rate in too_much if rate > low), default=inf)


def missed(
    cost: StepCost, measured: Configuration, lengths: Lengths, wanted: Objectives
) -> float | None:
    """What the roofline's rate is multiplied by, after what it missed at measured lengths.

    None where nothing was measured that says so.
    """
    ratios: list[tuple[float, float]] = []
    for other, points in measured.by_lengths().items():
        found, computed = measured_rate(points, wanted), computed_rate(cost, other, wanted)
        if computed and found:
            weight = 1 / (1 + (_distance(lengths, other) / _NEAR) ** 2)
            ratios.append((weight, log(found / computed)))
    if not ratios:
        return None
    total = _DOUBT + sum(weight for weight, _ in ratios)
    return exp(sum(weight * value for weight, value in ratios) / total)


def same_lengths(measured: Configuration, lengths: Lengths) -> Sequence[Point]:
    """Points that were measured at these lengths."""
    for other, points in measured.by_lengths().items():
        if _distance(lengths, other) <= _SAME_LENGTH:
            return points
    return ()
