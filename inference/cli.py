"""Plan, size and draw a stack offline; check the account and the running stack online.

Exit status: 0 success (warnings included), 1 an online command found a problem, 2 rejected by the
command line, the configuration or preflight, 3 a service could not be reached, 70 internal error.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from inference.arguments import Arguments, Commands, name_of, origin_of
from inference.config.finding import RefusedError
from inference.derive.sizing import Advice, Request
from inference.findings import INDENT, as_json, refusal
from inference.terminal import Hanging, console, show_json, write_any_text

_REFUSED: Final = 2
_INTERNAL: Final = 70
"""EX_SOFTWARE of sysexits.h."""
_STOPPED: Final = 130
"""What a shell reports of a program that was stopped from the keyboard."""
_TRACEBACK: Final = "INFERENCE_TRACEBACK"
"""Environment variable with which an internal error shows where it comes from."""


EXAMPLES: Final = {
    "plan": "--stack dev",
    "render": "--stack dev --out rendered",
    "graph": "--stack dev --out graph.svg",
    "timeline": "--stack dev --out timeline.svg",
    "report": "--stack prod --against dev --out prod.html",
    "images": "--stack dev",
    "size": "--model Qwen/Qwen3-32B --rate 5 --input 1024 --output 256 --ttft 500 --itl 50",
    "init": "--model Qwen/Qwen3-8B --exposure internal --requests-per-second 5 --stack mine",
    "machines": "--region us-central1",
    "doctor": "--stack dev",
    "smoke": "--stack dev",
    "load": "--stack dev --seconds 60",
    "leftovers": "--stack dev",
    "recover": "--stack dev",
    "prices": "--refresh",
}
"""How each command is typed."""


def _overview(commands: Commands, names: Sequence[str]) -> str:
    """The commands of a group, each with what it is for and an example."""
    helps = {action.dest: action.help for action in commands._choices_actions}  # noqa: SLF001 argparse has no groups of commands
    return "\n".join(
        f"  {name:<11}{helps.get(name)}\n{'':13}inference {name} {EXAMPLES.get(name, '')}".rstrip()
        for name in names
    )


@cache
def parser() -> argparse.ArgumentParser:
    """The parser of every command; it leaves the command itself in `run`."""
    from inference.live.commands import add_commands as add_live  # noqa: PLC0415 see __main__
    from inference.offline.commands import add_commands as add_offline  # noqa: PLC0415 the same
    from inference.offline.images import add_commands as add_images  # noqa: PLC0415 the same
    from inference.offline.init import add_commands as add_init  # noqa: PLC0415 the same
    from inference.offline.machines import add_commands as add_machines  # noqa: PLC0415 the same
    from inference.offline.size import add_commands as add_size  # noqa: PLC0415 the same

    top = argparse.ArgumentParser(
        prog="inference",
        usage="inference COMMAND [--stack NAME | --config FILE] [options]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(
        required=True, prog="inference", metavar="COMMAND", help=argparse.SUPPRESS
    )
    add_offline(commands)
    add_size(commands, _ask_google)
    add_init(commands)
    add_machines(commands)
    add_images(commands)
    offline = list(commands.choices)
    add_live(commands)
    live = [name for name in commands.choices if name not in offline]
    for name, command in commands.choices.items():
        command.epilog = f"example: inference {name} {EXAMPLES.get(name, '')}".rstrip()
    top.epilog = f"""\
offline, without an account, a cluster or the Pulumi CLI:
{_overview(commands, offline)}

online, query the account, Hugging Face or the running stack:
{_overview(commands, live)}

`inference COMMAND --help` shows the options of a command. Tab completion of
commands and options in bash and zsh: eval "$(.venv/bin/register-python-argcomplete inference)\""""
    return top


def _ask_google(request: Request) -> Advice:
    """What GKE Inference Quickstart says of a request for sizes."""
    from inference.live.quickstart import ask  # noqa: PLC0415 only where it is asked

    return ask(request)


def _refuse(arguments: Arguments, error: RefusedError) -> int:
    if arguments.json:
        stack = name_of(arguments)
        named = {"stack": stack} if "stack" in arguments.refused else {}
        findings = [as_json(finding, stack) for finding in error.findings]
        show_json({**arguments.refused, **named, "findings": findings})
    stderr = console(stderr=True)
    for line in refusal(error, origin_of(arguments)):
        # In a pipe a line that is broken could not be searched.
        stderr.print(line if line.no_wrap else Hanging(line, INDENT), soft_wrap=True)
    return _REFUSED


def _internal(error: Exception) -> int:
    # Its message may hold anything, a token too; the place says enough for a report.
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    if os.environ.get(_TRACEBACK):
        traceback.print_exception(error)
    sys.stderr.write(
        f"internal error: {type(error).__name__} at {place}. Please report it, with "
        f"what the same command prints after `export {_TRACEBACK}=1`\n"
    )
    return _INTERNAL


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    write_any_text()
    commands = parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete  # noqa: PLC0415 only where a shell asks

        argcomplete.autocomplete(commands)
    parsed = commands.parse_args(arguments, Arguments())
    try:
        status = parsed.run(parsed)
        sys.stdout.flush()
    except RefusedError as error:
        return _refuse(parsed, error)
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return _STOPPED
    except Exception as error:  # noqa: BLE001 what is left is an error of the program, and said to be one
        return _internal(error)
    return status
