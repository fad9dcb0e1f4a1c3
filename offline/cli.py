"""`python -m offline`: what a stack would build, without an engine, network or account.

Exit status: 0 fine (warnings included), 2 refused by configuration or preflight, 1 a fault of ours.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

from rich.console import Console

from config import Finding, RefusedError, Severity
from config.finding import PROJECT
from offline import bars, graph
from offline.plan import Plan, make_plan, plan_json, refused_json
from offline.recorder import run_program
from offline.render import render
from offline.report.compare import compare
from offline.report.page import write
from offline.tree import show
from stack_files.stack_file import StackFile, read_file, read_stack, stack_name

_DEFAULT_STACK = "dev"
_REFUSED = 2
_FILE_WIDTH = 140
_SUFFIXES: Final = {"graph": ".svg", "timeline": ".svg", "report": ".html"}
_PICTURES: Final = {"graph": graph.draw, "timeline": bars.draw}


class _Arguments(argparse.Namespace):
    command: str
    stack: str | None
    config: Path | None
    json: bool
    machines: bool
    out: Path
    crds: Path | None
    against: str | None


def command_parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    stack = argparse.ArgumentParser(add_help=False)
    which = stack.add_mutually_exclusive_group()
    which.add_argument("--stack", metavar="NAME", help="read Pulumi.NAME.yaml (dev)")
    which.add_argument("--config", type=Path, metavar="FILE", help="read this stack file")
    parser = argparse.ArgumentParser(prog="python -m offline", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    plan = commands.add_parser("plan", parents=[stack], help="show what would be built, and when")
    plan.add_argument("--json", action="store_true", help="print one JSON object")
    plan.add_argument(
        "--machines", action="store_true", help="every machine for each model, or why not"
    )
    render = commands.add_parser("render", parents=[stack], help="write the Kubernetes manifests")
    render.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    render.add_argument("--crds", type=Path, metavar="DIR", help="folder of CRD documents")
    pictures = {
        "graph": "draw the components as SVG",
        "timeline": "draw what happens when as SVG",
    }
    for name, purpose in pictures.items():
        picture = commands.add_parser(name, parents=[stack], help=purpose)
        picture.add_argument(
            "--out", type=Path, required=True, metavar="FILE.svg", help="file to write"
        )
    report = commands.add_parser("report", parents=[stack], help="write an HTML page for a review")
    report.add_argument(
        "--out", type=Path, required=True, metavar="FILE.html", help="file to write"
    )
    report.add_argument(
        "--against", metavar="STACK", help="show what changes against a stack or a stack file"
    )
    parser.set_defaults(json=False, machines=False, crds=None, against=None)
    return parser


def _with_crds(stack: StackFile, folder: Path) -> StackFile:
    """The stack with `crds.source` set to a folder."""
    key = f"{PROJECT}:crds"
    crds = json.loads(stack.config.get(key) or "{}")
    return replace(stack, config={**stack.config, key: json.dumps({**crds, "source": str(folder)})})


def _run(arguments: _Arguments) -> None:
    stack = (
        read_file(arguments.config)
        if arguments.config is not None
        else read_stack(_DEFAULT_STACK if arguments.stack is None else arguments.stack)
    )
    if arguments.crds is not None:
        stack = _with_crds(stack, arguments.crds)
    plan = make_plan(run_program(stack))
    if arguments.command == "plan" and arguments.json:
        json.dump(plan_json(plan), sys.stdout, indent=2)
        sys.stdout.write("\n")
    elif arguments.command == "plan":
        # A terminal has its own width; a file or a pipe gets lines that hold most names.
        known = sys.stdout.isatty() or "COLUMNS" in os.environ
        width = None if known else _FILE_WIDTH
        show(plan, Console(highlight=False, width=width), machines=arguments.machines)
    else:
        try:
            _write(arguments, plan)
        except OSError as error:
            _refuse_to_write(arguments.out, error.strerror or str(error))


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


def _write(arguments: _Arguments, plan: Plan) -> None:
    if arguments.command == "render":
        written = render(plan, arguments.out)
        sys.stdout.write(f"{len(written)} files in {arguments.out}\n")
        return
    suffix = _SUFFIXES[arguments.command]
    if arguments.out.suffix != suffix:
        kind = suffix.removeprefix(".").upper()
        _refuse_to_write(arguments.out, f"it would be {kind}, but is not named so")
    if arguments.command in _PICTURES:
        _PICTURES[arguments.command](plan, arguments.out)
    else:
        other = None if arguments.against is None else _other(arguments.against)
        write(plan, arguments.out, None if other is None else compare(plan, other))
    sys.stdout.write(f"{arguments.out}\n")


def _refuse_to_write(path: Path, reason: str) -> NoReturn:
    raise RefusedError(
        [
            Finding(
                id="config.cannot-write",
                severity=Severity.ERROR,
                path=str(path),
                message=f"cannot be written: {reason}",
                fix="name another place with --out",
            )
        ]
    )


def _refused(arguments: _Arguments, error: RefusedError) -> int:
    if arguments.json:
        file = arguments.config
        name = stack_name(file) if file is not None else arguments.stack or _DEFAULT_STACK
        json.dump(refused_json(name, error.findings), sys.stdout, indent=2)
        sys.stdout.write("\n")
    sys.stderr.write(f"{error}\n")
    return _REFUSED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    parsed = command_parser().parse_args(arguments, _Arguments())
    try:
        _run(parsed)
        sys.stdout.flush()
    except RefusedError as error:
        return _refused(parsed, error)
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
