"""Arguments of vLLM's and SGLang's servers, in files by `python -m scripts.engine_arguments`."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, cast, final


class Form(StrEnum):
    """How a parser takes a value that is neither free text nor one of a few."""

    SWITCH = "switch"
    """No value."""
    NEGATABLE = "negatable"
    """No value, and `--no-…` turns it off."""
    WHOLE = "whole"
    """A whole number."""
    ROUNDED = "rounded"
    """A whole number, also as 8k."""
    FRACTION = "fraction"
    """A number."""
    JSON = "json"
    """An object in JSON."""


@final
@dataclass(frozen=True, kw_only=True)
class EngineArguments:
    """What the parser of one version takes."""

    version: tuple[int, int, int]
    """The version whose arguments these are."""
    forms: Mapping[str, str | Sequence[str] | None]
    """By long name how its value is taken: a `Form`, the values there are, or None for any text."""
    open: Collection[str]
    """Arguments that take more values than `forms` lists where a plugin in the image adds some."""
    short: Mapping[str, str]
    """Long name of each short one, or of another spelling."""

    def of(self, *forms: Form) -> frozenset[str]:
        """Long names of the arguments whose values have one of some forms."""
        return frozenset(name for name, form in self.forms.items() if form in forms)

    def choices(self, name: str) -> Sequence[str]:
        """All values of an argument that has only some; empty for others."""
        form = self.forms.get(name)
        return form if isinstance(form, list) else ()


def _read(engine: str) -> EngineArguments:
    file = Path(__file__).with_name(f"{engine}_arguments.json")
    found = json.loads(file.read_text(encoding="utf-8"))
    major, minor, patch = cast("Sequence[int]", found.pop("version"))
    return EngineArguments(version=(major, minor, patch), **found)


VLLM_ARGUMENTS: Final = _read("vllm")
SGLANG_ARGUMENTS: Final = _read("sglang")
