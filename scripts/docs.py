"""`make docs`: the generated parts of the documentation.

Prose is written in the pages themselves; what is between two comments there comes from the pydantic
models, the checks, the catalog and the capacity model. The schema of stack files and the pictures
are whole files. A test fails when one of them is not current.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from scripts import (
    capacity_page,
    catalog_page,
    configuration_page,
    memory_page,
    packages,
    stack_schema,
)
from scripts.page_words import cited

DOCS: Final = ROOT / "docs"
CAPACITY: Final = DOCS / "capacity.md"
DECISIONS: Final = DOCS / "decisions.md"


def page(file: Path) -> str:
    """A page with its generated parts brought up to date.

    Raises:
        ValueError: when the page has not exactly one place for a part.
    """
    text = file.read_text(encoding="utf-8")
    for name, lines in PARTS[file].items():
        begin, end = f"<!-- {name}: written by make docs -->", f"<!-- end of {name} -->"
        block = "\n".join([begin, *lines(), end])
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        text, found = pattern.subn(lambda _, block=block: block, text)
        if found != 1:
            raise ValueError(f"{file} has {found} parts between {begin} and {end}, and needs one")
    return text


def headings(page: str) -> list[str]:
    """Headings of a page's sections, as they are written."""
    return re.findall(r"^## (.+)$", page, re.MULTILINE)


def _index() -> Iterator[str]:
    for heading in headings(DECISIONS.read_text(encoding="utf-8")):
        yield f"- [{heading}](#{_anchor(heading)})"


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


def whole_files() -> Mapping[Path, str]:
    """The schema of stack files, and as SVG verdict, graph and timeline of dev and the packages."""
    plan = make_plan(run_program(read_stack("dev")))
    return {
        DOCS / "verdict.svg": _terminal(plan),
        DOCS / "graph.svg": graph.svg(plan),
        DOCS / "timeline.svg": bars.svg(plan),
        DOCS / "packages.svg": packages.svg(),
        DOCS / "stack.schema.json": stack_schema.text(),
    }


def _replaced() -> Iterator[str]:
    yield from ("| setting | replaced |", "|---|---|")
    for setting, replaced in REPLACING.items():
        condition = f", {CONDITIONS[setting]}" if setting in CONDITIONS else ""
        yield f"| `{setting}`{condition} | {replaced.value} |"


def _catalog() -> Iterator[Source]:
    """Every source of the catalog's tables, each once, in the order of titles."""
    modules = [
        import_module(f"{catalog.__name__}.{module.name}")
        for module in iter_modules(catalog.__path__)
    ]
    found = [value for module in modules for value in vars(module).values()]
    sources = {value for value in found if isinstance(value, Source)}
    yield from sorted(sources, key=lambda source: source.title.lower())


def _numbers() -> Mapping[Source, int]:
    """The number of each source of findings, in the order of their ids."""
    cited_by = (source for _, check in sorted(CHECKS.items()) for source in check.sources)
    return {source: number for number, source in enumerate(dict.fromkeys(cited_by), start=1)}


def _sources() -> Iterator[str]:
    """Sources of findings by their number, then what else the catalog's tables were read from."""
    numbers = _numbers()
    for source, number in numbers.items():
        yield f'{number}. <a id="source-{number}"></a>{cited(source)}'
    yield "\nThe catalog also rests on:\n"
    yield from (f"- {cited(source)}" for source in _catalog() if source not in numbers)
    flags = ", ".join(f"[`{flag.name}`]({flag.url})" for flag in FLAGS)
    yield f"- flags of vLLM (M, read 2026-11): {flags}"


def _findings() -> Iterator[str]:
    """Every finding of preflight in a row: cause, consequence, fix and source."""
    numbers = _numbers()
    yield "| finding | what is wrong, and what happens | fix | source |"
    yield "|---|---|---|---|"
    for identifier, check in sorted(CHECKS.items()):
        sources = (f"[{numbers[source]}](#source-{numbers[source]})" for source in check.sources)
        wrong = f"{check.cause} {check.consequence}".replace("|", "\\|")
        yield (
            f'| <a id="{identifier}"></a>`{identifier}` {check.severity.value} | {wrong} | '
            + check.fix.replace("|", "\\|")
            + f" | {', '.join(sources)} |"
        )


PARTS: Final[Mapping[Path, Mapping[str, Callable[[], Iterable[str]]]]] = {
    DECISIONS: {"index": _index},
    DOCS / "configuration.md": {"keys": configuration_page.keys},
    DOCS / "preflight.md": {"findings": _findings, "replaced": _replaced, "sources": _sources},
    DOCS / "memory.md": {
        "measured": memory_page.measured,
        "published": memory_page.published,
    },
    CAPACITY: {"constants": capacity_page.constants, "errors": capacity_page.errors},
    DOCS / "catalog.md": {
        "models": catalog_page.models,
        "machines": catalog_page.machines,
        "zones": catalog_page.zones,
    },
}
"""What writes each part of a page, as lines."""


def main() -> None:
    """Write every generated part."""
    pages = {file: page(file) for file in PARTS}
    for file, content in (pages | dict(whole_files())).items():
        file.write_text(content, encoding="utf-8")
        print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
