"""Refuses YAML that would cost more memory or time than a stack can need, before it is built.

Only events are read here: nothing is constructed, and aliases are counted, not expanded.
"""

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

    anchor: str | None = None
    values: int = 1


def _problem(event: yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    # libyaml's marks and PyYAML's are two classes with the same attributes.
    return yaml.MarkedYAMLError(problem=problem, problem_mark=cast("Any", event.start_mark))


def check_limits(text: str) -> None:
    """Read all events of a document, and stop at what no stack needs.

    Raises:
        yaml.YAMLError: where it is no YAML, is nested too deep, or has too many or too long values.
    """
    open_, anchored = [_Open()], dict[str | None, int]()
    for event in yaml.parse(text, Loader=SafeLoader):
        anchor, values = getattr(event, "anchor", None), 1
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append(_Open(anchor=anchor))
            if len(open_) > MOST_DEPTH:
                raise _problem(event, f"more than {MOST_DEPTH} nested levels")
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            closed = open_.pop()
            anchor, values = closed.anchor, closed.values
        elif isinstance(event, yaml.AliasEvent):
            if any(one.anchor == anchor for one in open_):
                raise _problem(event, f"alias *{anchor} is inside its own anchor")
            values = anchored.get(anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            _check_length(event)
        else:
            continue
        if anchor is not None:
            anchored[anchor] = values
        open_[-1].values += values
        if open_[-1].values > MOST_VALUES:
            raise _problem(
                event, f"more than {MOST_VALUES:,} values, including those repeated by aliases"
            )


def _check_length(event: yaml.ScalarEvent) -> None:
    length = len(event.value.encode())
    if length > ARGUMENT_BYTES:
        raise _problem(
            event,
            f"a value of {length:,} bytes: Linux allows at most {ARGUMENT_BYTES:,} per argument",
        )
