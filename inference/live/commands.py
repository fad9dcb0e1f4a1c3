"""The commands that ask a service, what each takes, and what it finds.

A further command is a case of `_found`, which gives lines, and a parser in `add_commands`.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from rich.prompt import Confirm

from inference.arguments import Arguments as CommonArguments
from inference.arguments import (
    Commands,
    at_least_1,
    name_of,
    origin_of,
    positive,
    read,
    stack_options,
)
from inference.config import Finding, RefusedError, Settings
from inference.config.read_settings import read_settings
from inference.config.stack_file import StackFile
from inference.live import prices
from inference.live.checks import printable_lines
from inference.live.errors import ServiceError
from inference.live.report import Exit, Line, as_json, exit_status, table
from inference.live.session import Deadline, Session
from inference.terminal import console, show, show_json

_ANSWERS_SECONDS: Final = 60.0
_READY_SECONDS: Final = 600.0
_COMPLETION_SECONDS: Final = 120.0
_LOAD_SECONDS: Final = 60.0
_REFUSED: Final[Mapping[str, Any]] = {
    "stack": "",
    "exit": int(Exit.REFUSED),
    "findings": [],
    "lines": [],
}
"""The JSON object of a stack that is refused."""


class Arguments(CommonArguments):
    """What the user typed; which of it is there depends on the command."""

    name: str
    timeout: float
    answer_timeout: float
    url: str | None
    yes: bool
    seconds: float
    rate: float | None
    concurrency: int | None
    replicas: int | None
    record: bool


def _all(*needs: Callable[[], Any]) -> list[Any]:
    """What a command cannot go on without.

    Raises:
        RefusedError: with everything that is missing, at once.
        ServiceError: when nothing is, and a service does not say what the command needs.
    """
    found: list[Any] = []
    missing: list[Finding] = []
    failed: ServiceError | None = None
    for need in needs:
        try:
            found.append(need())
        except RefusedError as error:
            missing += error.findings
        except ServiceError as error:
            failed = error
    if missing:
        raise RefusedError(missing)
    if failed is not None:
        raise failed
    return found


def _load(
    arguments: Arguments, stack: StackFile, settings: Settings, session: Session
) -> Iterable[Line]:
    from inference.live.load import Wanted, load, refuse_without_slo  # noqa: PLC0415 as below
    from inference.live.load_tool import find_tool  # noqa: PLC0415 as below
    from inference.live.targets import find_endpoint  # noqa: PLC0415 as below
    from inference.live.token import refuse_load  # noqa: PLC0415 as below

    *_, tool, endpoint = _all(
        lambda: refuse_load(settings, arguments.url),
        lambda: refuse_without_slo(settings),
        find_tool,
        lambda: find_endpoint(stack, settings, arguments.url, session.deadline),
    )
    wanted = Wanted(
        seconds=arguments.seconds,
        answer_seconds=arguments.answer_timeout,
        requests_per_second=arguments.rate,
        concurrency=arguments.concurrency,
        replicas=arguments.replicas,
    )
    yield from endpoint.lines
    results = list(load(settings, endpoint, wanted, session, tool))
    for lines, _ in results:
        yield from lines
    if arguments.record:
        from inference.live.record import record  # noqa: PLC0415 as below

        measured = [loaded for _, loaded in results if loaded is not None]
        yield from record(settings, origin_of(arguments).file, measured)


def _found(
    arguments: Arguments, stack: StackFile, settings: Settings, session: Session
) -> Iterable[Line]:
    """What the command finds."""
    # A command loads only the clients that it uses.
    match arguments.name:
        case "doctor":
            from inference.live.doctor import doctor  # noqa: PLC0415 the line above

            yield from doctor(stack, settings, session)
        case "leftovers":
            from inference.live.leftovers import leftovers  # noqa: PLC0415 as above

            yield from leftovers(stack, settings, session)
        case "smoke":
            from inference.live.smoke import smoke  # noqa: PLC0415 as above
            from inference.live.targets import find_endpoint  # noqa: PLC0415 as above
            from inference.live.token import identity_token  # noqa: PLC0415 as above

            token, endpoint = _all(
                lambda: identity_token(settings, arguments.url),
                lambda: find_endpoint(stack, settings, arguments.url, session.deadline),
            )
            yield from endpoint.lines
            yield from smoke(settings, endpoint, session, arguments.answer_timeout, token)
        case "load":
            yield from _load(arguments, stack, settings, session)
        case _:
            from inference.live.recover import recover  # noqa: PLC0415 as above

            agree = partial(_agree, arguments, session)
            yield from recover(stack, settings, session, agree)


def _agree(arguments: Arguments, session: Session, lines: Sequence[Line]) -> bool:
    """Whether what `recover` would do is agreed to; a person is asked."""
    if arguments.yes or arguments.json or not sys.stdin.isatty():
        return arguments.yes
    show(table([session.secrets.line(line) for line in lines]), target := console())
    return Confirm.ask("Import these, and clean up after the killed update?", console=target)


def _print(arguments: Arguments, lines: Sequence[Line], status: Exit) -> None:
    if arguments.json:
        shown = [as_json(line) for line in lines]
        show_json({**_REFUSED, "stack": name_of(arguments), "exit": int(status), "lines": shown})
        return
    view = table
    if arguments.name == "smoke":
        from inference.live.smoke import show as view  # noqa: PLC0415 as above
    show(view(lines), console())


def _run(given: CommonArguments) -> int:
    arguments = Arguments(**vars(given))
    stack = read(arguments)
    settings = read_settings(stack)
    session = Session(deadline=Deadline(arguments.timeout))
    find = partial(_found, arguments, stack, settings)
    lines = printable_lines(arguments.name, session, find)
    status = exit_status(lines)
    _print(arguments, lines, status)
    return status


def _timeout(seconds: float, what: str, name: str = "--timeout") -> argparse.ArgumentParser:
    """An option that says how long to wait, as a parent of a command's parser."""
    parent = argparse.ArgumentParser(add_help=False)
    text = f"how long to wait {what} ({seconds:g})"
    parent.add_argument(name, type=positive, default=seconds, metavar="SECONDS", help=text)
    return parent


def add_commands(commands: Commands) -> None:
    """Add the commands that ask a service to the command line."""
    common = stack_options()
    common.add_argument("--json", action="store_true", help="print one JSON object")
    common.set_defaults(run=_run, refused=_REFUSED)
    answers = _timeout(_ANSWERS_SECONDS, "for all responses together")
    ready = _timeout(_READY_SECONDS, "until it responds")
    whole = _timeout(_COMPLETION_SECONDS, "for each complete response", "--answer-timeout")
    running = argparse.ArgumentParser(add_help=False)
    running.add_argument("--url", help="endpoint to use instead of the one in the stack's outputs")
    for name, parents, text in (
        ("doctor", [answers], "check account, quota, token and tools"),
        ("smoke", [running, ready, whole], "check that every model and adapter responds correctly"),
        (
            "load",
            [running, ready, whole],
            "load each model and adapter, and compare with the stack file's slo",
        ),
        ("leftovers", [answers], "list what still costs money after a destroy"),
        ("recover", [answers], "import what a killed update created but did not record"),
    ):
        command = commands.add_parser(name, parents=[common, *parents], help=text)
        command.set_defaults(name=name)
    _add_load_options(commands.choices["load"])
    recover = commands.choices["recover"]
    recover.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    prices.add_commands(commands)


def _add_load_options(load: argparse.ArgumentParser) -> None:
    load.add_argument(
        "--seconds",
        type=positive,
        default=_LOAD_SECONDS,
        help=f"how long to load each model and adapter ({_LOAD_SECONDS:g})",
    )
    how = load.add_mutually_exclusive_group()
    how.add_argument(
        "--rate",
        type=positive,
        metavar="REQUESTS",
        help="requests per second, whether or not earlier ones finished (peak of `traffic`)",
    )
    how.add_argument(
        "--concurrency",
        type=at_least_1,
        metavar="REQUESTS",
        help="concurrent requests, each one awaited (8, without `traffic`)",
    )
    load.add_argument(
        "--replicas",
        type=at_least_1,
        metavar="NUMBER",
        help="number of model servers that share the load, if an autoscaler sets it",
    )
    load.add_argument(
        "--record",
        action="store_true",
        help="write the measurements to the stack file, for the next plan",
    )
