"""`inference load`: each base model and adapter under load, held to the stack file's `slo`.

Where `traffic` says what callers are expected to ask, that is sent, at its peak and whether or not
earlier requests were answered; and what the plan expects is set beside what was measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, final

from inference.config.finding import refuse, set_command
from inference.config.models import Model
from inference.config.printable import printable
from inference.config.settings import Settings
from inference.derive.capacity import traffic_of
from inference.derive.computed_rates import lengths_of, objectives
from inference.derive.expected import Expected, expected
from inference.live.calls import Caller
from inference.live.errors import ServiceError
from inference.live.load_tool import Load, Measured, measure
from inference.live.report import Line
from inference.live.session import Session
from inference.live.slo import bounds, kept_up, lines
from inference.live.smoke import not_ready, wait_for
from inference.live.targets import Endpoint, Target, all_targets
from inference.progress import showing

CONCURRENCY: Final = 8
"""Callers, where neither `traffic` nor the command line says how much is asked."""
_INPUT_TOKENS: Final = 128
_OUTPUT_TOKENS: Final = 128
"""Of requests whose lengths no `traffic` declares."""


@final
@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line asks."""

    seconds: float
    answer_seconds: float
    """How long a model may take for an answer before it is loaded."""
    requests_per_second: float | None
    """Rate, instead of the traffic's peak."""
    concurrency: int | None
    """Callers who wait for their answers, instead of a rate."""
    replicas: int | None
    """Model servers that share the load; those of the stack file when None."""


@final
@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A base model or adapter that was loaded."""

    model: Model
    target: Target
    load: Load
    replicas: int | None
    """None where an autoscaler changes it and the command line does not say it."""
    measured: Measured


Result: TypeAlias = tuple[list[Line], Loaded | None]
"""What is said of a base model or adapter, and what was measured, if it was."""


def _load_of(settings: Settings, model: Model, wanted: Wanted) -> Load:
    traffic, rate = traffic_of(settings, model), wanted.requests_per_second
    if rate is None and wanted.concurrency is None and traffic is not None:
        rate = traffic.peak
    return Load(
        seconds=wanted.seconds,
        requests_per_second=rate,
        concurrency=wanted.concurrency or CONCURRENCY,
        input_tokens=traffic.input_tokens if traffic else _INPUT_TOKENS,
        output_tokens=traffic.output_tokens if traffic else _OUTPUT_TOKENS,
        shared_prefix=traffic.shared_prefix if traffic else 0,
    )


def _expected(settings: Settings, loaded: Loaded) -> Expected | None:
    traffic, rate = traffic_of(settings, loaded.model), loaded.load.requests_per_second
    latencies = objectives(settings.slo)
    if traffic is None or rate is None or latencies is None or not loaded.replicas:
        return None
    return expected(loaded.model, lengths_of(traffic), latencies, rate / loaded.replicas)


def _under_load(
    settings: Settings, model: Model, target: Target, wanted: Wanted, tool: str
) -> Result:
    wanted_load = _load_of(settings, model, wanted)
    why_not = ("no request was answered", target.fix)
    try:
        measured = measure(tool, target, wanted_load)
    except ServiceError as error:
        why_not = (str(error), error.fix)
        return [*lines(target.name, settings.slo, None, None, why_not)], None
    loaded = Loaded(
        model=model,
        target=target,
        load=wanted_load,
        replicas=wanted.replicas or (None if model.autoscaling else model.replicas),
        measured=measured,
    )
    foreseen = _expected(settings, loaded)
    found = [
        *kept_up(target.name, wanted_load, measured),
        *lines(target.name, settings.slo, measured, foreseen, why_not),
    ]
    return found, loaded


def refuse_without_slo(settings: Settings) -> None:
    """Refuse where there is nothing to hold a measurement to.

    Raises:
        RefusedError: when the stack declares no objective.
    """
    if not bounds(settings.slo):
        fix = set_command("slo.timeToFirstTokenP95Ms", "500")
        refuse("live.no-slo", "slo", "declares nothing to measure", fix)


def load(
    settings: Settings, endpoint: Endpoint, wanted: Wanted, session: Session, tool: str
) -> Iterator[Result]:
    """What is said of each base model and adapter.

    One after the other: an adapter shares its base model's servers. The deadline of the session
    is that by which every model must be ready.
    """
    models = {name: model for model in settings.models for name in model.served_names}
    for target in all_targets(settings, endpoint.url):
        caller = Caller(target, wanted.answer_seconds, session)
        with showing(printable(f"waiting for {target.name}")):
            outcome = wait_for(caller, session.deadline)
        if outcome.error:
            # It was not called for its numbers, which the line of a measurement would have.
            line = replace(not_ready(caller, outcome, session.deadline.seconds), details={})
            yield [line], None
            continue
        with showing(printable(f"loading {target.name} for {wanted.seconds:g} s")):
            yield _under_load(settings, models[target.name], target, wanted, tool)
