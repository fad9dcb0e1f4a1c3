"""The command `inference`: plans and draws a stack offline, and asks the account and what runs.

Exit status: 0 fine (warnings included), 1 a problem found by a command that asks a service,
2 refused by the command line, the configuration or preflight, 3 a service could not be reached,
70 an internal error.
"""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final

from inference.arguments import Arguments, name_of
from inference.config.finding import RefusedError
from inference.derive.sizing import Advice, Request

_REFUSED: Final = 2
_INTERNAL: Final = 70
"""EX_SOFTWARE of sysexits.h."""
_STOPPED: Final = 130
"""What a shell reports of a program that was stopped from the keyboard."""


def parser() -> argparse.ArgumentParser:
    """The parser of every command; it leaves the command itself in `run`."""
    from inference.live.commands import add_commands as add_live  # noqa: PLC0415 see __main__
    from inference.offline.commands import add_commands as add_offline  # noqa: PLC0415 the same
    from inference.offline.size import add_commands as add_size  # noqa: PLC0415 the same

    top = argparse.ArgumentParser(
        prog="inference",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    add_offline(commands)
    add_size(commands, _ask_google)
    add_live(commands)
    return top


def _ask_google(request: Request) -> Advice:
    """What GKE Inference Quickstart says of a request for sizes."""
    from inference.live.quickstart import ask  # noqa: PLC0415 only where it is asked

    return ask(request)


def _refuse(arguments: Arguments, error: RefusedError) -> int:
    if arguments.json:
        json.dump(arguments.refused(name_of(arguments), error.findings), sys.stdout, indent=2)
        sys.stdout.write("\n")
    sys.stderr.write(f"{error}\n")
    return _REFUSED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    parsed = parser().parse_args(arguments, Arguments())
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
    except Exception:  # noqa: BLE001 what is left is a fault of the program, and said to be one
        traceback.print_exc()
        sys.stderr.write("internal error: please report it with the lines above\n")
        return _INTERNAL
    return status
