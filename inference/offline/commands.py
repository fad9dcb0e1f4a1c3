"""The offline commands: what a stack would build, without an engine, network or account."""

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from rich.console import Group

from inference.arguments import Arguments, Commands, origin_of, read, stack_options
from inference.config import RefusedError
from inference.config.finding import PROJECT, refuse
from inference.config.stack_file import StackFile, read_file, read_stack
from inference.offline.plan import REFUSED, Plan, make_plan, plan_json
from inference.offline.render import render
from inference.offline.runner import run_program
from inference.offline.tree import details
from inference.offline.verdict import verdict
from inference.progress import showing
from inference.terminal import console, show, show_json


class _Offline(Arguments):
    findings: bool
    resources: bool
    sources: bool
    machines: bool
    out: Path
    crds: Path | None
    against: str | None


def add_commands(commands: Commands) -> None:
    """Add the offline commands to the command line."""
    stack = stack_options()
    plan = commands.add_parser("plan", parents=[stack], help="show what would be created, and when")
    plan.add_argument("--json", action="store_true", help="print one JSON object")
    plan.add_argument("--findings", action="store_true", help="all findings, also accepted ones")
    plan.add_argument(
        "--resources", action="store_true", help="every resource, the timeline, sizes, roles, APIs"
    )
    plan.add_argument(
        "--sources", action="store_true", help="the same, with the sources of minutes and prices"
    )
    plan.add_argument(
        "--machines", action="store_true", help="every machine type for each model, or why not"
    )
    plan.set_defaults(run=_plan, refused=REFUSED)
    render = commands.add_parser("render", parents=[stack], help="write the Kubernetes manifests")
    render.add_argument("--out", type=Path, required=True, metavar="DIR", help="output directory")
    render.add_argument("--crds", type=Path, metavar="DIR", help="directory of CRD documents")
    render.set_defaults(run=_render)
    graph = commands.add_parser("graph", parents=[stack], help="draw the components as SVG")
    graph.set_defaults(run=_graph)
    timeline = commands.add_parser("timeline", parents=[stack], help="draw the timeline as SVG")
    timeline.set_defaults(run=_timeline)
    report = commands.add_parser("report", parents=[stack], help="write an HTML page for review")
    report.set_defaults(run=_report)
    for parser, name in ((graph, "FILE.svg"), (timeline, "FILE.svg"), (report, "FILE.html")):
        parser.add_argument("--out", type=Path, required=True, metavar=name, help="file to write")
    report.add_argument(
        "--against", metavar="STACK", help="show what changes against a stack or a stack file"
    )


def _with_crds(stack: StackFile, folder: Path) -> StackFile:
    """The stack with `crds.source` set to a folder."""
    key = f"{PROJECT}:crds"
    crds = json.loads(stack.config.get(key) or "{}")
    return replace(stack, config={**stack.config, key: json.dumps({**crds, "source": str(folder)})})


def _planned(stack: StackFile) -> Plan:
    with showing(f"running the program for stack {stack.name}"):
        return make_plan(run_program(stack))


def _plan(given: Arguments) -> int:
    arguments = _Offline(**vars(given))
    plan = _planned(read(arguments))
    if arguments.json:
        show_json(plan_json(plan))
        return 0
    target = console()
    parts = [verdict(plan, origin_of(arguments), target, everything=arguments.findings)]
    if arguments.resources or arguments.sources or arguments.machines:
        more = details(plan, sources=arguments.sources, machines=arguments.machines)
        parts += ["", *more]
    show(Group(*parts), target)
    return 0


def _render(given: Arguments) -> int:
    arguments = _Offline(**vars(given))
    stack = read(arguments)
    if arguments.crds is not None:
        stack = _with_crds(stack, arguments.crds)
    plan = _planned(stack)
    try:
        written = render(plan, arguments.out)
    except OSError as error:
        _refuse_to_write(arguments.out, error.strerror or str(error))
    sys.stdout.write(f"{len(written)} files in {arguments.out}\n")
    return 0


def _graph(given: Arguments) -> int:
    from inference.offline.graph import svg  # noqa: PLC0415 what a plan does not need

    arguments = _Offline(**vars(given))
    return _write(arguments.out, ".svg", svg(_planned(read(arguments))))


def _timeline(given: Arguments) -> int:
    from inference.offline.bars import svg  # noqa: PLC0415 what a plan does not need

    arguments = _Offline(**vars(given))
    return _write(arguments.out, ".svg", svg(_planned(read(arguments))))


def _report(given: Arguments) -> int:
    from inference.offline.report.compare import compare  # noqa: PLC0415 what a plan does not need
    from inference.offline.report.page import page  # noqa: PLC0415 the same

    arguments = _Offline(**vars(given))
    plan = _planned(read(arguments))
    other = None if arguments.against is None else _other(arguments.against)
    comparison = None if other is None else compare(plan, other)
    changes = comparison.lines() if comparison is not None else ()
    return _write(arguments.out, ".html", page(plan, comparison), changes)


def _other(against: str) -> Plan:
    """The plan to compare with: of a stack's name, or of a file such as an earlier version's.

    Raises:
        RefusedError: when that stack is refused; its findings say that they are of that one.
    """
    try:
        is_file = Path(against).suffix in {".yaml", ".yml"}
        return make_plan(run_program(read_file(Path(against)) if is_file else read_stack(against)))
    except RefusedError as error:
        findings = [
            replace(finding, path=" ".join(filter(None, (f"--against {against}", finding.path))))
            for finding in error.findings
        ]
        raise RefusedError(findings) from error


def _write(file: Path, suffix: str, text: str, said: Iterable[str] = ()) -> int:
    """Write a file, and the folder it belongs into; say where, below what else is `said`."""
    if file.suffix != suffix:
        kind = suffix.removeprefix(".").upper()
        _refuse_to_write(file, f"it would be {kind}, but has another extension")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        _refuse_to_write(file, error.strerror or str(error))
    sys.stdout.writelines(f"{line}\n" for line in (*said, file))
    return 0


def _refuse_to_write(path: Path, reason: str) -> NoReturn:
    fix = "choose another path with --out"
    refuse("config.cannot-write", str(path), f"cannot be written: {reason}", fix)
