"""What the endpoint lets in."""

from collections.abc import Iterator

from config import Finding, Settings, Severity
from config.gateway import OPENAI_PATHS, Path, PathMatch, Routing

_MANAGEMENT = (
    "/v1/load_lora_adapter",
    "/v1/unload_lora_adapter",
    "/metrics",
    "/tokenize",
    "/version",
    "/load",
)


def _opens(path: Path) -> list[str]:
    """Management calls of vLLM that a path lets in."""
    prefix = path.path.rstrip("/")
    return [
        call
        for call in _MANAGEMENT
        if call == path.path
        or (path.match is PathMatch.PREFIX and (not prefix or f"{call}/".startswith(f"{prefix}/")))
    ]


def findings(settings: Settings) -> Iterator[Finding]:
    """Warnings about paths that reach management calls, and about routing not tried on GKE."""
    for index, path in enumerate(settings.gateway.paths):
        opened = _opens(path) if path not in OPENAI_PATHS else []
        if opened:
            yield Finding(
                id="surface.management-paths",
                severity=Severity.WARNING,
                path=f"gateway.paths[{index}]",
                message=f"{path.path} lets callers reach {', '.join(opened)}: anyone who reaches "
                "the endpoint can use them",
                fix="list the API's paths only; without `gateway.paths` they are the OpenAI API",
            )
    if len(settings.models) > 1 and settings.gateway.routing is Routing.PATH:
        yield Finding(
            id="surface.path-routing",
            severity=Severity.WARNING,
            path="gateway.routing",
            message="rewriting the path in front of an InferencePool was not tried on GKE",
            fix="use routing: header, or try a request for each model before relying on it",
        )
