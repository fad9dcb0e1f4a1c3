"""What the endpoint lets in."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from inference.catalog.facts import PATH_ROUTING, VLLM_ROUTERS
from inference.catalog.sglang import MANAGEMENT_CALLS, SGLANG_SOURCE
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import set_command
from inference.config.gateway import OPENAI_PATHS, Path, PathMatch, Routing
from inference.preflight.registry import Check

MANAGEMENT: Final = Check(
    id="surface.management-paths",
    severity=Severity.WARNING,
    cause="A path of the endpoint also matches management calls of the model servers.",
    consequence="Anyone who reaches the endpoint can load and unload adapters, or read metrics. "
    "With SGLang they can also replace weights, pause generation and free the GPU's memory.",
    fix="List the API's paths only; without `gateway.paths` they are the OpenAI API.",
    source=VLLM_ROUTERS,
    also=(SGLANG_SOURCE,),
)
PATHS: Final = Check(
    id="surface.path-routing",
    severity=Severity.WARNING,
    cause="Models are told apart by path, which needs URL rewriting before an InferencePool.",
    consequence="GKE may not accept the routes, or requests may not arrive. It rewrites prefixes "
    "alone, so that its routes also let in what is below a path of the API.",
    fix="Use routing: header, or try a request for each model before relying on it.",
    source=PATH_ROUTING,
)
CHECKS: Final = (MANAGEMENT, PATHS)

_MOST_NAMED: Final = 6
"""Calls that one message names."""
_MANAGEMENT_CALLS: Final = (
    "/v1/load_lora_adapter",
    "/v1/unload_lora_adapter",
    "/metrics",
    "/tokenize",
    "/version",
    "/load",
)


def _opens(path: Path, calls: Iterable[str]) -> list[str]:
    """Management calls that a path lets in."""
    prefix = path.path.rstrip("/")
    return [
        call
        for call in calls
        if call == path.path
        or (path.match is PathMatch.PREFIX and (not prefix or f"{call}/".startswith(f"{prefix}/")))
    ]


def _named(calls: Sequence[str]) -> str:
    more = len(calls) - _MOST_NAMED
    return ", ".join(calls[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about paths and routing."""
    sglang = any(model.engine is Engine.SGLANG for model in settings.models)
    calls = (*_MANAGEMENT_CALLS, *(MANAGEMENT_CALLS if sglang else ()))
    for index, path in enumerate(settings.gateway.paths):
        opened = _opens(path, calls) if path not in OPENAI_PATHS else []
        if opened:
            yield MANAGEMENT.finding(
                f"gateway.paths[{index}]",
                f"{path.path} lets callers reach {_named(opened)}: anyone who reaches the "
                "endpoint can use them",
                "list the API's paths only; without `gateway.paths` they are the OpenAI API",
            )
    if settings.routing is Routing.PATH:
        yield PATHS.finding(
            "gateway.routing",
            "rewriting the path in front of an InferencePool was not tried on GKE, which rewrites "
            "prefixes alone: /v1/completions/… is let in with /v1/completions"
            if settings.gateway.is_gke
            else "rewriting the path in front of an InferencePool was not tried with class "
            f"{settings.gateway.class_name}",
            set_command("gateway.routing", "header"),
        )
