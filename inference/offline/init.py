"""`inference init`: four answers, and from them a stack file that `inference plan` accepts."""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

from rich.console import Group
from rich.text import Text

from inference.arguments import COMMAND, Arguments, Commands, new_stack
from inference.catalog.machines import GPU, ZONES, Capacity
from inference.catalog.models import MODELS
from inference.catalog.places import REGIONS
from inference.config import RefusedError
from inference.config.finding import refuse
from inference.config.patterns import HOSTNAME_PATTERN
from inference.derive.computed_rates import Objectives
from inference.derive.sizing import Option, Request, sizes
from inference.findings import INDENT
from inference.offline.money import WORDS, dollars
from inference.offline.size import (
    INTERNAL,
    known_or_refused,
    next_steps,
    traffic_of,
    unwritten,
    write_stack,
)
from inference.terminal import Hanging, console, show

_ID: Final = "init.refused"
_refuse: Final = partial(refuse, _ID)
_FIRST_TOKEN_MS: Final = 1000
_INTER_TOKEN_MS: Final = 100
"""Objectives that a reader of a chat is content with; the stack file has them to be edited."""
_MOST_A_SECOND: Final = 1_000_000
_NAMED: Final = 5
"""Regions that a refusal names."""
_INTERNAL: Final = "internal"
_PUBLIC: Final = "public"


@final
class _Init(Arguments):
    model: str | None
    region: str | None
    exposure: str | None
    requests_per_second: str | None
    force: bool


def _model(text: str) -> str:
    return known_or_refused(_ID, "--model", text, MODELS)


def _region(text: str) -> str:
    known_or_refused(_ID, "--region", text, REGIONS)
    machines = Counter(zone[:-2] for zones in ZONES.values() for zone in zones)
    if text not in machines:
        most = ", ".join(region for region, _ in machines.most_common(_NAMED))
        _refuse("--region", f"no GPU machine is known in {text}", f"choose another, such as {most}")
    return text


def _exposure(text: str) -> str:
    if text not in {_INTERNAL, _PUBLIC} and not ("." in text and re.match(HOSTNAME_PATTERN, text)):
        _refuse("--exposure", f"{text} is not valid", "use internal, public or a host name")
    return text


def _rate(text: str) -> str:
    try:
        possible = 0 < float(text) <= _MOST_A_SECOND
    except ValueError:
        possible = False
    if not possible:
        _refuse("--requests-per-second", f"{text} is not a number above 0", "enter one, such as 5")
    return text


@final
@dataclass(frozen=True, kw_only=True)
class _Question:
    text: str
    default: str
    parse: Callable[[str], str]


_QUESTIONS: Final[Mapping[str, _Question]] = {
    "model": _Question(
        text="Which model? A repository on Hugging Face", default="Qwen/Qwen3-8B", parse=_model
    ),
    "region": _Question(text="In which region?", default="us-central1", parse=_region),
    "exposure": _Question(
        text="Who calls it? `internal`: the VPC; `public`: everyone, over plain HTTP, for a "
        "trial; or your host name, over HTTPS",
        default=_INTERNAL,
        parse=_exposure,
    ),
    "requests_per_second": _Question(
        text="How many requests per second, on average?", default="5", parse=_rate
    ),
}


def _answer(name: str, given: str | None) -> str:
    """The option's value, or what is typed; asked again until it is one that there is.

    Raises:
        RefusedError: for an option that there is not, and without a person to ask.
    """
    question = _QUESTIONS[name]
    if given is not None:
        return question.parse(given)
    option = f"--{name.replace('_', '-')}"
    if not sys.stdin.isatty():
        _refuse(
            option, "is not set, and there is no terminal to ask on", f"{option} {question.default}"
        )
    while True:
        sys.stderr.write(f"{question.text} [{question.default}] ")
        sys.stderr.flush()
        try:
            return question.parse(sys.stdin.readline().strip() or question.default)
        except RefusedError as error:
            sys.stderr.writelines(f"  {each.message}: {each.fix}\n" for each in error.findings)


def _gateway(exposure: str) -> Mapping[str, Any]:
    if exposure == _PUBLIC:
        return {}
    if exposure == _INTERNAL:
        return INTERNAL
    return {"gateway": {"hostnames": [exposure], "tls": {}}}


def _best(request: Request) -> Option:
    """The cheapest that stays: no reservation that must exist, no nodes that end after a week.

    On GPUs that the region is known to have: what TPUs serve is computed as for GPUs, and was
    measured nowhere.
    """
    options, rejected = sizes(request)
    lasting = {Capacity.SPOT, Capacity.ON_DEMAND}
    found = next(
        (
            option
            for option in options
            if option.capacity in lasting
            and option.machine.accelerator.kind is GPU
            and option.machine.name in ZONES
        ),
        None,
    )
    if found is None:
        reasons = "; ".join(f"{one.machine}: {one.reason}" for one in rejected[:1])
        _refuse(
            "--region",
            f"no machine type in {request.region} can serve {request.model} like this, such as "
            f"{reasons}",
            "choose another region or fewer requests, or see: "
            f"{COMMAND} machines --region {request.region}",
        )
    return found


def _run(given: Arguments) -> int:
    arguments = _Init(**vars(given))
    answers = {name: _answer(name, getattr(arguments, name)) for name in _QUESTIONS}
    request = Request(
        model=answers["model"],
        traffic=traffic_of({"requestsPerSecond": float(answers["requests_per_second"])}),
        wanted=Objectives(first_token=_FIRST_TOKEN_MS, inter_token=_INTER_TOKEN_MS),
        region=answers["region"],
    )
    option = _best(request)
    name = arguments.stack or "mine"
    try:
        file = write_stack(
            request, option, name, _gateway(answers["exposure"]), force=arguments.force
        )
    except OSError as error:
        _refuse("--stack", unwritten(error, name), "choose another name, or pass --force")
    gpus = f"{option.gpus} × {option.machine.accelerator.name}"
    monthly = option.cost.monthly
    price = dollars(monthly) if monthly is None else f"{dollars(monthly)} per month"
    traffic, wanted = request.traffic, request.wanted
    made = (
        f"{file}: {option.replicas} × {request.model}, each on {gpus}, {WORDS[option.capacity]}, "
        f"serving up to {option.requests_per_second:.3g} requests per second; {price}"
    )
    assumed = (
        f"assumed: prompts of {traffic.input_tokens} tokens, responses of {traffic.output_tokens}, "
        f"a peak of {traffic.peak_factor:g} × the average, p95 {wanted.first_token} ms to the "
        f"first token and {wanted.inter_token} ms between tokens. To compare others:"
    )
    show(Group(*(Hanging(Text(text), INDENT) for text in (made, assumed))), console())
    # Commands are not broken, so that each can be copied.
    sys.stdout.write(
        f"      {COMMAND} size --model {request.model} --region {request.region} "
        f"--rate {traffic.requests_per_second:g} --peak-factor {traffic.peak_factor:g} "
        f"--input {traffic.input_tokens} --output {traffic.output_tokens} "
        f"--ttft {wanted.first_token} --itl {wanted.inter_token}\n"
        f"{next_steps(request.model, name)}"
    )
    return 0


def add_commands(commands: Commands) -> None:
    """Add `init` to the command line."""
    init = commands.add_parser(
        "init",
        help="answer four questions, get a stack file",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, question in _QUESTIONS.items():
        init.add_argument(f"--{name.replace('_', '-')}", help=question.text)
    init.add_argument(
        "--stack", metavar="NAME", type=new_stack, help="write Pulumi.NAME.yaml (mine)"
    )
    init.add_argument("--force", action="store_true", help="overwrite an existing file")
    init.set_defaults(run=_run, config=None)
