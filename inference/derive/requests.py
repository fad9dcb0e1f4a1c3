"""How requests reach a model, and the one that a user can paste into a terminal."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from inference.config.gateway import Routing
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.listeners import scheme
from inference.derive.routes import MODEL_HEADER

_INSIDE = "the endpoint is reachable only from inside the VPC network"


@final
@dataclass(frozen=True, kw_only=True)
class RequestRoute:
    """How requests for one served name find its pool, beyond the name in the body."""

    prefix: str
    """Stands before the API's paths."""
    headers: Mapping[str, str]


def request_route(settings: Settings, model: Model, served_name: str) -> RequestRoute:
    """The route to a base model or to one of its adapters; one model alone needs none."""
    by_path, by_header = settings.routing is Routing.PATH, settings.routing is Routing.HEADER
    return RequestRoute(
        prefix=f"/{model.name}" if by_path else "",
        headers={MODEL_HEADER: served_name} if by_header else {},
    )


def curl(settings: Settings, endpoint: str) -> str:
    """A completion from the first model, with its first objective, as a shell command."""
    line = _completion(settings, shlex.quote(f"{endpoint}{_path(settings)}"))
    return f"{line}  # {_INSIDE}" if settings.gateway.is_internal else line


def curl_by_command(settings: Settings, address_command: str) -> str:
    """The same, where only a command shows the address; `ENDPOINT` goes before it, when set."""
    endpoint = f"${{ENDPOINT:-{scheme(settings.gateway)}://$({address_command})}}"
    return _completion(settings, f'"{endpoint}{_path(settings)}"')


def _path(settings: Settings) -> str:
    model = settings.models[0]
    return f"{request_route(settings, model, model.served_model_name).prefix}/v1/completions"


def _completion(settings: Settings, url: str) -> str:
    """The request; `url` is a word of the shell."""
    model = settings.models[0]
    route = request_route(settings, model, model.served_model_name)
    headers = {"Content-Type": "application/json", **route.headers}
    if model.objectives:
        headers[settings.release.objective_header] = model.objectives[0].name
    body = {"model": model.served_model_name, "prompt": "Why is the sky blue?", "max_tokens": 64}
    arguments = [
        *(part for name, value in headers.items() for part in ("-H", f"{name}: {value}")),
        "-d",
        json.dumps(body),
    ]
    return " ".join(["curl -sS", url, *map(shlex.quote, arguments)])
