"""The offline commands: what a stack would build, without an engine, network or account."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NoReturn

from rich.console import Group

from inference.arguments import Arguments, Commands, origin_of, read, stack_options
from inference.config import Finding, RefusedError, Severity
from inference.config.finding import PROJECT
from inference.config.stack_file import StackFile, read_file, read_stack
from inference.offline.plan import Plan, make_plan, plan_json, refused_json
from inference.offline.render import render
from inference.offline.runner import run_program
from inference.offline.tree import details
from inference.offline.verdict import verdict
from inference.progress import showing
from inference.terminal import console, show

_SUFFIXES: Final = {"graph": ".svg", "timeline": ".svg", "report": ".html"}


class _Offline(Arguments):
    name: str
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
    render = commands.add_parser("render", parents=[stack], help="write the Kubernetes manifests")
    render.add_argument("--out", type=Path, required=True, metavar="DIR", help="output directory")
    render.add_argument("--crds", type=Path, metavar="DIR", help="directory of CRD documents")
    graph_parser = commands.add_parser("graph", parents=[stack], help="draw the components as SVG")
    timeline = commands.add_parser("timeline", parents=[stack], help="draw the timeline as SVG")
    for picture in (graph_parser, timeline):
        picture.add_argument(
            "--out", type=Path, required=True, metavar="FILE.svg", help="file to write"
        )
    report = commands.add_parser("report", parents=[stack], help="write an HTML page for review")
    report.add_argument(
        "--out", type=Path, required=True, metavar="FILE.html", help="file to write"
    )
    report.add_argument(
        "--against", metavar="STACK", help="show what changes against a stack or a stack file"
    )
    for name, parser in {
        "plan": plan,
        "render": render,
        "graph": graph_parser,
        "timeline": timeline,
        "report": report,
    }.items():
        parser.set_defaults(
            run=_run,
            refused=_refused,
            name=name,
            **{"machines": False, "crds": None, "against": None}
            if name != "plan"
            else {"crds": None},
        )


def _with_crds(stack: StackFile, folder: Path) -> StackFile:
    """The stack with `crds.source` set to a folder."""
    key = f"{PROJECT}:crds"
    crds = json.loads(stack.config.get(key) or "{}")
    return replace(stack, config={**stack.config, key: json.dumps({**crds, "source": str(folder)})})


def _refused(stack: str, findings: Sequence[Finding]) -> dict[str, Any]:
    return refused_json(stack, findings)


def _run(given: Arguments) -> int:
    arguments = _Offline(**vars(given))
    stack = read(arguments)
    if arguments.crds is not None:
        stack = _with_crds(stack, arguments.crds)
    with showing(f"running the program for stack {stack.name}"):
        plan = make_plan(run_program(stack))
    if arguments.name == "plan" and arguments.json:
        json.dump(plan_json(plan), sys.stdout, indent=2)
        sys.stdout.write("\n")
    elif arguments.name == "plan":
        _show(arguments, plan)
    else:
        try:
            _write(arguments, plan)
        except OSError as error:
            _refuse_to_write(arguments.out, error.strerror or str(error))
    return 0


def _show(arguments: _Offline, plan: Plan) -> None:
    target = console()
    parts = [verdict(plan, origin_of(arguments), target, everything=arguments.findings)]
    if arguments.resources or arguments.sources or arguments.machines:
        more = details(plan, sources=arguments.sources, machines=arguments.machines)
        parts += ["", *more]
    show(Group(*parts), target)


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


def _write(arguments: _Offline, plan: Plan) -> None:
    # What a plan does not need is not loaded for it.
    from inference.offline import bars, graph  # noqa: PLC0415 as said

    pictures = {"graph": graph.draw, "timeline": bars.draw}
    if arguments.name == "render":
        written = render(plan, arguments.out)
        sys.stdout.write(f"{len(written)} files in {arguments.out}\n")
        return
    suffix = _SUFFIXES[arguments.name]
    if arguments.out.suffix != suffix:
        kind = suffix.removeprefix(".").upper()
        _refuse_to_write(arguments.out, f"it would be {kind}, but has another extension")
    if arguments.name in pictures:
        pictures[arguments.name](plan, arguments.out)
    else:
        from inference.offline.report.compare import compare  # noqa: PLC0415 as said
        from inference.offline.report.page import write  # noqa: PLC0415 as said

        other = None if arguments.against is None else _other(arguments.against)
        comparison = None if other is None else compare(plan, other)
        write(plan, arguments.out, comparison)
        if comparison is not None:
            sys.stdout.writelines(f"{line}\n" for line in comparison.lines())
    sys.stdout.write(f"{arguments.out}\n")


def _refuse_to_write(path: Path, reason: str) -> NoReturn:
    raise RefusedError(
        [
            Finding(
                id="config.cannot-write",
                severity=Severity.ERROR,
                path=str(path),
                message=f"cannot be written: {reason}",
                fix="choose another path with --out",
            )
        ]
    )
