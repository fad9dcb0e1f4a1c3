"""What was measured under load, held to the stack file's `slo`, with what was expected beside."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, final

from inference.config.slo import Slo
from inference.derive.expected import Expected
from inference.live.load_tool import Load, Measured
from inference.live.report import Line, ok, problem

_FIX: Final = "add replicas or use faster GPUs, or relax {}"
_KEEPS_UP: Final = 0.9
"""Share of the sent requests that must be answered while the load lasts; the last ones may not."""


@final
@dataclass(frozen=True, kw_only=True)
class Objective:
    """One bound of `slo`."""

    key: str
    bound: float
    unit: str
    at_least: bool = False

    @property
    def words(self) -> str:
        """The bound as people write it."""
        return f"{'at least' if self.at_least else 'at most'} {self.bound:g}{self.unit}"

    def measured(self, found: Measured | None) -> float | None:
        """What was measured of it."""
        if found is None:
            return None
        return {
            "timeToFirstTokenP95Ms": found.first_token_ms,
            "interTokenP95Ms": found.inter_token_ms,
            "errorRate": found.error_rate,
            "tokensPerSecond": found.tokens_per_second,
        }[self.key]

    def expected(self, found: Expected | None) -> float | None:
        """What was expected of it; None where nothing was."""
        if found is None:
            return None
        return {
            "timeToFirstTokenP95Ms": found.first_token_ms,
            "interTokenP95Ms": found.inter_token_ms,
        }.get(self.key)

    def holds(self, value: float) -> bool:
        """Whether a value keeps the bound."""
        return value >= self.bound if self.at_least else value <= self.bound


def objectives_of(slo: Slo) -> list[Objective]:
    """The bounds that `slo` declares."""
    bounds = (
        ("timeToFirstTokenP95Ms", slo.time_to_first_token_p95_ms, " ms", False),
        ("interTokenP95Ms", slo.inter_token_p95_ms, " ms", False),
        ("errorRate", slo.error_rate, "", False),
        ("tokensPerSecond", slo.tokens_per_second, "", True),
    )
    return [
        Objective(key=key, bound=bound, unit=unit, at_least=at_least)
        for key, bound, unit, at_least in bounds
        if bound is not None
    ]


def lines(
    name: str,
    slo: Slo,
    found: Measured | None,
    foreseen: Expected | None,
    why_not: tuple[str, str],
) -> Iterator[Line]:
    """A line for each objective; what was not measured does not hold.

    `why_not` is why nothing was measured, and what to do.
    """
    for objective in objectives_of(slo):
        value, unit = objective.measured(found), objective.unit
        predicted = None if value is None else objective.expected(foreseen)
        title, beside = f"{name} {objective.key}", ""
        if value is not None and predicted:
            change = value / predicted - 1
            beside = f"; predicted {predicted:.4g}{unit}, measured {change:+.0%}"
        if value is None:
            why, fix = why_not
            line = problem(title, f"was not measured, so it counts as missed: {why}", fix)
        elif objective.holds(value):
            line = ok(title, f"{value:.4g}{unit}, {objective.words}{beside}")
        else:
            message = f"{value:.4g}{unit}, but {objective.words} is declared{beside}"
            line = problem(title, message, _FIX.format(f"slo.{objective.key}"))
        details = {
            "model": name,
            "objective": objective.key,
            "bound": objective.bound,
            "measured": value,
            "predicted": None if predicted is None else round(predicted, 1),
        }
        yield replace(line, details=details)


def kept_up(name: str, load: Load, found: Measured) -> Iterator[Line]:
    """A line on the rate where one was wanted: latencies of a lower one say little of it."""
    sent, answered = load.requests_per_second, found.requests_per_second
    if sent is None or answered is None:
        return
    message = f"{answered:.4g} of {sent:.4g} requests/s answered during the load"
    line = ok(f"{name} requestsPerSecond", message)
    if answered < _KEEPS_UP * sent:
        line = problem(
            line.name,
            f"{message}: the servers fall behind, or the load tool does",
            "load it longer; if this persists, add replicas",
        )
    details = {"model": name, "objective": "requestsPerSecond", "bound": sent, "measured": answered}
    yield replace(line, details=details)
