"""The request that a user can paste into a terminal."""

import json
import shlex

from config.gateway import Routing
from config.settings import Settings
from derive.routes import MODEL_HEADER

_INSIDE = "the endpoint answers only inside the VPC network"


def curl(settings: Settings, endpoint: str) -> str:
    """A completion from the first model, with its first objective, as a shell command."""
    model = settings.models[0]
    headers = {"Content-Type": "application/json"}
    by_path = settings.routing is Routing.PATH
    if settings.routing is Routing.HEADER:
        headers[MODEL_HEADER] = model.served_model_name
    if model.objectives:
        headers[settings.release.objective_header] = model.objectives[0].name
    body = {"model": model.served_model_name, "prompt": "Why is the sky blue?", "max_tokens": 64}
    prefix = f"/{model.name}" if by_path else ""
    arguments = [
        "curl",
        "-sS",
        f"{endpoint}{prefix}/v1/completions",
        *(part for name, value in headers.items() for part in ("-H", f"{name}: {value}")),
        "-d",
        json.dumps(body),
    ]
    line = " ".join(shlex.quote(argument) for argument in arguments)
    return f"{line}  # {_INSIDE}" if settings.gateway.is_internal else line
