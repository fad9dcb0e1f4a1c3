"""`make docs`: the generated parts of the documentation.

The configuration table in README.md and the schema of stack files come from the pydantic models,
their docstrings and the table of replacing settings, the picture from the program itself, the pages
from the checks and the catalog. A test fails when one of them is not current.
"""

import json
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from catalog.gcp import GCP_SOURCE
from catalog.machines import MACHINES_SOURCE, QUOTA_SOURCE
from catalog.metrics import METRIC_SOURCES
from catalog.models import MODELS_SOURCE
from catalog.replacing import REPLACING
from catalog.vllm import FLAGS, VLLM_SOURCE
from config.settings import Settings
from offline import bars, graph
from offline.plan import make_plan
from offline.recorder import run_program
from preflight.check import CHECKS
from scripts import stack_schema
from scripts.docstrings import docstrings
from scripts.memory_page import cited, memory_page
from stack_files.stack_file import ROOT, read_stack

README: Final = ROOT / "README.md"
DOCS: Final = ROOT / "docs"
FINDINGS: Final = DOCS / "preflight.md"
MEMORY: Final = DOCS / "memory.md"
SCHEMA: Final = ROOT / "schema" / "stack.schema.json"
_BEGIN: Final = "<!-- configuration: written by make docs -->"
_END: Final = "<!-- end of configuration -->"
_FINDINGS_HEAD: Final = """\
# Findings of preflight

Written by `make docs` from the checks themselves. An **error** stops `make plan`, `pulumi preview`
and `pulumi up` before anything is registered; only facts read in a primary document or in code are
errors. A finding that is accepted neither warns nor stops: name its id and a reason in the stack
file, and both stay visible in the plan.

```yaml
config:
  gke-inference-gateway:preflight:
    allow:
      - {id: network.public-http, reason: a demonstration, destroyed afterwards}
```
"""

_REPLACING_HEAD: Final = """\
## What a change replaces

These settings cannot be changed in place. Each update compares them with those that the last one
registered in the stack's state, and warns, in preview and up, before anything is touched; a plan
knows no last update. A change of the name of a model makes that model's resources anew; every other
setting is updated in place.

| setting | replaced | field | source |
|---|---|---|---|"""


def _parts(annotation: object) -> Iterator[object]:
    """The classes an annotation is made of, options and containers taken apart."""
    if get_origin(annotation) is Literal:
        yield annotation
        return
    arguments = get_args(annotation)
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from _parts(argument)


def _section(field: FieldInfo) -> type[BaseModel] | None:
    for part in _parts(field.annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _is_list(field: FieldInfo) -> bool:
    return any(
        get_origin(part) is tuple for part in (field.annotation, *get_args(field.annotation))
    )


def _type(field: FieldInfo) -> str:
    words = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    for part in _parts(field.annotation):
        if isinstance(part, type) and issubclass(part, Enum):
            return " \\| ".join(f"`{member.value}`" for member in part)
        if get_origin(part) is Literal:
            return " \\| ".join(f"`{choice}`" for choice in get_args(part))
        for kind, word in words.items():
            if part is kind:
                return f"list of {word}s" if _is_list(field) else word
    return "list" if _is_list(field) else "mapping"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=False)
    if value is None:
        return ""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, tuple):
        items = cast("tuple[Any, ...]", value)
        value = [i.model_dump(by_alias=True) if isinstance(i, BaseModel) else i for i in items]
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _replaces(setting: str) -> str:
    """What a change of a setting makes anew, as a sentence; empty where it makes nothing anew."""
    for row in REPLACING:
        if row.setting == setting:
            change = f"A change {row.condition}" if row.condition else "A change"
            return f" {change} replaces {row.replaced.value}."
    return ""


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    texts = docstrings(model)
    for name, field in model.model_fields.items():
        if field.exclude:
            continue
        path = f"{prefix}{field.alias}" + ("[]" if _is_list(field) and _section(field) else "")
        text = " ".join(texts[name].split()).replace("|", "\\|")
        section = _section(field)
        if section is None:
            text += _replaces(path)
            yield f"| `{path}` | {_type(field)} | {_default(field)} | {text} |"
        else:
            yield f"| **`{path}`** | | | {text} |"
            yield from _rows(section, f"{path}.")


def configuration_table() -> str:
    """Every key of the configuration as a Markdown table."""
    head = ["| key | value | default | meaning |", "|---|---|---|---|"]
    provider = [
        (
            "| `gcp:project` | text | | Project; needed when a Google Cloud resource is built."
            f"{_replaces('gcp:project')} |"
        ),
        f"| `gcp:region` | text | `us-central1` | Region to build in.{_replaces('gcp:region')} |",
        "| `huggingFaceToken` | secret text | | Token; needed for gated models without a Secret. |",
    ]
    return "\n".join([*head, *provider, *_rows(Settings, "")])


def readme() -> str:
    """README.md with its generated part brought up to date."""
    text = README.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    block = f"{_BEGIN}\n{configuration_table()}\n{_END}"
    return pattern.sub(lambda _: block, text)


def pictures() -> Mapping[Path, str]:
    """Graph and timeline of stack dev, as SVG by file."""
    plan = make_plan(run_program(read_stack("dev")))
    return {DOCS / "graph.svg": graph.svg(plan), DOCS / "timeline.svg": bars.svg(plan)}


def _replacing_table() -> Iterator[str]:
    yield _REPLACING_HEAD
    for row in REPLACING:
        fields = ", ".join(f"`{name}`" for name in row.fields)
        condition = f", {row.condition}" if row.condition else ""
        yield (
            f"| `{row.setting}`{condition} | {row.replaced.value} | {fields} | "
            f"{cited(row.source)} |"
        )
    yield ""


def _catalog_sources() -> Iterator[str]:
    """What the catalog's tables were read from, beside the sources of single findings."""
    yield "## What else the catalog rests on\n"
    for what, source in (
        ("machine types, GPUs and capacities", MACHINES_SOURCE),
        ("names of quotas", QUOTA_SOURCE),
        ("sizes of models", MODELS_SOURCE),
        ("vLLM's defaults and metrics", VLLM_SOURCE),
        ("APIs and roles", GCP_SOURCE),
        *METRIC_SOURCES,
    ):
        yield f"- {what}: {cited(source)}"
    yield from (
        f"- `{flag.name}` of vLLM: [{flag.url}]({flag.url}) (M, read 2026-11)" for flag in FLAGS
    )
    yield ""


def findings_page() -> str:
    """Every finding of preflight, with cause, consequence, fix and source."""
    parts = [_FINDINGS_HEAD]
    for check in sorted(CHECKS.values(), key=lambda check: check.id):
        parts += [
            f"## {check.id}\n",
            f"{check.severity.value}\n",
            f"- **Cause:** {check.cause}",
            f"- **Consequence:** {check.consequence}",
            f"- **Fix:** {check.fix}",
            f"- **Source:** {cited(check.source)}\n",
        ]
    parts += [*_replacing_table(), *_catalog_sources()]
    return "\n".join(parts)


def _write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    print(file.relative_to(ROOT))


def main() -> None:
    """Write every generated part."""
    _write(README, readme())
    for file, picture in pictures().items():
        _write(file, picture)
    _write(FINDINGS, findings_page())
    _write(MEMORY, memory_page())
    _write(SCHEMA, stack_schema.text())


if __name__ == "__main__":
    main()
