"""`inference load`: each base model and adapter under load, held to the stack file's `slo`."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, final

from rich.console import Console
from rich.markup import escape

from inference.config.finding import set_command
from inference.config.settings import Settings
from inference.config.slo import Slo
from inference.live.calls import Caller
from inference.live.errors import ServiceError, refused
from inference.live.load_tool import Load, Measured, find_tool, measure
from inference.live.report import Line, ok, problem
from inference.live.session import Session
from inference.live.smoke import not_ready, wait_for
from inference.live.targets import Endpoint, all_targets

_FIX: Final = "give it more replicas or faster GPUs, or make {} milder"


@final
@dataclass(frozen=True, kw_only=True)
class _Objective:
    key: str
    bound: float
    unit: str
    at_least: bool = False

    @property
    def words(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.bound:g}{self.unit}"

    def measured(self, found: Measured) -> float | None:
        return {
            "timeToFirstTokenP95Ms": found.first_token_ms,
            "interTokenP95Ms": found.inter_token_ms,
            "errorRate": found.error_rate,
            "tokensPerSecond": found.tokens_per_second,
        }[self.key]

    def holds(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


def _objectives(slo: Slo) -> list[_Objective]:
    bounds = (
        ("timeToFirstTokenP95Ms", slo.time_to_first_token_p95_ms, " ms", False),
        ("interTokenP95Ms", slo.inter_token_p95_ms, " ms", False),
        ("errorRate", slo.error_rate, "", False),
        ("tokensPerSecond", slo.tokens_per_second, "", True),
    )
    return [
        _Objective(key=key, bound=bound, unit=unit, at_least=at_least)
        for key, bound, unit, at_least in bounds
        if bound is not None
    ]


def _verdict(model: str, objective: _Objective, value: float | None, why: str, fix: str) -> Line:
    """The verdict on one objective; what was not measured does not hold."""
    name = f"{model} {objective.key}"
    if value is None:
        line = problem(name, f"was not measured, and so does not hold: {why}", fix)
    elif objective.holds(value):
        line = ok(name, f"{value:.4g}{objective.unit}, {objective.words}")
    else:
        message = f"{value:.4g}{objective.unit}, but {objective.words} is declared"
        line = problem(name, message, _FIX.format(f"slo.{objective.key}"))
    details = {
        "model": model,
        "objective": objective.key,
        "bound": objective.bound,
        "measured": value,
    }
    return replace(line, details=details)


def load(
    settings: Settings, endpoint: Endpoint, wanted: Load, session: Session, answer_seconds: float
) -> Iterator[Line]:
    """A line for each objective of each base model and adapter, or why there is none.

    One after the other: an adapter shares its base model's servers. The deadline of the session
    is that by which every model must be ready.

    Raises:
        RefusedError: when nothing is declared, or there is no tool to measure it with.

    """
    objectives = _objectives(settings.slo)
    if not objectives:
        identifier, message = "live.no-slo", "declares nothing that could be measured"
        raise refused(identifier, "slo", message, set_command("slo.timeToFirstTokenP95Ms", "500"))
    tool = find_tool()
    console = Console(stderr=True, quiet=not sys.stderr.isatty())
    for target in all_targets(settings, endpoint.url):
        caller = Caller(target, answer_seconds, session)
        with console.status(escape(f"waiting for {target.name}")):
            outcome = wait_for(caller, session.deadline)
        if outcome.error:
            # It was not called for its numbers, which the line of a measurement would have.
            yield replace(not_ready(caller, outcome, session.deadline.seconds), details={})
            continue
        found, why, fix = None, "no request was answered", target.fix
        try:
            with console.status(escape(f"loading {target.name} for {wanted.seconds:g} s")):
                found = measure(tool, target, wanted)
        except ServiceError as error:
            why, fix = str(error), error.fix
        for objective in objectives:
            value = None if found is None else objective.measured(found)
            yield _verdict(target.name, objective, value, why, fix)
