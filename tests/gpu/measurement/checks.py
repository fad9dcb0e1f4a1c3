"""What a started server answers: names, paths and metrics."""

from collections.abc import Iterable
from typing import Any, Final

from measurement.calls import call, completion, metric_names, models
from measurement.server import Server

_READ: Final = ("/health", "/metrics", "/v1/models", "/version", "/ping", "/load")
_UNKNOWN: Final = "no-such-model"


def _statuses(server: Server) -> dict[str, int]:
    name, url = server.rendered.served_name, server.url
    bodies: dict[str, object] = {
        "/v1/completions": {"model": name, "prompt": "Why?", "max_tokens": 4},
        "/v1/chat/completions": {
            "model": name,
            "messages": [{"role": "user", "content": "Why?"}],
            "max_tokens": 4,
        },
        "/v1/responses": {"model": name, "input": "Why?", "max_output_tokens": 4},
        "/v1/embeddings": {"model": name, "input": "Why?"},
    }
    read = {path: call(f"{url}{path}").status for path in _READ}
    return read | {path: call(f"{url}{path}", body).status for path, body in bodies.items()}


def answers(server: Server, names: Iterable[str]) -> dict[str, int]:
    """Status of a short completion by each name."""
    return {name: completion(server.url, name, 8).status for name in names}


def run(server: Server, metrics: Iterable[str]) -> dict[str, Any]:
    """Names served, status by path, and which of `metrics` are not exported."""
    found = metric_names(call(f"{server.url}/metrics").text)
    version: Any = call(f"{server.url}/version").content
    return {
        "version": version["version"] if version else None,
        "served": models(server.url),
        "paths": _statuses(server),
        "unknownModel": completion(server.url, _UNKNOWN, 4).status,
        "metricsMissing": sorted(
            name
            for name in metrics
            if not {name, f"{name}_bucket", name.removesuffix("_total")} & found
        ),
        "metricsExported": sorted(name for name in found if name.startswith("vllm:")),
    }
