"""`inference size`: from what is needed to a stack file, with prices and the reasons against."""

import difflib
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Final, TypeAlias, final

from pydantic import ValidationError
from rich.console import Group

from inference.arguments import COMMAND, Arguments, Commands, new_stack, select_command
from inference.catalog.gcp import INTERNAL_CLASS
from inference.catalog.machines import MACHINES, Capacity
from inference.catalog.models import MODELS
from inference.catalog.places import REGIONS
from inference.config.finding import TOKEN_COMMAND, refuse
from inference.config.stack_file import ROOT
from inference.config.traffic import Traffic
from inference.derive.computed_rates import Objectives
from inference.derive.sizing import Advice, Option, Request, sizes
from inference.offline.size_views import as_json, shown, shown_advice, stack_yaml
from inference.terminal import console, show, show_json

Ask: TypeAlias = Callable[[Request], Advice]
"""Asks Google the same; the command line brings it, as nothing here asks a service."""


@final
class _Size(Arguments):
    model: str
    rate: float
    input: int
    output: int
    ttft: float
    itl: float
    shared_prefix: float
    peak_factor: float
    region: str
    machine: str | None
    capacity: Capacity | None
    write: str | None
    ask_google: bool
    ask: Ask


_ID: Final = "size.refused"
_refuse: Final = partial(refuse, _ID)
_PEAK: Final[float] = Traffic.model_fields["peak_factor"].default
INTERNAL: Final[Mapping[str, Any]] = {"gateway": {"className": INTERNAL_CLASS}}
"""The Gateway of a stack that nobody said anything of: inside the VPC alone."""


def known_or_refused(identifier: str, option: str, word: str, names: Collection[str]) -> str:
    """A word that is among some names.

    Raises:
        RefusedError: where it is not, with the names most like it; all where none is.
    """
    if word not in names:
        found = difflib.get_close_matches(word, names, n=3, cutoff=0.3) or sorted(names)
        refuse(
            identifier,
            option,
            f"{word} is not in the catalog",
            f"choose one of: {', '.join(found)}",
        )
    return word


def traffic_of(values: Mapping[str, Any]) -> Traffic:
    """The section of a stack.

    Raises:
        RefusedError: where a value is out of bounds.
    """
    try:
        return Traffic.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        _refuse(str(first["loc"][-1]), first["msg"], "see docs/configuration.md, traffic")


def _request(arguments: _Size) -> Request:
    """What the command line asks for.

    Raises:
        RefusedError: where it is not known, or out of bounds.
    """
    known_or_refused(_ID, "--model", arguments.model, MODELS)
    if arguments.machine is not None:
        known_or_refused(_ID, "--machine", arguments.machine, MACHINES)
    known_or_refused(_ID, "--region", arguments.region, REGIONS)
    if min(arguments.ttft, arguments.itl) <= 0:
        _refuse("--ttft, --itl", "must be above 0 ms", "set a positive time")
    traffic = traffic_of(
        {
            "requestsPerSecond": arguments.rate,
            "peakFactor": arguments.peak_factor,
            "inputTokens": arguments.input,
            "outputTokens": arguments.output,
            "sharedPrefix": arguments.shared_prefix,
        }
    )
    attention = MODELS[arguments.model].attention
    if attention is not None and arguments.input + arguments.output > attention.context:
        _refuse(
            "--input, --output",
            f"{arguments.input + arguments.output} tokens are longer than the context of "
            f"{arguments.model}, {attention.context}: its server answers 400 to such requests",
            "set shorter lengths, or choose a model with a longer context",
        )
    return Request(
        model=arguments.model,
        traffic=traffic,
        wanted=Objectives(first_token=arguments.ttft, inter_token=arguments.itl),
        region=arguments.region,
        machine=arguments.machine,
        capacity=arguments.capacity,
    )


def write_stack(
    request: Request,
    option: Option,
    name: str,
    more: Mapping[str, Any],
    *,
    force: bool = False,
) -> str:
    """Write Pulumi.NAME.yaml, with `more` sections, and return its name.

    Raises:
        OSError: where it cannot be written, as it exists and `force` is not given, for one.
    """
    file = ROOT / f"Pulumi.{name}.yaml"
    with file.open("w" if force else "x", encoding="utf-8") as written:
        written.write(stack_yaml(request, option, name, more))
    return file.name


def next_steps(model: str, name: str) -> str:
    """The commands from the file to the stack, each in a line that can be copied."""
    commands = [
        f"{COMMAND} plan --stack {name}",
        select_command(name),
        "pulumi config set gcp:project PROJECT_ID",
        *([TOKEN_COMMAND] if MODELS[model].gated else []),
        "pulumi up",
    ]
    return "next  " + "\n      ".join(commands) + "\n"


def unwritten(error: OSError, name: str) -> str:
    """Why a stack file was not written."""
    if isinstance(error, FileExistsError):
        return f"Pulumi.{name}.yaml exists, and would be overwritten"
    return f"Pulumi.{name}.yaml cannot be written: {error.strerror}"


def _run(given: Arguments) -> int:
    arguments = _Size(**vars(given))
    request = _request(arguments)
    options, rejected = sizes(request)
    advice = arguments.ask(request) if arguments.ask_google else None
    if arguments.json:
        content = as_json(options, rejected)
        if advice is not None:
            content["google"] = asdict(advice)
        show_json(content)
    else:
        parts = [*shown(request, options, rejected)]
        parts += shown_advice(advice) if advice is not None else ()
        show(Group(*parts), console())
    if arguments.write is not None:
        if not options:
            _refuse(
                "--write", "no machine type can serve this, so there is no stack", "ask for less"
            )
        try:
            file = write_stack(request, options[0], arguments.write, INTERNAL)
        except OSError as error:
            _refuse("--write", unwritten(error, arguments.write), "choose another name")
        sys.stderr.write(f"{file}\n" + next_steps(request.model, arguments.write))
    return 0 if advice is None else advice.status


def add_commands(commands: Commands, ask: Ask) -> None:
    """Add `size` to the command line."""
    size = commands.add_parser("size", help="size the machines for a model and load, with prices")
    size.add_argument("--model", required=True, metavar="REPOSITORY", help="from the catalog")
    size.add_argument("--rate", type=float, required=True, help="requests per second")
    size.add_argument("--input", type=int, required=True, metavar="TOKENS", help="per prompt")
    size.add_argument("--output", type=int, required=True, metavar="TOKENS", help="per response")
    size.add_argument("--ttft", type=float, required=True, metavar="MS", help="p95 to first token")
    size.add_argument("--itl", type=float, required=True, metavar="MS", help="p95 between tokens")
    size.add_argument("--shared-prefix", type=float, default=0, metavar="SHARE", help="0 to 1")
    size.add_argument(
        "--peak-factor", type=float, default=_PEAK, help=f"peak to average rate ({_PEAK})"
    )
    size.add_argument("--region", default="us-central1", help="(us-central1)")
    size.add_argument("--machine", help="only this machine type")
    size.add_argument("--capacity", type=Capacity, choices=list(Capacity), help="only this type")
    size.add_argument(
        "--write",
        metavar="NAME",
        type=new_stack,
        help="write the cheapest, called from the VPC, as Pulumi.NAME.yaml",
    )
    size.add_argument(
        "--ask-google", action="store_true", help="compare with GKE Inference Quickstart"
    )
    size.add_argument("--json", action="store_true", help="print one JSON object")
    size.set_defaults(
        run=_run, refused={"options": [], "rejected": []}, ask=ask, stack=None, config=None
    )
