"""The part of docs/configuration.md with every key of a stack file.

Keys, types, defaults and bounds come from the pydantic models, the meaning from the docstring below
each key, what a change replaces from the catalog, and the examples from a file beside this one,
which a test reads as stack files.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, cast, get_args, get_origin

from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from inference.catalog.replacing import CONDITIONS, REPLACING
from inference.config.docstrings import docstrings
from inference.config.finding import TOKEN_KEY
from inference.config.patterns import PATTERNS
from inference.config.section import sections_in
from inference.config.settings import GcpSettings, Settings

EXAMPLES: Final = Path(__file__).with_name("configuration_examples.yaml")
_SINGLE: Final = "single keys"
"""Heading of the keys that are no section."""
_KINDS: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}
_COLUMNS: Final = ("| key | value | default | meaning |", "|---|---|---|---|")
_TOKEN_TEXT: Final = (
    "Hugging Face token, needed for gated models without a Secret: "
    f"`pulumi config set --secret {TOKEN_KEY} hf_…`"
)


def _section(field: FieldInfo) -> type[BaseModel] | None:
    return next(sections_in(field.annotation), None)


def _is_list(field: FieldInfo) -> bool:
    return any(
        get_origin(part) is tuple for part in (field.annotation, *get_args(field.annotation))
    )


def _type(field: FieldInfo, words: Mapping[str, Any]) -> str:
    if get_origin(field.annotation) is Mapping:
        return "mapping of texts"
    if "enum" in words:
        return " \\| ".join(f"`{choice}`" for choice in words["enum"])
    kind = _KINDS[words["type"]]
    return f"list of {kind}s" if _is_list(field) else kind


def _flat(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A schema's own words and those of its options and items, as none contradict each other."""
    words = dict(schema)
    named = definitions.get(schema.get("$ref", "").rpartition("/")[2])
    for inner in filter(None, (*schema.get("anyOf", ()), schema.get("items"), named)):
        if inner.get("type") != "null":
            words |= _flat(cast("dict[str, Any]", inner), definitions)
    return words


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    """What the schema of a key asks of its value, in words."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        yield f"{low:,} to {high:,}"
    elif low is not None:
        yield f"at least {low:,}"
    elif high is not None:
        yield f"at most {high:,}"
    if (above := schema.get("exclusiveMinimum")) is not None:
        yield f"above {above:,}"
    if (below := schema.get("exclusiveMaximum")) is not None:
        yield f"below {below:,}"
    if (pattern := schema.get("pattern")) is not None:
        yield PATTERNS.get(pattern, f"matches `{pattern}`")
    if (longest := schema.get("maxLength")) is not None:
        yield f"at most {longest} characters"
    if (shortest := schema.get("minLength", 1)) > 1:
        yield f"at least {shortest} characters"


def _rules(field: FieldInfo) -> Iterator[str]:
    """What a validator of the key's own says of itself in its docstring."""
    for item in field.metadata:
        if isinstance(item, AfterValidator) and item.func.__doc__:
            # What it raises is for readers of the code.
            said = item.func.__doc__.partition("Raises:")[0]
            text = " ".join(said.split()).rstrip(".")
            yield text if text[:2].isupper() else text[0].lower() + text[1:]


def value(model: type[BaseModel], field: FieldInfo) -> str:
    """Type and constraints of a key."""
    schema = model.model_json_schema(by_alias=True)
    words = _flat(schema["properties"][field.alias], schema.get("$defs", {}))
    asked = "; ".join((*_bounds(words), *_rules(field))).replace("|", "\\|")
    return f"{_type(field, words)}: {asked}" if asked else _type(field, words)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=False)
    if value is None:
        return ""
    if isinstance(value, tuple):
        items = cast("tuple[Any, ...]", value)
        value = [i.model_dump(by_alias=True) if isinstance(i, BaseModel) else i for i in items]
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _replaces(setting: str) -> str:
    """What a change of a setting replaces, as a sentence; empty where it replaces nothing."""
    if setting not in REPLACING:
        return ""
    change = f"A change {CONDITIONS[setting]}" if setting in CONDITIONS else "A change"
    return f" {change} replaces {REPLACING[setting].value}."


def _path(field: FieldInfo, prefix: str) -> str:
    if _section(field) is None:
        return f"{prefix}{field.alias}"
    named = ".NAME" if get_origin(field.annotation) is Mapping else ""
    return f"{prefix}{field.alias}{named}" + ("[]" if _is_list(field) else "")


def _texts(model: type[BaseModel]) -> dict[str, str]:
    """Docstring of each key in one line, fit for a table."""
    return {
        name: " ".join(text.split()).replace("|", "\\|") for name, text in docstrings(model).items()
    }


def _row(model: type[BaseModel], name: str, prefix: str) -> str:
    field, path = model.model_fields[name], _path(model.model_fields[name], prefix)
    text = _texts(model)[name] + _replaces(path)
    return f"| `{path}` | {value(model, field)} | {_default(field)} | {text} |"


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    texts = _texts(model)
    for name, field in model.model_fields.items():
        section, path = _section(field), _path(field, prefix)
        if section is None:
            yield _row(model, name, prefix)
        else:
            yield f"| **`{path}`** | | | {texts[name]} |"
            yield from _rows(section, f"{path}.")


def sections() -> dict[str, tuple[str, type[BaseModel]]]:
    """Name in the settings' class and model of each section, by its key in the stack file."""
    return {
        field.alias or name: (name, section)
        for name, field in Settings.model_fields.items()
        if not field.exclude and (section := _section(field))
    }


def single_keys() -> list[str]:
    """Names in the settings' class of the keys that are no section."""
    return [
        name
        for name, field in Settings.model_fields.items()
        if not field.exclude and not _section(field)
    ]


def examples() -> dict[str, str]:
    """Example of each section as a stack file has it, by the section's key.

    The file's text is kept as it is written, with its comments.
    """
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()
    starts = [i for i, line in enumerate(lines) if re.match(r"[\w:-]+:", line)]
    return {
        lines[first].partition(":")[2].partition(":")[0]: "\n".join(lines[first:last]).rstrip()
        for first, last in pairwise([*starts, len(lines)])
    }


def _example(key: str) -> Iterator[str]:
    text = examples().get(key)
    if text:
        yield from ("", "```yaml", text, "```")


@cache
def keys() -> Sequence[str]:
    """Lines about every key."""
    lines = [f"## {_SINGLE.capitalize()}", "", *_COLUMNS]
    lines += [_row(GcpSettings, name, "gcp:") for name in GcpSettings.model_fields]
    lines.append(f"| `{TOKEN_KEY}` | secret text | | {_TOKEN_TEXT} |")
    lines += [_row(Settings, name, "") for name in single_keys()]
    for key, (name, section) in sections().items():
        field = Settings.model_fields[name]
        lines += ["", f"## {key}", "", docstrings(Settings)[name], *_example(key), "", *_COLUMNS]
        lines += _rows(section, f"{_path(field, '')}.")
    return lines
