"""`inference size`: from what is needed to a stack file, with prices and the reasons against."""

import argparse
import difflib
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, NoReturn, TypeAlias, final

from pydantic import ValidationError

from inference.arguments import Arguments, Commands
from inference.catalog.machines import MACHINES, Capacity
from inference.catalog.models import MODELS
from inference.config import Finding, RefusedError, Severity
from inference.config.section import REGION_PATTERN
from inference.config.stack_file import ROOT
from inference.config.traffic import Traffic
from inference.derive.capacity import Objectives
from inference.derive.sizing import Advice, Option, Request, sizes
from inference.offline.size_views import as_json, show, show_advice, stack_yaml

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


def _refuse(option: str, message: str, fix: str) -> NoReturn:
    raise RefusedError(
        [Finding(id="size.refused", severity=Severity.ERROR, path=option, message=message, fix=fix)]
    )


def _near(word: str, known: Sequence[str]) -> str:
    found = difflib.get_close_matches(word, known, n=3, cutoff=0.3)
    return ", ".join(found or sorted(known))


def _request(arguments: _Size) -> Request:
    """What the command line asks for.

    Raises:
        RefusedError: where it is not known, or out of bounds.

    """
    if arguments.model not in MODELS:
        known = _near(arguments.model, list(MODELS))
        _refuse("--model", f"{arguments.model} is not in the catalog", f"name one of: {known}")
    if arguments.machine is not None and arguments.machine not in MACHINES:
        known = _near(arguments.machine, list(MACHINES))
        _refuse("--machine", f"{arguments.machine} is not in the catalog", f"name one of: {known}")
    if min(arguments.ttft, arguments.itl) <= 0:
        _refuse("--ttft, --itl", "must be above 0 ms", "allow some time")
    try:
        traffic = Traffic.model_validate(
            {
                "requestsPerSecond": arguments.rate,
                "peakFactor": arguments.peak_factor,
                "inputTokens": arguments.input,
                "outputTokens": arguments.output,
                "sharedPrefix": arguments.shared_prefix,
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        _refuse(str(first["loc"][-1]), first["msg"], "see docs/configuration.md, traffic")
    return Request(
        model=arguments.model,
        traffic=traffic,
        wanted=Objectives(first_token=arguments.ttft, inter_token=arguments.itl),
        region=arguments.region,
        machine=arguments.machine,
        capacity=arguments.capacity,
    )


def _write(request: Request, options: Sequence[Option], name: str) -> None:
    if not options:
        _refuse("--write", "no machine serves the request, so there is no stack", "ask for less")
    file = ROOT / f"Pulumi.{name}.yaml"
    if file.exists():
        _refuse("--write", f"{file.name} exists, and would be overwritten", "choose another name")
    try:
        file.write_text(stack_yaml(request, options[0], name), encoding="utf-8")
    except OSError as error:
        _refuse(
            "--write", f"{file.name} cannot be written: {error.strerror}", "choose another name"
        )
    sys.stderr.write(f"{file.name}: inference plan --stack {name}\n")


def _run(given: Arguments) -> int:
    arguments = _Size(**vars(given))
    request = _request(arguments)
    options, rejected = sizes(request)
    advice = arguments.ask(request) if arguments.ask_google else None
    if arguments.json:
        content = as_json(options, rejected)
        if advice is not None:
            content["google"] = asdict(advice)
        json.dump(content, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        show(request, options, rejected)
        if advice is not None:
            show_advice(advice)
    if arguments.write is not None:
        _write(request, options, arguments.write)
    return 0 if advice is None else advice.status


def _refused(_: str, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "options": [],
        "rejected": [],
        "findings": [asdict(finding) for finding in findings],
    }


def _region(text: str) -> str:
    if not re.match(REGION_PATTERN, text):
        message = "must be a region, such as us-central1"
        raise argparse.ArgumentTypeError(message)
    return text


def add_commands(commands: Commands, ask: Ask) -> None:
    """Add `size` to the command line."""
    size = commands.add_parser("size", help="machines and prices for what is to be served")
    size.add_argument("--model", required=True, metavar="REPOSITORY", help="of the catalog")
    size.add_argument("--rate", type=float, required=True, help="requests a second")
    size.add_argument("--input", type=int, required=True, metavar="TOKENS", help="of a prompt")
    size.add_argument("--output", type=int, required=True, metavar="TOKENS", help="of an answer")
    size.add_argument("--ttft", type=float, required=True, metavar="MS", help="p95, first token")
    size.add_argument("--itl", type=float, required=True, metavar="MS", help="p95, between tokens")
    size.add_argument("--shared-prefix", type=float, default=0, metavar="SHARE", help="0 to 1")
    size.add_argument("--peak-factor", type=float, default=1, help="peak over the rate (1)")
    size.add_argument("--region", type=_region, default="us-central1", help="(us-central1)")
    size.add_argument("--machine", help="only this machine type")
    size.add_argument("--capacity", type=Capacity, choices=list(Capacity), help="only this one")
    size.add_argument("--write", metavar="NAME", help="write the cheapest as Pulumi.NAME.yaml")
    size.add_argument(
        "--ask-google", action="store_true", help="set GKE Inference Quickstart's answer beside it"
    )
    size.add_argument("--json", action="store_true", help="print one JSON object")
    size.set_defaults(run=_run, refused=_refused, ask=ask, stack=None, config=None)
