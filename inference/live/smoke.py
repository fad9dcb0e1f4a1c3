"""`inference smoke`: every model and every adapter answers through the gateway."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from pydantic import SecretStr
from rich.console import Group, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from inference.config.settings import Settings
from inference.live.calls import LONG_PROMPT, UNKNOWN_MODEL, Caller
from inference.live.picker_counter import picker_counts, picker_lines
from inference.live.report import STYLES, Line, Status, summary, with_fix
from inference.live.responses import Outcome
from inference.live.session import Deadline, Session
from inference.live.targets import Endpoint, all_targets
from inference.terminal import console

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_NOT_THE_MODEL: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_TOO_LONG: Final = ("context", "too long", "max_model_len", "maximum")


def _line(
    caller: Caller, case: str, outcome: Outcome, *, accepted: str = "", wrong: str = ""
) -> Line:
    """The line of a call: `accepted` says why an error is right, `wrong` why an answer is not."""
    error = "" if accepted else wrong or outcome.error
    status = Status.OK
    if error:
        status = Status.PROBLEM if outcome.connected else Status.UNKNOWN
    return Line(
        name=f"{caller.target.name} {case}",
        status=status,
        message=error or accepted,
        fix=caller.target.fix if error else "",
        unreachable=not outcome.connected,
        details={
            "model": caller.target.name,
            "case": case,
            "http": outcome.http,
            "seconds": outcome.seconds,
            "timeToFirstToken": outcome.first_token,
            "tokensPerSecond": outcome.tokens_per_second,
        },
    )


def _is_refusal(outcome: Outcome) -> bool:
    """Whether an error is one that a client can understand and need not repeat."""
    return (
        outcome.http is not None
        and HTTPStatus.BAD_REQUEST <= outcome.http < HTTPStatus.INTERNAL_SERVER_ERROR
        and outcome.http not in _NOT_THE_MODEL
        and outcome.readable
    )


def _long_prompt(caller: Caller) -> Line:
    """A prompt longer than the context is rightly refused, but by the model server."""
    outcome = caller.completion(prompt=LONG_PROMPT)
    words = outcome.error.lower()
    refused = _is_refusal(outcome) and any(word in words for word in _TOO_LONG)
    accepted = f"rejected as too long: {outcome.error}" if refused else ""
    return _line(caller, "200 KB prompt", outcome, accepted=accepted)


def _unknown_model(caller: Caller) -> Line:
    outcome = caller.completion(model=UNKNOWN_MODEL)
    if _is_refusal(outcome):
        return _line(caller, "unknown model", outcome, accepted=f"rejected: {outcome.error}")
    if not outcome.error and not caller.target.refuses_unknown:
        accepted = "answered by the base model, as SGLang does"
        return _line(caller, "unknown model", outcome, accepted=accepted)
    what = f"the response was: {outcome.error}" if outcome.error else "it was answered"
    wrong = f"must be rejected with a status from 400 to 499 and JSON, but {what}"
    return _line(caller, "unknown model", outcome, wrong=wrong)


def _cases(caller: Caller, objective_header: str) -> Iterator[Line]:
    yield _line(caller, "completion", caller.completion())
    yield _line(caller, "chat completion", caller.chat())
    yield _line(caller, "stream", caller.stream())
    yield _long_prompt(caller)
    yield _unknown_model(caller)
    for objective in caller.target.objectives:
        outcome = caller.completion(headers={objective_header: objective})
        yield _line(caller, f"objective {objective}", outcome)


def wait_for(caller: Caller, deadline: Deadline) -> Outcome:
    """The first real completion, or the last failure before the deadline. Asks at least once.

    A load balancer answers 404 and 503 while it is being programmed, so every failure is passing.
    """
    pause, answered = _FIRST_PAUSE, False
    while True:
        outcome = caller.completion(seconds=max(deadline.left, min(1, deadline.seconds)))
        answered = answered or outcome.connected
        if not outcome.error or pause > deadline.left:
            return replace(outcome, connected=answered)
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def not_ready(caller: Caller, outcome: Outcome, seconds: float) -> Line:
    """The line of a target that gave no completion in time."""
    http = f" (status {outcome.http})" if outcome.http else ""
    message = f"no completion within {seconds:g} s; last error: {outcome.error}{http}"
    return _line(caller, "ready", outcome, wrong=message)


def _lines(
    callers: Sequence[Caller], header: str, deadline: Deadline, step: Callable[[str], None]
) -> Iterator[Line]:
    for caller in callers:
        step(f"waiting for {caller.target.name}")
        outcome = wait_for(caller, deadline)
        if outcome.error:
            yield not_ready(caller, outcome, deadline.seconds)
            continue
        yield _line(caller, "ready", outcome)
        for line in _cases(caller, header):
            step(line.name)
            yield line


def smoke(
    settings: Settings,
    endpoint: Endpoint,
    session: Session,
    answer_seconds: float,
    token: SecretStr | None = None,
) -> list[Line]:
    """Every call and its outcome; shows on stderr how far it is, if that is a terminal.

    Args:
        settings: of the stack.
        endpoint: where it answers.
        session: whose deadline is that by which every model must be ready.
        answer_seconds: in which each answer must be whole.
        token: which passes Identity-Aware Proxy.
    """
    targets = all_targets(settings, endpoint.url)
    target = console(stderr=True)
    before = picker_counts(settings)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    shown = Progress(*columns, console=target, transient=True, disable=not target.is_terminal)
    callers = [Caller(target, answer_seconds, session, token) for target in targets]
    with shown as progress:
        # One step for being ready, five for the cases, one for each objective.
        total = sum(6 + len(caller.target.objectives) for caller in callers)
        task = progress.add_task("", total=total)

        def step(what: str) -> None:
            progress.update(task, description=what, advance=1)

        header = settings.release.objective_header
        lines = list(_lines(callers, header, session.deadline, step))
    answered = any(line.status is Status.OK for line in lines)
    return [*lines, *picker_lines(settings, before)] if answered else lines


def _number(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:.2f}{unit}"


def show(lines: Sequence[Line]) -> RenderableType:
    """The lines for a person at a terminal: what is odd about the endpoint, then each call."""
    before = [line for line in lines if not line.details]
    shown = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "model", "case", "HTTP", "first token", "whole", "tokens/s", ""):
        shown.add_column(heading)
    for line in lines:
        found = line.details
        if not found:
            continue
        shown.add_row(
            Text(line.status, style=STYLES[line.status]),
            Text(found["model"]),
            Text(found["case"]),
            str(found["http"] or "-"),
            _number(found["timeToFirstToken"], " s"),
            _number(found["seconds"], " s"),
            _number(found["tokensPerSecond"]),
            with_fix(line),
        )
    odd = [Text(f"{line.name}: ").append_text(with_fix(line)) for line in before]
    return Group(*odd, shown, "", summary(lines))
