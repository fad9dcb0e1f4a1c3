"""`make docs`: the generated parts of the documentation.

The page of the configuration and the schema of stack files come from the pydantic models, their
docstrings and the table of replacing settings; the pictures from the program itself and its
imports; the index of decisions from their headings; the other pages from the checks and the
catalog. A test fails when one of them is not current.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from inference import catalog
from inference.catalog.replacing import CONDITIONS, REPLACING
from inference.catalog.source import Source
from inference.catalog.vllm import FLAGS
from inference.config.origin import Origin
from inference.config.stack_file import ROOT, read_stack
from inference.offline import bars, graph
from inference.offline.plan import Plan, make_plan
from inference.offline.runner import run_program
from inference.offline.verdict import verdict
from inference.preflight.check import CHECKS
from scripts import configuration_page, packages, stack_schema
from scripts.capacity_page import capacity_page
from scripts.catalog_page import catalog_page
from scripts.memory_page import cited, memory_page

DOCS: Final = ROOT / "docs"
CAPACITY: Final = DOCS / "capacity.md"
DECISIONS: Final = DOCS / "decisions.md"
_FINDINGS_HEAD: Final = """\
# Findings of preflight

Written by `make docs` from the checks. An **error** stops `make plan`, `pulumi preview` and `pulumi
up` before anything is registered, and only what a primary document or code confirms is an error.
The number links to the source. To accept a finding, set its id and a reason in the stack file;
it then neither warns nor stops, and the plan still shows both.

```yaml
config:
  gke-inference-gateway:preflight:
    allow:
      - {id: network.public-http, reason: a demonstration, destroyed afterwards}
```

| finding | what is wrong, and what happens | fix | source |
|---|---|---|---|"""

_REPLACING_HEAD: Final = """\

## What a change replaces

`pulumi preview` shows every resource that an update replaces, but not what goes down with it. For
these settings preflight compares each update with the stack's last one, and warns before anything
is touched. A plan has no last update to compare with.

| setting | replaced |
|---|---|"""


def _with_part(file: Path, name: str, part: str) -> str:
    """A page with its generated part brought up to date."""
    begin, end = f"<!-- {name}: written by make docs -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    block = f"{begin}\n{part}\n{end}"
    return pattern.sub(lambda _: block, file.read_text(encoding="utf-8"))


def headings(page: str) -> list[str]:
    """Headings of a page's sections, as they are written."""
    return re.findall(r"^## (.+)$", page, re.MULTILINE)


def decisions() -> str:
    """docs/decisions.md with its index."""
    found = headings(DECISIONS.read_text(encoding="utf-8"))
    index = (f"- [{heading}](#{_anchor(heading)})" for heading in found)
    return _with_part(DECISIONS, "index", "\n".join(index))


def _anchor(heading: str) -> str:
    """The heading's anchor, as GitHub and MkDocs both make it."""
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


def _terminal(plan: Plan) -> str:
    """What `make plan` prints, in a terminal of 80 columns, as SVG."""
    console = Console(record=True, file=io.StringIO(), width=80, highlight=False, markup=False)
    file = ROOT / f"Pulumi.{plan.run.stack}.yaml"
    console.print(verdict(plan, Origin(file, plan.run.stack), console))
    # Without the fonts that rich would have a reader's browser load from a third party.
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title="make plan", unique_id="plan", code_format=template)


def pictures() -> Mapping[Path, str]:
    """Verdict, graph and timeline of stack dev, and the packages, as SVG by file."""
    plan = make_plan(run_program(read_stack("dev")))
    return {
        DOCS / "verdict.svg": _terminal(plan),
        DOCS / "graph.svg": graph.svg(plan),
        DOCS / "timeline.svg": bars.svg(plan),
        DOCS / "packages.svg": packages.svg(),
    }


def _replacing_table() -> Iterator[str]:
    yield _REPLACING_HEAD
    for setting, replaced in REPLACING.items():
        condition = f", {CONDITIONS[setting]}" if setting in CONDITIONS else ""
        yield f"| `{setting}`{condition} | {replaced.value} |"
    yield ""


def _catalog() -> Iterator[Source]:
    """Every source of the catalog's tables, each once, in the order of titles."""
    modules = [
        import_module(f"{catalog.__name__}.{module.name}")
        for module in iter_modules(catalog.__path__)
    ]
    found = [value for module in modules for value in vars(module).values()]
    sources = {value for value in found if isinstance(value, Source)}
    yield from sorted(sources, key=lambda source: source.title.lower())


def _sources(numbers: dict[Source, int]) -> Iterator[str]:
    """Sources of findings by their number, then what else the catalog's tables were read from."""
    yield "## Sources\n"
    yield "H: a primary document or code. M: one secondary source. I: inferred.\n"
    for source, number in numbers.items():
        yield f'{number}. <a id="source-{number}"></a>{cited(source)}'
    yield "\nThe catalog also rests on:\n"
    yield from (f"- {cited(source)}" for source in _catalog() if source not in numbers)
    flags = ", ".join(f"[`{flag.name}`]({flag.url})" for flag in FLAGS)
    yield f"- flags of vLLM (M, read 2026-11): {flags}\n"


def findings_page() -> str:
    """Every finding of preflight in a row: cause, consequence, fix and source."""
    numbers: dict[Source, int] = {}
    parts = [_FINDINGS_HEAD]
    for check in sorted(CHECKS.values(), key=lambda check: check.id):
        for source in check.sources:
            numbers.setdefault(source, len(numbers) + 1)
        cited_by = ", ".join(
            f"[{numbers[source]}](#source-{numbers[source]})" for source in check.sources
        )
        wrong, fix = (
            text.replace("|", "\\|") for text in (f"{check.cause} {check.consequence}", check.fix)
        )
        parts.append(
            f'| <a id="{check.id}"></a>`{check.id}` {check.severity.value} | {wrong} | {fix} | '
            f"{cited_by} |"
        )
    parts += [*_replacing_table(), *_sources(numbers)]
    return "\n".join(parts)


PAGES: Final[Mapping[Path, Callable[[], str]]] = {
    DECISIONS: decisions,
    DOCS / "configuration.md": configuration_page.page,
    DOCS / "preflight.md": findings_page,
    DOCS / "memory.md": memory_page,
    CAPACITY: capacity_page,
    DOCS / "catalog.md": catalog_page,
    DOCS / "stack.schema.json": stack_schema.text,
}
"""What writes each page."""


def main() -> None:
    """Write every generated part."""
    pages = {file: page() for file, page in PAGES.items()}
    for file, content in (pages | dict(pictures())).items():
        file.write_text(content, encoding="utf-8")
        print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
