"""How many requests a second one replica serves while its objectives hold, and how that is known.

Where the model was measured at the traffic's lengths, the rate stands between the measured points.
Where it was measured at others, the roofline's rate is corrected by what it missed there. Elsewhere
the roofline stands alone. docs/capacity.md has the formula and its errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import ceil, exp, inf, log
from typing import Final, final

from inference.config.measurement import Measurement
from inference.config.models import Model
from inference.config.settings import Settings
from inference.config.slo import Slo
from inference.config.traffic import Traffic
from inference.derive.engines import image, server_of
from inference.derive.engines.given import arguments_given
from inference.derive.engines.sizing import METHOD, in_8_bit
from inference.derive.measured import Configuration, Point, configurations, matching
from inference.derive.replay import Latencies, Lengths, replay
from inference.derive.roofline import StepCost, step_cost

_HALVINGS: Final = 9
_SAME_LENGTH: Final = 0.02
"""Difference of lengths up to which a point was measured at the traffic's own."""
WIDEST: Final = 1.6
"""Of two rates between which the objectives stop holding: farther apart they say little."""
_NEAR: Final = 0.3
"""Distance of logarithms of lengths at which a measured point counts half as much."""
_DOUBT: Final = 0.15
"""Weight of the roofline alone, beside points at other lengths: far ones correct it little."""
_MILLISECONDS: Final = 1e7


class Confidence(StrEnum):
    """How a rate is known."""

    MEASURED = "measured"
    """Between points measured at these lengths."""
    INTERPOLATED = "interpolated"
    """By the roofline, corrected by points of this model and GPU at other lengths."""
    ESTIMATED = "estimated"
    """By the roofline alone."""


@final
@dataclass(frozen=True, kw_only=True)
class Objectives:
    """Latencies that 95 % of requests and gaps between tokens keep, in milliseconds."""

    first_token: float = _MILLISECONDS
    inter_token: float = _MILLISECONDS

    def hold(self, first_token: float, inter_token: float) -> bool:
        """Whether measured or computed latencies keep them."""
        return first_token <= self.first_token and inter_token <= self.inter_token


def objectives(slo: Slo) -> Objectives | None:
    """The latencies of `slo`; None where it names none."""
    first, inter = slo.time_to_first_token_p95_ms, slo.inter_token_p95_ms
    if first is None and inter is None:
        return None
    return Objectives(first_token=first or _MILLISECONDS, inter_token=inter or _MILLISECONDS)


@final
@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one replica serves."""

    requests_per_second: float
    """The highest rate at which the objectives hold; 0 where they do at none."""
    confidence: Confidence
    measured_here: bool = False
    """Whether `measurements` of the stack file have a say in it."""

    @property
    def how(self) -> str:
        """How it is known, as people read it."""
        return f"{self.confidence.value} here" if self.measured_here else self.confidence.value


def _holds(found: Latencies, wanted: Objectives) -> bool:
    return found.keeps_up and wanted.hold(found.first_token_p95, found.inter_token_p95)


@lru_cache(maxsize=512)
def computed_rate(cost: StepCost, lengths: Lengths, wanted: Objectives) -> float:
    """The rate by the roofline alone."""
    whole = lengths.input + lengths.output
    if cost.cache_tokens < whole:
        return 0
    # A request cannot take less than its share of full steps.
    batch = max(1, min(cost.most_running, cost.cache_tokens // whole))
    decode = lengths.output * cost.seconds(batch, batch * whole, 0, 0) / batch
    high = 1.2 / max(decode, lengths.computed * cost.prompt_token)
    low = high / 1000
    if not _holds(replay(cost, lengths, low), wanted):
        return 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _holds(replay(cost, lengths, middle), wanted):
            low = middle
        else:
            high = middle
    return low


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


def corrected_rate(
    cost: StepCost, measured: Configuration, lengths: Lengths, wanted: Objectives
) -> Rate:
    """The measured rate at these lengths, or the roofline's, corrected by what it missed."""
    found = measured_rate(same_lengths(measured, lengths), wanted)
    if found is not None:
        return Rate(requests_per_second=found, confidence=Confidence.MEASURED)
    alone, factor = computed_rate(cost, lengths, wanted), missed(cost, measured, lengths, wanted)
    if factor is None:
        return Rate(requests_per_second=alone, confidence=Confidence.ESTIMATED)
    return Rate(requests_per_second=alone * factor, confidence=Confidence.INTERPOLATED)


def _as_measured(model: Model) -> Model:
    """The server that was measured: without arguments and memory of the stack's own."""
    arguments = (f"{METHOD}=fp8",) if in_8_bit(model) else ()
    return model.model_copy(update={"extra_args": arguments, "gpu_memory_utilization": None})


def _is_as_measured(model: Model) -> bool:
    given = arguments_given(model.extra_args, server_of(model).dialect)
    return all(one.names == (METHOD,) for one in given)


def _by_model(model: Model, lengths: Lengths, wanted: Objectives) -> Rate | None:
    cost, plain = step_cost(model), _as_measured(model)
    if cost is None:
        return None
    computed = computed_rate(cost, lengths, wanted)
    estimated = Rate(requests_per_second=computed, confidence=Confidence.ESTIMATED)
    measured, plain_cost = matching(plain, configurations()), step_cost(plain)
    if measured is None or plain_cost is None:
        return estimated
    found = corrected_rate(plain_cost, measured, lengths, wanted)
    alone = computed_rate(plain_cost, lengths, wanted)
    if not alone or found.confidence is Confidence.ESTIMATED:
        return estimated
    if computed == alone and _is_as_measured(model):
        return found
    # Another server: as much faster or slower as the roofline says.
    return Rate(
        requests_per_second=found.requests_per_second * computed / alone,
        confidence=Confidence.INTERPOLATED,
    )


def rate(model: Model, lengths: Lengths, wanted: Objectives) -> Rate | None:
    """What one replica of a model serves; None where neither its step's cost nor a load is known.

    Where the stack itself was measured at these lengths, the computed rate is kept within the
    highest load that held and the lowest that did not.
    """
    computed, here = _by_model(model, lengths, wanted), measured_here(model, lengths)
    if not here:
        return computed
    held, too_much = bounds(here, wanted)
    if computed is None:
        return Rate(requests_per_second=held, confidence=Confidence.MEASURED, measured_here=True)
    return Rate(
        requests_per_second=max(held, min(computed.requests_per_second, too_much)),
        # A load that did not hold says how much is too much, not what is not.
        confidence=Confidence.MEASURED if held else computed.confidence,
        measured_here=True,
    )


@final
@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What a model's replicas serve, beside what is asked of them."""

    model: str
    replicas: int
    """At most, where their number is autoscaled."""
    each: Rate
    traffic: Traffic

    @property
    def requests_per_second(self) -> float:
        """What all replicas serve."""
        return self.replicas * self.each.requests_per_second

    @property
    def needed(self) -> int | None:
        """Replicas for the peak; None where the objectives hold at no rate."""
        if not self.each.requests_per_second:
            return None
        return ceil(self.traffic.peak / self.each.requests_per_second)

    @property
    def holds(self) -> bool:
        """Whether the objectives hold at the peak."""
        return self.needed is not None and self.needed <= self.replicas


def traffic_of(settings: Settings, model: Model) -> Traffic | None:
    """The model's traffic, or the stack's."""
    return model.traffic or settings.traffic


def lengths_of(traffic: Traffic | Measurement) -> Lengths:
    """The lengths of a request."""
    return Lengths(
        input=traffic.input_tokens,
        output=traffic.output_tokens,
        shared_prefix=traffic.shared_prefix,
    )


def capacity(settings: Settings, model: Model) -> Capacity | None:
    """A model's capacity; None without traffic or latencies in `slo`, or where it is not known."""
    traffic, wanted = traffic_of(settings, model), objectives(settings.slo)
    if traffic is None or wanted is None:
        return None
    each = rate(model, lengths_of(traffic), wanted)
    if each is None:
        return None
    return Capacity(model=model.name, replicas=model.most_replicas, each=each, traffic=traffic)
