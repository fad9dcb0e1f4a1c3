"""`inference smoke`: every model and every adapter answers through the gateway."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, final

from pydantic import SecretStr
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from inference.config.settings import Settings
from inference.live.answers import Outcome
from inference.live.calls import LONG_PROMPT, UNKNOWN_MODEL, Caller
from inference.live.report import STYLES, Line, Status, as_json, summary
from inference.live.targets import Endpoint, all_targets

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_NOT_THE_MODEL: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_TOO_LONG: Final = ("context", "too long", "max_model_len", "maximum")


@final
@dataclass(frozen=True, kw_only=True)
class Row:
    """One call and what is to be thought of it."""

    model: str
    case: str
    outcome: Outcome
    line: Line


def _row(
    caller: Caller, case: str, outcome: Outcome, *, accepted: str = "", wrong: str = ""
) -> Row:
    """A row: `accepted` says why an error is right, `wrong` why an answer is not."""
    error = "" if accepted else wrong or outcome.error
    return Row(
        model=caller.target.name,
        case=case,
        outcome=outcome,
        line=Line(
            name=f"{caller.target.name} {case}",
            status=Status.PROBLEM if error else Status.OK,
            message=error or accepted,
            mend=caller.target.mend if error else "",
        ),
    )


def _is_refusal(outcome: Outcome) -> bool:
    """Whether an error is one that a client can understand and need not repeat."""
    return (
        outcome.http is not None
        and HTTPStatus.BAD_REQUEST <= outcome.http < HTTPStatus.INTERNAL_SERVER_ERROR
        and outcome.http not in _NOT_THE_MODEL
        and outcome.readable
    )


def _long_prompt(caller: Caller) -> Row:
    """A prompt longer than the context is rightly refused, but by the model server."""
    outcome = caller.completion(prompt=LONG_PROMPT)
    words = outcome.error.lower()
    refused = _is_refusal(outcome) and any(word in words for word in _TOO_LONG)
    accepted = f"refused as too long: {outcome.error}" if refused else ""
    return _row(caller, "200 KB prompt", outcome, accepted=accepted)


def _unknown_model(caller: Caller) -> Row:
    outcome = caller.completion(model=UNKNOWN_MODEL)
    if _is_refusal(outcome):
        return _row(caller, "unknown model", outcome, accepted=f"refused: {outcome.error}")
    if not outcome.error and not caller.target.refuses_unknown:
        accepted = "answered by the base model, as SGLang does"
        return _row(caller, "unknown model", outcome, accepted=accepted)
    what = f"the answer was: {outcome.error}" if outcome.error else "it was answered"
    wrong = f"must be refused with a status from 400 to 499 and JSON, but {what}"
    return _row(caller, "unknown model", outcome, wrong=wrong)


def _cases(caller: Caller, objective_header: str) -> Iterator[Row]:
    yield _row(caller, "completion", caller.completion())
    yield _row(caller, "chat completion", caller.chat())
    yield _row(caller, "stream", caller.stream())
    yield _long_prompt(caller)
    yield _unknown_model(caller)
    for objective in caller.target.objectives:
        outcome = caller.completion(headers={objective_header: objective})
        yield _row(caller, f"objective {objective}", outcome)


def wait_for(caller: Caller, deadline: float) -> Outcome:
    """The first real completion, or the last failure before the deadline. Asks at least once.

    A load balancer answers 404 and 503 while it is being programmed, so every failure is passing.
    """
    pause, answered = _FIRST_PAUSE, False
    while True:
        left = max(deadline - time.monotonic(), 1)
        outcome = caller.completion(timeout=left)
        answered = answered or outcome.connected
        if not outcome.error or time.monotonic() + pause > deadline:
            return replace(outcome, connected=answered)
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def not_ready(caller: Caller, outcome: Outcome, timeout: float) -> Row:
    """The row of a target that gave no completion in time."""
    http = f" (status {outcome.http})" if outcome.http else ""
    name, mend = f"{caller.target.name} ready", caller.target.mend
    message = f"gave no completion within {timeout:g} s; at last: {outcome.error}{http}"
    status = Status.PROBLEM if outcome.connected else Status.UNKNOWN
    line = Line(
        name=name, status=status, message=message, mend=mend, unreachable=not outcome.connected
    )
    return Row(model=caller.target.name, case="ready", outcome=outcome, line=line)


def _rows(
    callers: Sequence[Caller], header: str, timeout: float, step: Callable[[str], None]
) -> Iterator[Row]:
    deadline = time.monotonic() + timeout
    for caller in callers:
        step(f"waiting for {caller.target.name}")
        outcome = wait_for(caller, deadline)
        if outcome.error:
            yield not_ready(caller, outcome, timeout)
            continue
        yield _row(caller, "ready", outcome)
        for row in _cases(caller, header):
            step(row.line.name)
            yield row


def smoke(
    settings: Settings,
    endpoint: Endpoint,
    timeout: float,
    answer_timeout: float,
    token: SecretStr | None = None,
) -> list[Row]:
    """Every call and its outcome; shows on stderr how far it is, if that is a terminal."""
    targets = all_targets(settings, endpoint.url)
    callers = [Caller(target, answer_timeout, token) for target in targets]
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        # One step for being ready, five for the cases, one for each objective.
        total = sum(6 + len(caller.target.objectives) for caller in callers)
        task = progress.add_task("", total=total)

        def step(what: str) -> None:
            progress.update(task, description=what, advance=1)

        return list(_rows(callers, settings.release.objective_header, timeout, step))


def _number(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:.2f}{unit}"


def show(lines: Sequence[Line], rows: Sequence[Row]) -> RenderableType:
    """The rows for a person at a terminal."""
    shown = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "model", "case", "HTTP", "first token", "whole", "tokens/s", ""):
        shown.add_column(heading)
    for row in rows:
        line, outcome = row.line, row.outcome
        message = Text(line.message)
        if line.mend:
            message.append(f"\n→ {line.mend}", style="green")
        shown.add_row(
            Text(line.status, style=STYLES[line.status]),
            Text(row.model),
            Text(row.case),
            str(outcome.http or "-"),
            _number(outcome.first_token, " s"),
            _number(outcome.seconds, " s"),
            _number(outcome.tokens_per_second),
            message,
        )
    before = [Text(f"{line.name}: {line.message}\n→ {line.mend}") for line in lines]
    return Group(*before, shown, "", summary([*lines, *(row.line for row in rows)]))


def details(row: Row) -> dict[str, Any]:
    """A row as JSON."""
    return {
        **as_json(row.line),
        "model": row.model,
        "case": row.case,
        "http": row.outcome.http,
        "seconds": row.outcome.seconds,
        "timeToFirstToken": row.outcome.first_token,
        "tokensPerSecond": row.outcome.tokens_per_second,
    }
