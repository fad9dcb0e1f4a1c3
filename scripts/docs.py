"""`make docs`: the generated parts of the documentation.

The page of the configuration, the README's short table of it and the schema of stack files come
from the pydantic models, their docstrings and the table of replacing settings; the pictures from
the program itself and its imports; the index of decisions from their headings; the other pages
from the checks and the catalog. A test fails when one of them is not current.
"""

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from inference.catalog.gcp import GCP_SOURCE, PERMISSIONS_SOURCE
from inference.catalog.ingress import COLLECTOR_SOURCE
from inference.catalog.kubernetes import SIDECARS_SOURCE
from inference.catalog.limits import SOURCES as LIMIT_SOURCES
from inference.catalog.machines import MACHINES_SOURCE, QUOTA_SOURCE
from inference.catalog.metrics import METRIC_SOURCES
from inference.catalog.models import MODELS_SOURCE
from inference.catalog.precision import PRECISION_SOURCE
from inference.catalog.replacing import CONDITIONS, REPLACING
from inference.catalog.secret_manager import TOKEN_PATH_SOURCE
from inference.catalog.vllm import FLAGS, VLLM_SOURCE
from inference.config.origin import Origin
from inference.config.stack_file import ROOT, read_stack
from inference.offline import bars, graph
from inference.offline.plan import Plan, make_plan
from inference.offline.recorder import run_program
from inference.offline.verdict import verdict
from inference.preflight.check import CHECKS
from scripts import configuration_page, packages, plugin_inputs, stack_schema
from scripts.capacity_page import capacity_page
from scripts.memory_page import cited, memory_page

README: Final = ROOT / "README.md"
DOCS: Final = ROOT / "docs"
CONFIGURATION: Final = DOCS / "configuration.md"
FINDINGS: Final = DOCS / "preflight.md"
MEMORY: Final = DOCS / "memory.md"
CAPACITY: Final = DOCS / "capacity.md"
SCHEMA: Final = DOCS / "stack.schema.json"
DECISIONS: Final = DOCS / "decisions.md"
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

`pulumi preview` shows every resource that an update replaces. Of these settings it does not say
what goes down with it: each update compares them with those that the last one registered in the
stack's state, and warns, in preview and up, before anything is touched. A plan knows no last
update.

| setting | replaced |
|---|---|"""


def _with_part(file: Path, name: str, part: str) -> str:
    """A page with its generated part brought up to date."""
    begin, end = f"<!-- {name}: written by make docs -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    block = f"{begin}\n{part}\n{end}"
    return pattern.sub(lambda _: block, file.read_text(encoding="utf-8"))


def readme() -> str:
    """README.md with its table of the configuration."""
    return _with_part(README, "configuration", configuration_page.short_table())


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


def _catalog_sources() -> Iterator[str]:
    """What the catalog's tables were read from, beside the sources of single findings."""
    yield "## What else the catalog rests on\n"
    for what, source in (
        ("machine types, GPUs and capacities", MACHINES_SOURCE),
        ("names of quotas", QUOTA_SOURCE),
        ("sizes of models", MODELS_SOURCE),
        ("vLLM's defaults and metrics", VLLM_SOURCE),
        ("APIs and roles", GCP_SOURCE),
        ("permissions of the roles", PERMISSIONS_SOURCE),
        ("callers of model servers", COLLECTOR_SOURCE),
        ("the token as a file", TOKEN_PATH_SOURCE),
        ("the oldest Kubernetes for the LoRA syncer", SIDECARS_SOURCE),
        ("precision of weights", PRECISION_SOURCE),
        *METRIC_SOURCES,
        *(("limits", source) for source in dict.fromkeys(LIMIT_SOURCES.values())),
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
            f"- **Source:** {'; '.join(map(cited, check.sources))}\n",
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
    _write(DECISIONS, decisions())
    for file, picture in pictures().items():
        _write(file, picture)
    _write(CONFIGURATION, configuration_page.page())
    _write(FINDINGS, findings_page())
    _write(MEMORY, memory_page())
    _write(CAPACITY, capacity_page())
    _write(SCHEMA, stack_schema.text())
    _write(plugin_inputs.PLUGIN_INPUTS, plugin_inputs.text())


if __name__ == "__main__":
    main()
