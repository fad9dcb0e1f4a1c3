"""The commands that ask a service, what each takes, and what it finds.

A further command is a function from arguments, stack and settings to a report, and a parser in
`add_commands`.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, final

from rich.console import Console, RenderableType
from rich.prompt import Confirm

from inference.arguments import Arguments as CommonArguments
from inference.arguments import Commands, name_of, read, stack_options
from inference.config import Finding, Settings
from inference.config.read_settings import read_settings
from inference.config.stack_file import StackFile
from inference.live import price_command
from inference.live.report import Exit, Line, as_json, exit_status, table

_ANSWER_SECONDS: Final = 30.0
_READY_SECONDS: Final = 600.0
_COMPLETION_SECONDS: Final = 120.0
_LOAD_SECONDS: Final = 60.0
_CONCURRENCY: Final = 8
_FILE_WIDTH: Final = 160


class Arguments(CommonArguments):
    """What the user typed; which of it is there depends on the command."""

    command: "Callable[[Arguments, StackFile, Settings], Report]"
    timeout: float
    answer_timeout: float
    url: str | None
    yes: bool
    seconds: float
    concurrency: int


@final
@dataclass(frozen=True, kw_only=True)
class Report:
    """What a command found."""

    lines: Sequence[Line]
    shown: RenderableType | None = None
    """What a person sees instead of the lines' own table."""
    details: Sequence[dict[str, Any]] | None = None
    """What stands in JSON instead of the lines."""


def _seconds(text: str) -> float:
    """A positive number of seconds."""
    value = float(text)
    if not 0 < value < float("inf"):
        message = "must be a positive number"
        raise ValueError(message)
    return value


def _positive(text: str) -> int:
    """A number of at least 1."""
    value = int(text)
    if value < 1:
        message = "must be at least 1"
        raise ValueError(message)
    return value


def _doctor(arguments: Arguments, stack: StackFile, settings: Settings) -> Report:
    from inference.live.doctor import doctor  # noqa: PLC0415 a command loads only the clients that it uses

    return Report(lines=doctor(stack, settings, arguments.timeout))


def _leftovers(arguments: Arguments, stack: StackFile, settings: Settings) -> Report:
    from inference.live.leftovers import leftovers  # noqa: PLC0415 as above

    return Report(lines=leftovers(stack, settings, arguments.timeout))


def _smoke(arguments: Arguments, stack: StackFile, settings: Settings) -> Report:
    from inference.live.identity import identity_token  # noqa: PLC0415 as above
    from inference.live.smoke import details, show, smoke  # noqa: PLC0415 as above
    from inference.live.targets import find_endpoint  # noqa: PLC0415 as above

    token = identity_token(settings, arguments.url)
    endpoint = find_endpoint(stack, settings, arguments.url)
    rows = smoke(settings, endpoint, arguments.timeout, arguments.answer_timeout, token)
    return Report(
        lines=[*endpoint.lines, *(row.line for row in rows)],
        shown=show(endpoint.lines, rows),
        details=[*map(as_json, endpoint.lines), *map(details, rows)],
    )


def _load(arguments: Arguments, stack: StackFile, settings: Settings) -> Report:
    from inference.live.identity import refuse_load  # noqa: PLC0415 as above
    from inference.live.load import details, line_of, load  # noqa: PLC0415 as above
    from inference.live.load_tool import Load  # noqa: PLC0415 as above
    from inference.live.targets import find_endpoint  # noqa: PLC0415 as above

    refuse_load(settings, arguments.url)
    endpoint = find_endpoint(stack, settings, arguments.url)
    wanted = Load(seconds=arguments.seconds, concurrency=arguments.concurrency)
    found = list(load(settings, endpoint, wanted, arguments.timeout, arguments.answer_timeout))
    return Report(
        lines=[*endpoint.lines, *map(line_of, found)],
        details=[*map(as_json, endpoint.lines), *map(details, found)],
    )


def _recover(arguments: Arguments, stack: StackFile, settings: Settings) -> Report:
    from inference.live.recover import recover  # noqa: PLC0415 as above

    def agree(lines: Sequence[Line]) -> bool:
        if arguments.yes or arguments.json or not sys.stdin.isatty():
            return arguments.yes
        console = Console(highlight=False)
        console.print(table(lines))
        return Confirm.ask("Mend the state and Helm's record, and refresh?", console=console)

    return Report(lines=recover(stack, settings, agree))


def _print(arguments: Arguments, report: Report, status: Exit) -> None:
    if arguments.json:
        lines = [as_json(line) for line in report.lines]
        content = {
            "stack": name_of(arguments),
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


def _refused(stack: str, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "stack": stack,
        "exit": int(Exit.REFUSED),
        "findings": [asdict(finding) for finding in findings],
        "lines": [],
    }


def _run(given: CommonArguments) -> int:
    arguments = Arguments(**vars(given))
    stack = read(arguments)
    report = arguments.command(arguments, stack, read_settings(stack))
    status = exit_status(report.lines)
    _print(arguments, report, status)
    return status


def add_commands(commands: Commands) -> None:
    """Add the commands that ask a service to the command line."""
    common = stack_options()
    common.add_argument("--json", action="store_true", help="print one JSON object")
    common.set_defaults(run=_run, refused=_refused)
    answer = argparse.ArgumentParser(add_help=False)
    answer.add_argument(
        "--timeout",
        type=_seconds,
        default=_ANSWER_SECONDS,
        metavar="SECONDS",
        help=f"how long to wait for each answer ({_ANSWER_SECONDS:g})",
    )
    running = argparse.ArgumentParser(add_help=False)
    running.add_argument("--url", help="the endpoint, instead of the one in the stack's outputs")
    running.add_argument(
        "--timeout",
        type=_seconds,
        default=_READY_SECONDS,
        metavar="SECONDS",
        help=f"how long to wait until it answers ({_READY_SECONDS:g})",
    )
    running.add_argument(
        "--answer-timeout",
        type=_seconds,
        default=_COMPLETION_SECONDS,
        metavar="SECONDS",
        help=f"how long to wait for each answer ({_COMPLETION_SECONDS:g})",
    )
    doctor = commands.add_parser(
        "doctor", parents=[common, answer], help="before pulumi up: account, quota, token, tools"
    )
    doctor.set_defaults(command=_doctor)
    smoke = commands.add_parser(
        "smoke", parents=[common, running], help="every model and adapter answers as it must"
    )
    smoke.set_defaults(command=_smoke)
    load = commands.add_parser(
        "load",
        parents=[common, running],
        help="hold each model and adapter to the stack file's slo",
    )
    load.add_argument(
        "--seconds",
        type=_seconds,
        default=_LOAD_SECONDS,
        help=f"how long to load each model and adapter ({_LOAD_SECONDS:g})",
    )
    load.add_argument(
        "--concurrency",
        type=_positive,
        default=_CONCURRENCY,
        metavar="REQUESTS",
        help=f"requests at the same time ({_CONCURRENCY})",
    )
    load.set_defaults(command=_load)
    leftovers = commands.add_parser(
        "leftovers", parents=[common, answer], help="after pulumi destroy: what still costs money"
    )
    leftovers.set_defaults(command=_leftovers)
    recover = commands.add_parser(
        "recover", parents=[common], help="after a killed update: adopt what it did not record"
    )
    recover.add_argument("--yes", action="store_true", help="do not ask")
    recover.set_defaults(command=_recover)
    price_command.add_commands(commands)
