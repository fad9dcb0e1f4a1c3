"""Runs checks side by side and turns what a service did not tell into a line of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import final

from inference.live.errors import CredentialsError, RedirectedError, ServiceError, UnreachableError
from inference.live.programs import MissingProgramError
from inference.live.report import Line, Status, problem
from inference.live.session import Session


@final
@dataclass(frozen=True, kw_only=True)
class Check:
    """Something to look at; `name` stands in the report when it cannot be seen."""

    name: str
    look: Callable[[], Iterable[Line]]


def failed(name: str, error: ServiceError) -> Line:
    """The line of a check that got no usable answer."""
    if isinstance(error, CredentialsError | RedirectedError):
        return problem(name, str(error), error.fix)
    return Line(
        name=name,
        status=Status.UNKNOWN,
        message=str(error),
        fix=error.fix,
        unreachable=isinstance(error, UnreachableError | MissingProgramError),
    )


def _lines(check: Check) -> list[Line]:
    found: list[Line] = []
    try:
        found.extend(check.look())
    except ServiceError as error:
        found.append(failed(check.name, error))
    return found


def look(checks: Sequence[Check]) -> Iterator[Line]:
    """The lines of all checks, in the order of the checks."""
    # All at once: what a slow service takes of the command's time, no other lacks.
    with ThreadPoolExecutor(max_workers=max(1, len(checks))) as threads:
        for lines in threads.map(_lines, checks):
            yield from lines


def printable_lines(
    name: str, session: Session, find: Callable[[Session], Iterable[Line]]
) -> list[Line]:
    """What a command finds, without secrets; a service that does not answer is a line `name`."""
    try:
        with session.opened:
            found = list(find(session))
    except ServiceError as error:
        found = [failed(name, error)]
    return [session.secrets.line(line) for line in found]
