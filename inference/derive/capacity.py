"""How many requests a second one replica serves while its objectives hold, and how that is known.

Where the model was measured at the traffic's lengths, the rate stands between the measured points.
Where it was measured at others, the roofline's rate is corrected by what it missed there. Elsewhere
the roofline stands alone. docs/capacity.md has the formula and its errors.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import final

from inference.config.models import Model
from inference.config.settings import Settings
from inference.config.traffic import Traffic
from inference.derive.computed_rates import Objectives, computed_rate, lengths_of, objectives
from inference.derive.engines import server_of
from inference.derive.engines.given import arguments_given
from inference.derive.engines.sizing import METHOD, in_8_bit
from inference.derive.measured import Configuration, configurations, matching
from inference.derive.measured_rates import (
    bounds,
    measured_here,
    measured_rate,
    missed,
    same_lengths,
)
from inference.derive.replay import Lengths
from inference.derive.roofline import StepCost, step_cost


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


def capacity(settings: Settings, model: Model) -> Capacity | None:
    """A model's capacity; None without traffic or latencies in `slo`, or where it is not known."""
    traffic, wanted = traffic_of(settings, model), objectives(settings.slo)
    if traffic is None or wanted is None:
        return None
    each = rate(model, lengths_of(traffic), wanted)
    if each is None:
        return None
    return Capacity(model=model.name, replicas=model.most_replicas, each=each, traffic=traffic)
