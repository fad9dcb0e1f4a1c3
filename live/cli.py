"""`python -m live`: does the account allow the stack, and does the running stack answer.

Exit status: 0 all well or not known to be otherwise, 1 a problem found, 2 bad usage or
configuration, 3 a service could not be reached.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from rich.console import Console

from config import RefusedError
from live.commands import Arguments, Report, parser
from live.report import Exit, as_json, exit_status, table
from stack_files.settings import read_settings
from stack_files.stack_file import read_file, read_stack, stack_name

_DEFAULT_STACK: Final = "dev"
_FILE_WIDTH: Final = 160
_STOPPED: Final = 130
"""What a shell reports of a program that was stopped from the keyboard."""


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
    parsed = parser(__doc__).parse_args(arguments, Arguments())
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
