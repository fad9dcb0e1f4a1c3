"""Runs checks side by side and turns what a service did not tell into a line of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, final

from inference.live.errors import CredentialsError, ServiceError, UnreachableError
from inference.live.report import Line, Status, problem

_AT_ONCE: Final = 8


@final
@dataclass(frozen=True, kw_only=True)
class Check:
    """Something to look at; `name` stands in the report when it cannot be seen."""

    name: str
    look: Callable[[], Iterable[Line]]


def failed(name: str, error: ServiceError) -> Line:
    """The line of a check that got no usable answer."""
    if isinstance(error, CredentialsError):
        return problem(name, str(error), error.mend)
    return Line(
        name=name,
        status=Status.UNKNOWN,
        message=str(error),
        mend=error.mend,
        unreachable=isinstance(error, UnreachableError),
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
    # One slow service delays no other's lines by more than its own time.
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        for lines in threads.map(_lines, checks):
            yield from lines
