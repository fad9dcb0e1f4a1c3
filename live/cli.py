"""`python -m live`: does the account allow the stack, and does the running stack answer.

Exit status: 0 all well or not known to be otherwise, 1 a problem found, 2 bad usage or
configuration, 3 a service could not be reached.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, final

from rich.console import Console, RenderableType

from config import RefusedError, Settings
from live.report import Exit, Line, as_json, exit_status, table
from stack_files.settings import read_settings
from stack_files.stack_file import StackFile, read_file, read_stack, stack_name

_DEFAULT_STACK: Final = "dev"
_FILE_WIDTH: Final = 160
_ANSWER_SECONDS: Final = 30.0
_READY_SECONDS: Final = 600.0
_COMPLETION_SECONDS: Final = 120.0
_STOPPED: Final = 130
"""What a shell reports of a program that was stopped from the keyboard."""


class Arguments(argparse.Namespace):
    """What the user typed; which of it is there depends on the command."""

    command: "Callable[[Arguments, StackFile, Settings], Report]"
    stack: str | None
    config: Path | None
    json: bool
    timeout: float
    answer_timeout: float
    url: str | None


@final
@dataclass(frozen=True, kw_only=True)
class Report:
    """What a command found."""

    lines: Sequence[Line]
    shown: RenderableType | None = None
    """What a person sees instead of the lines' own table."""
    details: Sequence[dict[str, Any]] | None = None
    """What stands in JSON instead of the lines."""


def seconds(text: str) -> float:
    """A positive number of seconds."""
    value = float(text)
    if not 0 < value < float("inf"):
        message = "must be a positive number"
        raise ValueError(message)
    return value


def _doctor(arguments: Arguments, stack: StackFile, settings: Settings) -> Report:
    from live.doctor import doctor  # noqa: PLC0415 a command loads only the clients that it uses

    return Report(lines=doctor(stack, settings, arguments.timeout))


def _leftovers(arguments: Arguments, stack: StackFile, settings: Settings) -> Report:
    from live.leftovers import leftovers  # noqa: PLC0415 as above

    return Report(lines=leftovers(stack, settings, arguments.timeout))


def _smoke(arguments: Arguments, stack: StackFile, settings: Settings) -> Report:
    from live.smoke import details, show, smoke  # noqa: PLC0415 as above
    from live.targets import find_endpoint  # noqa: PLC0415 as above

    endpoint = find_endpoint(stack, settings, arguments.url)
    rows = smoke(settings, endpoint, arguments.timeout, arguments.answer_timeout)
    return Report(
        lines=[*endpoint.lines, *(row.line for row in rows)],
        shown=show(endpoint.lines, rows),
        details=[*map(as_json, endpoint.lines), *map(details, rows)],
    )


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    which = common.add_mutually_exclusive_group()
    which.add_argument("--stack", metavar="NAME", help="read Pulumi.NAME.yaml (dev)")
    which.add_argument("--config", type=Path, metavar="FILE", help="read this stack file")
    common.add_argument("--json", action="store_true", help="print one JSON object")
    return common


def _parser() -> argparse.ArgumentParser:
    common = _common()
    answer = argparse.ArgumentParser(add_help=False)
    answer.add_argument(
        "--timeout",
        type=seconds,
        default=_ANSWER_SECONDS,
        metavar="SECONDS",
        help=f"how long to wait for each answer ({_ANSWER_SECONDS:g})",
    )
    running = argparse.ArgumentParser(add_help=False)
    running.add_argument("--url", help="the endpoint, instead of the one in the stack's outputs")
    running.add_argument(
        "--timeout",
        type=seconds,
        default=_READY_SECONDS,
        metavar="SECONDS",
        help=f"how long to wait until it answers ({_READY_SECONDS:g})",
    )
    running.add_argument(
        "--answer-timeout",
        type=seconds,
        default=_COMPLETION_SECONDS,
        metavar="SECONDS",
        help=f"how long to wait for each answer ({_COMPLETION_SECONDS:g})",
    )
    parser = argparse.ArgumentParser(prog="python -m live", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser(
        "doctor", parents=[common, answer], help="before pulumi up: account, quota, token, tools"
    )
    doctor.set_defaults(command=_doctor)
    smoke = commands.add_parser(
        "smoke", parents=[common, running], help="every model and adapter answers as it must"
    )
    smoke.set_defaults(command=_smoke)
    leftovers = commands.add_parser(
        "leftovers", parents=[common, answer], help="after pulumi destroy: what still costs money"
    )
    leftovers.set_defaults(command=_leftovers)
    return parser


def _name(arguments: Arguments) -> str:
    file = arguments.config
    return stack_name(file) if file is not None else arguments.stack or _DEFAULT_STACK


def _print(arguments: Arguments, report: Report, status: Exit) -> None:
    if arguments.json:
        lines = [as_json(line) for line in report.lines]
        content = {
            "stack": _name(arguments),
            "exit": int(status),
            "findings": [],
            "lines": lines if report.details is None else report.details,
        }
        json.dump(content, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(highlight=False, width=None if known else _FILE_WIDTH)
    console.print(table(report.lines) if report.shown is None else report.shown)


def _refused(arguments: Arguments, error: RefusedError) -> int:
    if arguments.json:
        content = {
            "stack": _name(arguments),
            "exit": int(Exit.REFUSED),
            "findings": [asdict(finding) for finding in error.findings],
            "lines": [],
        }
        json.dump(content, sys.stdout, indent=2)
        sys.stdout.write("\n")
    sys.stderr.write(f"{error}\n")
    return Exit.REFUSED


def _run(arguments: Arguments) -> int:
    stack = (
        read_file(arguments.config)
        if arguments.config is not None
        else read_stack(_DEFAULT_STACK if arguments.stack is None else arguments.stack)
    )
    report = arguments.command(arguments, stack, read_settings(stack))
    status = exit_status(report.lines)
    _print(arguments, report, status)
    sys.stdout.flush()
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    parsed = _parser().parse_args(arguments, Arguments())
    try:
        return _run(parsed)
    except RefusedError as error:
        return _refused(parsed, error)
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return _STOPPED
