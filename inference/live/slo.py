"""What was measured under load, held to the stack file's `slo`, with what was expected beside."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from inference.config.slo import Slo
from inference.derive.expected import Expected
from inference.live.load_tool import Load, Measured
from inference.live.report import Line, ok, problem

_FIX: Final = "add replicas or use faster GPUs, or relax {}"
_KEEPS_UP: Final = 0.9
"""Share of the sent requests that must be answered while the load lasts; the last ones may not."""
_AT_LEAST: Final = "tokensPerSecond"
"""The key of `slo` that is a lower bound; the others are upper ones."""
_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "timeToFirstTokenP95Ms": ("first_token_ms", " ms"),
    "interTokenP95Ms": ("inter_token_ms", " ms"),
    "errorRate": ("error_rate", ""),
    _AT_LEAST: ("tokens_per_second", ""),
}
"""By key of `slo`: the field of what is measured and, for latencies, expected; and its unit."""


def bounds(slo: Slo) -> dict[str, float]:
    """What `slo` declares, by key."""
    declared = slo.model_dump(by_alias=True, exclude_none=True)
    return {key: declared[key] for key in _FIELDS if key in declared}


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
    for key, bound in bounds(slo).items():
        field, unit = _FIELDS[key]
        value: float | None = getattr(found, field, None)
        predicted: float | None = getattr(foreseen, field, None) if value is not None else None
        title, beside = f"{name} {key}", ""
        wanted = f"{'at least' if key == _AT_LEAST else 'at most'} {bound:g}{unit}"
        if value is not None and predicted:
            beside = f"; predicted {predicted:.4g}{unit}, measured {value / predicted - 1:+.0%}"
        if value is None:
            why, fix = why_not
            line = problem(title, f"was not measured, so it counts as missed: {why}", fix)
        elif value >= bound if key == _AT_LEAST else value <= bound:
            line = ok(title, f"{value:.4g}{unit}, {wanted}{beside}")
        else:
            message = f"{value:.4g}{unit}, but {wanted} is declared{beside}"
            line = problem(title, message, _FIX.format(f"slo.{key}"))
        details = {
            "model": name,
            "objective": key,
            "bound": bound,
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
