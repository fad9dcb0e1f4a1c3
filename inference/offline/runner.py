"""Runs a program with a monitor that records, in place of an engine."""

import asyncio
import runpy
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast, final

import pulumi
from pulumi.runtime import resource
from pulumi.runtime import settings as runtime_settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.stack import run_in_stack

from inference.config import Configuration, Finding, Settings
from inference.config.execution import offline
from inference.config.stack_file import ROOT, StackFile
from inference.offline.recorder import Recording, record_into

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(kw_only=True)
class Run(Recording):
    """What a run of this project's program gave."""

    findings: Sequence[Finding]
    settings: Settings


@final
class _InlineExecutor(ThreadPoolExecutor):
    """Runs a call at once: the monitor never blocks, and the order stays that of the program."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 the future carries it to whoever awaits
            future.set_exception(error)
        return future


def run_program(stack: StackFile, program: Path = ROOT / "__main__.py") -> Run:
    """Run the program for a stack, in preview, and return what it registered.

    Raises:
        RefusedError: when the configuration or preflight refuses the stack.
    """
    result: dict[str, Any] = {}

    def main() -> None:
        result.update(runpy.run_path(str(program), run_name="__main__"))

    with offline():
        recording = record(stack, main)
    return Run(
        **vars(recording),
        # The program's own names: what it found and what it was built from.
        findings=cast("list[Finding]", result["findings"]),
        settings=cast("Configuration", result["configuration"]).settings,
    )


def record(stack: StackFile, main: Callable[[], None]) -> Recording:
    """Run `main` as a Pulumi program, in preview, and return what it registered.

    In the order in which the program makes it: that in which registrations arrive depends on sets
    within Pulumi's SDK, and differs from run to run.
    """
    recording = Recording(stack=stack.name)
    made: dict[tuple[str, str], int] = {}

    def note(one: pulumi.ResourceTransformationArgs) -> None:
        made.setdefault((one.type_, one.name), len(made))

    def program() -> None:
        pulumi.runtime.register_stack_transformation(note)
        main()

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(_InlineExecutor())
    runtime_settings.reset_options()
    # Where in the code a resource is made is for an engine to show, and takes a sixth of a run.
    trace, resource._get_stack_trace = resource._get_stack_trace, source_pb2.StackTrace  # noqa: SLF001 no option
    try:
        record_into(recording)
        set_all_config(dict(stack.config), list(stack.secret_keys))
        runtime_settings.set_root_resource(None)  # pyrefly: ignore[bad-argument-type] none of an earlier run
        loop.run_until_complete(run_in_stack(program))
    finally:
        resource._get_stack_trace = trace  # noqa: SLF001
        loop.close()
        asyncio.set_event_loop(None)
    recording.resources.sort(key=lambda one: made.get((one.type, one.name), -1))
    return recording
