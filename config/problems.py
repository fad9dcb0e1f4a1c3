"""Turns pydantic's errors into findings that name the stack key and the command that mends it."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.finding import Finding, Severity, set_command
from config.section import Section

_NOUNS: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
}


def dotted(location: Sequence[int | str]) -> str:
    """`("models", 0, "gpu")` as Pulumi writes it: `models[0].gpu`."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def _sections(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _sections(part)


def _section_at(root: type[Section], location: Sequence[int | str]) -> type[BaseModel]:
    """The model in which `location` ends; the steps but the last are known keys."""
    section: type[BaseModel] = root
    for step in location:
        fields = {field.alias: field for field in section.model_fields.values()}
        if isinstance(step, str) and step in fields:
            section = next(_sections(fields[step].annotation), section)
    return section


def _keys(section: type[BaseModel]) -> list[str]:
    return [field.alias or "" for field in section.model_fields.values() if not field.exclude]


def _unknown_key(root: type[Section], location: Sequence[int | str]) -> Finding:
    keys = _keys(_section_at(root, location[:-1]))
    wrong, where = str(location[-1]), dotted(location)
    near = difflib.get_close_matches(wrong, keys, n=1, cutoff=0.5)
    meant = f"; did you mean `{near[0]}`?" if near else f". Known here: {', '.join(keys)}"
    remove = set_command(where, "").replace(" set ", " rm ").rstrip()
    return Finding(
        id="config.unknown-key",
        severity=Severity.ERROR,
        path=where,
        message=f"unknown key, so it would have no effect{meant}",
        fix=f"rename it in the stack file, or remove it: {remove}",
    )


def _expected(detail: ErrorDetails) -> str:
    """The message, in words that do not presume Python."""
    kind = detail["type"]
    if kind == "missing":
        return "required, but not set"
    if kind in _NOUNS:
        return f"must be {_NOUNS[kind]}"
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    if kind == "string_pattern_mismatch":
        return f"must match {detail.get('ctx', {}).get('pattern')}"
    return detail["msg"].replace("Input should be", "must be").replace("String should", "must")


def _example(detail: ErrorDetails) -> str:
    expected = str(detail.get("ctx", {}).get("expected", ""))
    return expected.split(",", maxsplit=1)[0].split(" or ", maxsplit=1)[0].strip("' ") or "VALUE"


def findings(error: ValidationError, root: type[Section]) -> list[Finding]:
    """Every problem that pydantic found in `root`, as findings `config.*`."""
    result: list[Finding] = []
    for detail in error.errors(include_url=False, include_input=False):
        location = detail["loc"]
        if detail["type"] == "extra_forbidden":
            result.append(_unknown_key(root, location))
            continue
        path = dotted(location)
        rule = detail["type"] == "value_error"
        result.append(
            Finding(
                id="config.inconsistent" if rule else "config.invalid-value",
                severity=Severity.ERROR,
                path=path,
                message=_expected(detail),
                fix=(
                    f"edit `{path}` in the stack file"
                    if rule and path
                    else "edit the stack file"
                    if rule
                    else set_command(path, _example(detail))
                ),
            )
        )
    return result
