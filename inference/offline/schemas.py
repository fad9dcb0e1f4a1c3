"""What the API server would refuse: each object of a plan against the schema of its kind.

The schemas are those of Kubernetes and of the CRDs, with what the server's own code asks of values
(`scripts/kubernetes_schemas.py`). Kinds that are not among them, and rules in CEL, are left to the
API server.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, reduce
from pathlib import Path
from typing import Any, Final, cast

import jsonschema_rs

from inference import catalog
from inference.catalog.kubernetes import OBJECT_TYPES
from inference.config import Finding, Settings
from inference.offline.recorder import SECRET, UNKNOWN, Registration

_FILE: Final = Path(catalog.__file__).with_name("kubernetes_schemas.json")
_MARKERS: Final = (None, SECRET, UNKNOWN)
"""Stand for what is not known yet, and for null, which the API server takes for absent."""
_LONGEST: Final = 200


def _is(value: object, key: str, said: object) -> bool:
    """Whether a part of an object is what the stack file says at a key, or names it with."""
    return (said == value and type(said) is type(value)) or key.endswith(f".{value}")


def _place(path: Sequence[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def _short(text: str) -> str:
    """Beginning and end, as a value comes first in a message and what it must be last."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


def _problem(error: jsonschema_rs.ValidationError, schema: Mapping[str, Any]) -> tuple[object, str]:
    """The value that is refused, and why."""
    value, last = error.instance, error.schema_path[-1]
    rule: Any = reduce(lambda below, step: below[step], error.schema_path[:-1], cast("Any", schema))
    if "propertyNames" in error.schema_path:
        value = json.loads(error.message.partition('" ')[0] + '"')
    if last == "pattern" and "title" in rule:
        return value, f"{_short(json.dumps(value))} is not a valid {rule['title']}"
    return value, _short(error.message)


@cache
def _schema_of(kinds: tuple[str, ...]) -> tuple[Mapping[str, Any], jsonschema_rs.Draft7Validator]:
    """The schema of lists of objects by kind, and what checks it: made once for stacks alike."""
    schemas = json.loads(_FILE.read_bytes())
    schema = {
        "definitions": schemas["definitions"],
        "properties": {kind: {"items": schemas["kinds"].get(kind, {})} for kind in kinds},
    }
    return schema, jsonschema_rs.Draft7Validator(schema)


def refused(resources: Sequence[Registration], settings: Settings) -> Iterator[Finding]:
    """Findings about objects that the API server would refuse."""
    objects: dict[str, list[Registration]] = {}
    for one in resources:
        if one.type.startswith(OBJECT_TYPES) and one.custom and not one.read:
            kind = one.type.removeprefix(OBJECT_TYPES).replace(":", "/")
            objects.setdefault(kind, []).append(one)
    schema, validator = _schema_of(tuple(sorted(objects)))
    bodies = {kind: [one.inputs for one in ones] for kind, ones in objects.items()}
    errors = validator.iter_errors(bodies)
    # Of one value the first problem says enough.
    for error in {tuple(error.instance_path): error for error in errors}.values():
        kind, index, *path = error.instance_path
        if error.instance in _MARKERS:
            continue
        resource = objects[cast("str", kind)][cast("int", index)]
        value, problem = _problem(error, schema)
        key = next((key for key, said in settings.written() if _is(value, key, said)), "")
        place = f"{_place(path) or 'the object'} of {resource.kind} {resource.name}"
        yield Finding(
            id="built.refused-by-api",
            path=key or f"{resource.kind} {resource.name}",
            message=f"{place}: {problem}: the API server would reject it",
            fix=f"change {f'`{key}`' if key else 'its source'} in the stack file",
        )
