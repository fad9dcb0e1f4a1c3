"""Which metrics, logs and resources the queries and filters of Cloud Monitoring name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_GROUPING = re.compile(r"\b(?:by|without)\s*\([^)]*\)")
_MATCHERS = re.compile(r"\{[^}]*\}")
_DURATION = re.compile(r"\[[0-9]+[smhd]\]")
_WORDS = frozenset(
    ["sum", "avg", "min", "max", "count", "rate", "absent", "histogram_quantile", "by", "or", "and"]
)


def metrics_of(query: str) -> set[str]:
    """Names in a PromQL query that are neither functions, labels nor values."""
    text = _STRING.sub("", query)
    for part in (_MATCHERS, _DURATION, _GROUPING):
        text = part.sub("", text)
    return set(_NAME.findall(text)) - _WORDS


def balanced(query: str) -> bool:
    """Whether brackets close in the order in which they open."""
    pairs, opened = {")": "(", "}": "{", "]": "["}, list[str]()
    for letter in _STRING.sub("", query):
        if letter in pairs.values():
            opened.append(letter)
        elif letter in pairs and (not opened or opened.pop() != pairs[letter]):
            return False
    return not opened


def metric_types(text: str) -> set[str]:
    """Metric types that a filter names."""
    return set(re.findall(r'metric\.type="([^"]+)"', text))


def log_ids(text: str) -> set[str]:
    """Logs that a filter names."""
    return set(re.findall(r'log_id\("([^"]+)"\)', text))


def texts(value: Any, key: str) -> Iterator[str]:  # noqa: ANN401 any JSON
    """Every text that stands under a key, at any depth."""
    if isinstance(value, Mapping):
        for name, part in cast("Mapping[str, Any]", value).items():
            if name == key and isinstance(part, str):
                yield part
            yield from texts(part, key)
    elif isinstance(value, list):
        for part in cast("list[Any]", value):
            yield from texts(part, key)
