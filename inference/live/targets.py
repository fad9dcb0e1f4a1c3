"""What of a running stack is asked: its endpoint, and every name that it serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.config.finding import refuse
from inference.config.models import Model
from inference.config.settings import Settings
from inference.config.stack_file import StackFile
from inference.derive.listeners import scheme
from inference.derive.names import server_labels
from inference.derive.requests import request_route
from inference.live.existing_gateway import gateway_address
from inference.live.kubectl import kubectl_of
from inference.live.programs import ProgramError, run
from inference.live.report import Line, problem
from inference.live.session import Deadline

_NAME_URL: Final = "pass the endpoint with --url"


@final
@dataclass(frozen=True, kw_only=True)
class Target:
    """A base model or an adapter, and where it answers."""

    name: str
    """As requests give it in `model`."""
    url: str
    """The API's base, up to and with /v1."""
    headers: Mapping[str, str]
    objectives: tuple[str, ...]
    refuses_unknown: bool
    """Whether its server refuses a model that it does not serve."""
    fix: str
    """What shows why it does not answer."""


@final
class _Outputs(BaseModel):
    """Outputs of the stack, as `pulumi stack output --json` gives them; secrets are left out."""

    model_config = ConfigDict(frozen=True)

    endpoint: str = ""
    served: tuple[str, ...] = Field(default=(), alias="servedModels")
    command: str = Field(default="", alias="gatewayAddressCommand")


@final
@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where the stack answers, and what is odd about that."""

    url: str
    lines: Sequence[Line] = ()


def _outputs(stack: StackFile) -> _Outputs:
    arguments = ["stack", "output", "--json", "--stack", stack.name, "--non-interactive"]
    try:
        text = run("pulumi", arguments, _NAME_URL)
    except ProgramError as error:
        missing = "" if error.fix == _NAME_URL else f"{error.fix}, or "
        refuse("live.no-outputs", "", str(error), missing + _NAME_URL)
    try:
        return _Outputs.model_validate_json(text)
    except ValidationError:
        refuse("live.no-outputs", "", "the stack's outputs cannot be read", _NAME_URL)


def _given(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        refuse(
            "live.bad-url",
            "--url",
            f"{url} is not the URL of an HTTP server",
            "write it like --url http://203.0.113.7",
        )
    return url.rstrip("/").removesuffix("/v1")


def _address(settings: Settings, deadline: Deadline) -> str:
    """URL of another team's Gateway by the address that it has now; "" where it is not known."""
    existing = settings.gateway.existing
    if existing is None or settings.cluster.is_created:
        return ""
    address = gateway_address(existing, kubectl_of(settings, deadline))
    return f"{scheme(settings.gateway)}://{address}" if address else ""


def find_endpoint(
    stack: StackFile, settings: Settings, url: str | None, deadline: Deadline
) -> Endpoint:
    """The endpoint that is given, or that of the stack's outputs.

    Raises:
        RefusedError: when there is none.
        ServiceError: when the cluster does not tell the address of another team's Gateway.
    """
    if url is not None:
        return Endpoint(url=_given(url))
    outputs = _outputs(stack)
    found = outputs.endpoint or (outputs.command and _address(settings, deadline))
    if not found:
        fix = f"pulumi up --stack {stack.name}, or {_NAME_URL}"
        refuse(
            "live.no-endpoint",
            "",
            f"stack {stack.name} has no output `endpoint`: it is not up, or not on GKE",
            f"{fix}; to get its address: {outputs.command}" if outputs.command else fix,
        )
    wanted = settings.served_names
    lines: list[Line] = []
    if set(outputs.served) != set(wanted):
        message = (
            f"the stack serves {', '.join(outputs.served)}, but its file has {', '.join(wanted)}"
        )
        lines.append(problem("served models", message, f"pulumi up --stack {stack.name}"))
    return Endpoint(url=_given(found), lines=lines)


def _target(settings: Settings, model: Model, name: str, endpoint: str) -> Target:
    route = request_route(settings, model, name)
    labels = ",".join(f"{key}={value}" for key, value in server_labels(model.name).items())
    return Target(
        name=name,
        url=f"{endpoint}{route.prefix}/v1",
        headers=route.headers,
        objectives=tuple(objective.name for objective in model.objectives),
        refuses_unknown=model.engine.refuses_unknown_models,
        fix=f"kubectl get pods --namespace {settings.namespace} --selector {labels}; then kubectl "
        f"logs deployment/{model.name} --namespace {settings.namespace} --all-containers",
    )


def all_targets(settings: Settings, endpoint: str) -> list[Target]:
    """Every base model, each followed by its adapters.

    One target for each name: several models may answer to one, and none can be told apart.
    """
    found: dict[str, Target] = {}
    for model in settings.models:
        for name in model.served_names:
            found.setdefault(name, _target(settings, model, name, endpoint))
    return list(found.values())
