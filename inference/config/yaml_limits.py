"""Refuses YAML that would cost more memory or time than a stack can need, before it is built.

Only events are read here: nothing is constructed, and aliases are counted, not expanded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast, final

import yaml

from inference.catalog.limits import ARGUMENT_BYTES
from inference.config.yaml_loader import SafeLoader

MOST_DEPTH: Final = 64
"""Mappings and lists within each other; the deepest key of a stack is at 8."""
MOST_VALUES: Final = 100_000
"""Values with all aliases expanded; the largest committed stack has some 200."""


@final
@dataclass
class _Open:
    """A mapping or list whose end was not read yet."""

    anchor: str | None
    values: int = 1


def _problem(event: yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    # libyaml's marks and PyYAML's are two classes with the same attributes.
    return yaml.MarkedYAMLError(problem=problem, problem_mark=cast("Any", event.start_mark))


@final
class _Counter:
    """Values of the document so far, aliases expanded."""

    def __init__(self) -> None:
        self._open = [_Open(anchor=None)]
        self._anchored: dict[str | None, int] = {}

    def read(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open.append(_Open(anchor=event.anchor))
            if len(self._open) > MOST_DEPTH:
                raise _problem(event, f"more than {MOST_DEPTH} nested levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._open.pop()
            if closed.anchor is not None:
                self._anchored[closed.anchor] = closed.values
            self._add(event, closed.values)

    def _add(self, event: yaml.Event, values: int) -> None:
        self._open[-1].values += values
        if self._open[-1].values > MOST_VALUES:
            raise _problem(
                event,
                f"more than {MOST_VALUES:,} values, including those repeated by aliases",
            )

    def _alias(self, event: yaml.AliasEvent) -> None:
        if any(one.anchor == event.anchor for one in self._open):
            raise _problem(event, f"alias *{event.anchor} is inside its own anchor")
        self._add(event, self._anchored.get(event.anchor, 1))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        length = len(event.value.encode())
        if length > ARGUMENT_BYTES:
            raise _problem(
                event,
                f"a value of {length:,} bytes: Linux allows at most {ARGUMENT_BYTES:,} per "
                "argument",
            )
        if event.anchor is not None:
            self._anchored[event.anchor] = 1
        self._add(event, 1)


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=SafeLoader)


def check_limits(text: str) -> None:
    """Read all events of a document, and stop at what no stack needs.

    Raises:
        yaml.YAMLError: where it is no YAML, is nested too deep, or has too many or too long values.
    """
    counter = _Counter()
    for event in _events(text):
        counter.read(event)
