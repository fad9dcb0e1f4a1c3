"""Turns pydantic's errors into findings that name the stack key and the command that fixes it."""

import json
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from inference.config.finding import (
    PROJECT,
    TOKEN_KEY,
    TOKEN_PREFIX,
    Edit,
    Finding,
    Fix,
    edit,
    remove_command,
    set_command,
)
from inference.config.nearest import nearest
from inference.config.patterns import PATTERNS
from inference.config.section import sections_in
from inference.config.settings import Settings

_NOUNS: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
}
_UNQUOTED: Final[Mapping[str, tuple[str, tuple[type, ...]]]] = {
    "int_type": ("2", (int,)),
    "float_type": ("0.9", (int, float)),
    "bool_type": ("true", (bool,)),
}
"""An example, and what a text without its quotes must be."""
_STRUCTURED: Final = frozenset({"dict_type", "tuple_type", "model_type", "model_attributes_type"})
_CHOICES: Final = frozenset({"enum", "literal_error"})
_LONGEST_SHOWN: Final = 60
_PATH: Final = re.compile(r"[.\[]")
_OWN_NAME: Final = ".name"
"""How the keys of what the stack itself names end."""
_RANGE: Final = " range: "
"""In messages about ranges of addresses."""
_FIRST_MODEL: Final = "[{name: llama3-8b, model: meta-llama/Llama-3.1-8B-Instruct}]"


def dotted(location: Sequence[int | str]) -> str:
    """`("models", 0, "gpu")` as Pulumi writes it: `models[0].gpu`; `gcp:region` of the provider."""
    if location[:1] == ("gcp",):
        return ":".join(str(step) for step in location)
    path = ""
    # pydantic says so of a key that is wrong itself.
    for step in (step for step in location if step != "[key]"):
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def _section_at(location: Sequence[int | str]) -> type[BaseModel]:
    """The section in which `location` ends, whose steps are known keys."""
    section: type[BaseModel] = Settings
    for step in location:
        fields = {field.alias: field for field in section.model_fields.values()}
        if isinstance(step, str) and step in fields:
            section = next(sections_in(fields[step].annotation), section)
    return section


def _keys(section: type[BaseModel]) -> list[str]:
    keys = [field.alias or "" for field in section.model_fields.values() if not field.exclude]
    return [*keys, TOKEN_KEY] if section is Settings else keys


def _unquoted(text: str) -> bool | int | float | None:
    """What YAML would have made of a text without its quotes, where that is clear."""
    if text in {"true", "yes", "on", "false", "no", "off"}:
        return text in {"true", "yes", "on"}
    if text.isdecimal():
        return int(text)
    return float(text) if re.fullmatch(r"\d*\.\d+", text) else None


def _retyped(detail: ErrorDetails, path: str) -> str | None:
    """The fix of a value of another type; None for other problems."""
    kind, value = detail["type"], detail["input"]
    if kind in _STRUCTURED:
        return f"write `{path}` as YAML in the stack file"
    if kind in _UNQUOTED:
        # `pulumi config set --path` keeps the quotes of a value that has them, and adds them to
        # numbers with a point.
        example, types = _UNQUOTED[kind]
        what = "it without quotes" if str(value).isdecimal() else _NOUNS[kind]
        key = path.rpartition(".")[2]
        words = f"write {what} in the stack file, as in `{key}: {example}`"
        meant = _unquoted(str(value).strip().lower())
        return Fix(words, *([Edit(path=path, value=meant)] if type(meant) in types else []))
    if kind == "string_type" and isinstance(value, int | float):
        return edit({path: json.dumps(value)})
    return None


def _fix(detail: ErrorDetails, path: str) -> str:
    if (path, detail["type"]) == ("models", "missing"):
        return f"set what to serve in the stack file: `{PROJECT}:models: {_FIRST_MODEL}`"
    retyped = _retyped(detail, path)
    if retyped is not None:
        return retyped
    context = detail.get("ctx", {})
    known = (context.get("near"), context.get("ge"), context.get("le"), _meant(detail))
    meant = next((one for one in (*known, _follows(detail, path)) if one is not None), None)
    if meant is not None:
        return set_command(path, str(meant))
    wanted = _kind_wanted(detail)
    if wanted:
        return f"set `{path}` in the stack file to {wanted}"
    return f"edit `{path}` in the stack file" if path else "edit the stack file"


def _follows(detail: ErrorDetails, path: str) -> str | None:
    """The value that follows from a text: in the form that its key has, or a range as written."""
    text, pattern = str(detail["input"]), str(detail.get("ctx", {}).get("pattern", ""))
    if not _shown(detail["input"]):
        # Never a part of a token, in whatever form.
        return None
    if pattern:
        plain = text.strip()
        forms = [plain, plain.lower()]
        if path.endswith(_OWN_NAME):
            # Other keys name what exists already, or what others read.
            forms.append(re.sub("[^a-z0-9]+", "-", plain.lower()))
        return next((one for one in forms if re.search(pattern, one)), None)
    if _RANGE not in detail["msg"]:
        return None
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        return None


def _kind_wanted(detail: ErrorDetails) -> str | None:
    """What kind of value a key takes, with an example."""
    if detail["type"] == "string_pattern_mismatch":
        return PATTERNS.get(str(detail.get("ctx", {}).get("pattern")))
    choices = _choices(detail) if detail["type"] in _CHOICES else []
    if choices:
        return f"one of them, such as {choices[0]}"
    ranged = _RANGE in detail["msg"]
    return (
        "a range of addresses that you have, such as your office's A.B.C.D/32" if ranged else None
    )


def _path_left_out(key: str) -> Finding:
    """A key such as `cluster.name`, which `pulumi config set` makes when --path is left out."""
    return Finding(
        id="config.unknown-key",
        path=key,
        message="is a key of its own, not part of another, so it has no effect: it was set "
        "without --path",
        fix=f"pulumi config rm '{PROJECT}:{key}', then {set_command(key, 'VALUE')}",
    )


def unknown_key(location: Sequence[int | str]) -> Finding:
    """A key that no section has, with the nearest that the section has."""
    keys = _keys(_section_at(location[:-1]))
    if len(location) == 1 and _PATH.search(str(location[0])):
        return _path_left_out(str(location[0]))
    wrong, where = str(location[-1]), dotted(location)
    near = nearest(wrong, keys)
    meant = f"; did you mean `{near}`?" if near else f". Known here: {', '.join(keys)}"
    fix = "rename it in the stack file, or " + remove_command(where)
    if location == ("gcp",):
        # A section of the settings, but filled from the gcp provider's own keys.
        fix = set_command("gcp:project", "PROJECT_ID")
    return Finding(
        id="config.unknown-key",
        path=where,
        message=f"unknown key, so it would have no effect{meant}",
        fix=fix,
    )


def _expected(detail: ErrorDetails) -> str:
    """The message, in words that do not presume Python."""
    kind, shown = detail["type"], _shown(detail["input"])
    is_not = f"{shown} is not" if shown else "must be"
    if kind == "missing":
        # Nothing is built because a key was misspelt.
        nothing = ", so nothing would be served" if detail["loc"] == ("models",) else ""
        return f"required, but not set{nothing}"
    wanted = _NOUNS.get(kind)
    if kind == "string_pattern_mismatch":
        pattern = str(detail.get("ctx", {}).get("pattern"))
        wanted = PATTERNS.get(pattern, f"text that matches {pattern}")
    if wanted:
        return f"{is_not} {wanted}"
    if kind in _CHOICES:
        near = _meant(detail)
        meant = f"; did you mean `{near}`?" if near else ""
        return f"{shown or 'the value'} is not one of {', '.join(_choices(detail))}{meant}"
    if kind in {"too_short", "too_long"}:
        context = detail.get("ctx", {})
        bound = context.get("min_length", context.get("max_length"))
        return f"must have at {'least' if kind == 'too_short' else 'most'} {bound} entries"
    if kind in {"value_error", "not_in_catalog"}:
        return detail["msg"].removeprefix("Value error, ")
    but = f", but is {shown}" if shown else ""
    message = detail["msg"].replace("Input should be", "must be").replace("String should", "must")
    return f"{message}{but}"


def _shown(value: object) -> str:
    """A plain value as YAML has it; nothing of what is long, structured or a token."""
    if not isinstance(value, str | int | float) or str(value).startswith(TOKEN_PREFIX):
        return ""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else ""


def _choices(detail: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))


def _meant(detail: ErrorDetails) -> str | None:
    """Of values that are possible the one that was probably meant."""
    choices = _choices(detail) if detail["type"] in _CHOICES else []
    return nearest(str(detail["input"]), choices)


def findings(error: ValidationError) -> list[Finding]:
    """Every problem that pydantic found in the settings, as findings `config.*`."""
    result: list[Finding] = []
    details = error.errors(include_url=False)
    for detail in details:
        location = detail["loc"]
        if detail["type"] == "too_short" and any(
            other["loc"][: len(location)] == location and other is not detail for other in details
        ):
            # pydantic leaves entries with an error out before it counts.
            continue
        if detail["type"] == "extra_forbidden":
            result.append(unknown_key(location))
            continue
        path = dotted(location)
        result.append(
            Finding(
                id="config.invalid-value",
                path=path,
                message=_expected(detail),
                fix=_fix(detail, path),
            )
        )
    return result
