"""Rows of tests that follow from the schema of stack files: each bound, from both sides."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from inference.config import Settings
from inference.config.patterns import PATTERNS

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]

_EXAMPLES: Final = {
    "project id": "my-project",
    "up to 63": "team",
    "weights": "my-weights",
    "names with slashes": "models/llama3-8b",
    "e-mail": "on-call@example.com",
}
"""A value by a part of what the pattern means, where that gives no example itself."""
_UNSAID: Final = {"cidr": "203.0.113.0/24"}
"""Values of keys whose form the schema does not say."""


@cache
def _root() -> Schema:
    """The schema of all sections, which takes a tenth of a second to make."""
    return Settings.model_json_schema(by_alias=True)


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One bound of one key, and values on both sides of it."""

    path: Path
    bound: str
    outside: object
    inside: object

    def sections(self, value: object) -> dict[str, Any]:
        """The stack file with that value at the key, and what the key's section requires."""
        return _set(_root(), self.path, value)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """The schema itself: references followed, None left out of the choices, defaults kept."""
    if "$ref" in schema:
        return _resolved(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for part in schema.get("anyOf", ()):
        if part.get("type") != "null":
            return _resolved(part, root)
    return schema


def example(schema: Schema, root: Schema) -> Any:  # noqa: ANN401 YAML holds anything
    """The least value that a schema takes."""
    schema = _resolved(schema, root)
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            required = schema.get("required", ())
            examples = {key: example(schema["properties"][key], root) for key in required}
            return {**examples, **{k: v for k, v in _UNSAID.items() if k in examples}}
        case "array":
            return [_item(schema, root, n) for n in range(schema.get("minItems", 0))]
        case "string":
            return _text(schema)
        case "boolean":
            return False
        case _:
            lowest = schema.get("minimum", schema.get("exclusiveMinimum", 0))
            return max(1, lowest)


def _item(schema: Schema, root: Schema, number: int) -> Any:  # noqa: ANN401 YAML holds anything
    """An item of a list; the zones and days of a list are to differ."""
    item = _resolved(schema["items"], root)
    if "enum" in item:
        return item["enum"][number % len(item["enum"])]
    return example(item, root)


def _text(schema: Schema) -> str:
    if "pattern" not in schema:
        return "a" * schema.get("minLength", 1)
    meaning = PATTERNS[schema["pattern"]]
    given = re.search(r"(?:such as|as in) (\S+?),?$", meaning)
    candidates = [given[1]] if given else []
    candidates += [text for part, text in _EXAMPLES.items() if part in meaning]
    return next(text for text in candidates if re.search(schema["pattern"], text))


def _set(root: Schema, path: Path, value: object) -> dict[str, Any]:
    """An example of every section on the way, with `value` at the end of the path."""
    schema: Schema = root
    whole: dict[str, Any] = {}
    place: Any = whole
    for step, after in zip(path, (*path[1:], None), strict=True):
        if isinstance(step, int):
            schema = _resolved(schema["items"], root)
            continue
        schema = _resolved(schema["properties"][step], root)
        if after is None:
            place[step] = value
        elif isinstance(after, int):
            items = schema["items"]
            count = max(1, schema.get("minItems", 1))
            place[step] = [example(items, root) for _ in range(count)]
            if len(path) > path.index(step) + 2:
                place = place[step][0]
            else:
                place[step][0] = value
        else:
            place[step] = example(schema, root)
            place = place[step]
    return whole


def _numbers(schema: Schema) -> Iterator[tuple[str, object, object]]:
    whole = schema["type"] == "integer"
    step = 1 if whole else 0.001
    for bound, sign in (("minimum", -1), ("maximum", 1)):
        if bound in schema:
            yield bound, schema[bound] + sign * step, schema[bound]
    for bound, sign in (("exclusiveMinimum", 1), ("exclusiveMaximum", -1)):
        if bound in schema:
            yield bound, schema[bound], schema[bound] + sign * step


def _texts(schema: Schema) -> Iterator[tuple[str, object, object]]:
    good = _text(schema)
    if "pattern" in schema:
        yield "pattern", " no such thing ", good
    if "minLength" in schema:
        yield "minLength", "a" * (schema["minLength"] - 1), good
    if "maxLength" in schema:
        longest = "a" * schema["maxLength"]
        fits = re.search(str(schema.get("pattern", "")), longest)
        yield "maxLength", "a" * (schema["maxLength"] + 1), longest if fits else good


def _bounds(schema: Schema, root: Schema) -> Iterator[tuple[str, object, object]]:
    if "enum" in schema:
        yield "enum", "no such choice", schema["enum"][-1]
    elif schema["type"] in {"integer", "number"}:
        yield from _numbers(schema)
    elif schema["type"] == "string":
        yield from _texts(schema)
    elif schema["type"] == "array":
        least = [_item(schema, root, n) for n in range(schema.get("minItems", 0))]
        if least:
            yield "minItems", least[:-1], least
        if "maxItems" in schema:
            most = schema["maxItems"]
            # Where items must differ they are too many before they are alike.
            too_many = [_item(schema, root, n) for n in range(most + 1)]
            yield "maxItems", too_many, least or too_many[:1]


def bounds(
    schema: Schema | None = None, root: Schema | None = None, path: Path = ()
) -> Iterator[Bound]:
    """Every bound of every key."""
    root = _root() if root is None else root
    schema = _resolved(root if schema is None else schema, root)
    if path:
        for bound, outside, inside in _bounds(schema, root):
            yield Bound(path=path, bound=bound, outside=outside, inside=inside)
    for key, part in schema.get("properties", {}).items():
        if path or key != "gcp":
            yield from bounds(part, root, (*path, key))
    if "items" in schema:
        yield from bounds(schema["items"], root, (*path, 0))
