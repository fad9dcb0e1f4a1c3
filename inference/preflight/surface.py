"""What the endpoint lets in, and by what it tells models apart."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from inference.catalog.body_routing import BODY_ROUTER_SOURCE
from inference.catalog.facts import PATH_ROUTING, VLLM_ROUTERS
from inference.catalog.releases import RELEASES
from inference.catalog.sglang import MANAGEMENT_CALLS, SGLANG_SOURCE
from inference.catalog.vllm_calls import CHANGING_CALLS, PICKER_PARSERS, TELLING_CALLS, UNPARSED
from inference.config import Finding, Settings
from inference.config.engine import Engine
from inference.config.finding import Fix, edit, set_command
from inference.config.gateway import OPENAI_PATHS, ChartProvider, Path, PathMatch, Routing
from inference.preflight.registry import error, info, warning

MANAGEMENT_PATHS: Final = warning(
    id="surface.management-paths",
    cause="A path of the endpoint also matches the model servers' management calls.",
    consequence="Anyone who reaches the endpoint can load and unload adapters, or read metrics. "
    "With SGLang they can also replace weights, pause generation and free the GPU's memory.",
    fix="List only the API's paths; the default of `gateway.paths` is the OpenAI API.",
    source=VLLM_ROUTERS,
    also=(SGLANG_SOURCE,),
)
CHANGES_SERVERS: Final = error(
    id="surface.changes-servers",
    cause="`gateway.paths` exposes a call that can change, pause or stop a model server, or "
    "bypass its API.",
    consequence="Anyone who reaches the endpoint can stop it for everyone.",
    fix="Remove the path; inside the cluster, the call works at the Pod's address.",
    source=VLLM_ROUTERS,
    also=(SGLANG_SOURCE,),
)
PATH_UNKNOWN_TO_PICKER: Final = error(
    id="surface.path-unknown-to-picker",
    cause="`gateway.paths` has an API path whose requests the release's picker cannot parse.",
    consequence="The picker answers 400 to each of them.",
    fix="Remove the path, or choose a release whose picker parses it.",
    source=PICKER_PARSERS,
)
SURFACE_PATH_ROUTING: Final = warning(
    id="surface.path-routing",
    cause="Requests are routed by path, which needs URL rewriting in front of an InferencePool.",
    consequence="GKE may reject the routes, or requests may not arrive. It rewrites only "
    "prefixes, so its routes also admit subpaths of the API's paths.",
    fix="Use `routing: header`, or test a request to each model before relying on it.",
    source=PATH_ROUTING,
)

TRAFFIC_BODY_ROUTER_UNATTACHED: Final = error(
    id="traffic.body-router-unattached",
    cause="Routing by body is set with a Gateway class that the chart has no objects for.",
    consequence="Nothing sets the header that routes requests: they are answered 404.",
    fix="Use `routing: header`, or a GKE or Istio class.",
    source=BODY_ROUTER_SOURCE,
)
TRAFFIC_NO_DEFAULT_MODEL: Final = info(
    id="traffic.no-default-model",
    cause="With routing by body, a request without a body, such as GET /v1/models, specifies no "
    "model.",
    consequence="It is answered 404.",
    fix="Set `gateway.defaultModel` to the model that answers it.",
    source=BODY_ROUTER_SOURCE,
)

_MOST_NAMED: Final = 6
"""Calls that one message names."""


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


def _below(path: str, known: str) -> bool:
    return path == known or path.startswith(f"{known}/")


def _without(index: int, settings: Settings) -> Fix:
    """Take out a path; without any, those of the OpenAI API hold."""
    alone = len(settings.gateway.paths) == 1
    return edit({"gateway.paths" if alone else f"gateway.paths[{index}]": None})


def _picker(index: int, path: Path, settings: Settings) -> Iterator[Finding]:
    api = {known for release in RELEASES.values() for known in release.parsed_paths}
    name = path.path.rstrip("/")
    known = next((one for one in sorted({*api, *UNPARSED}) if _below(name, one)), None)
    if known is None or any(_below(name, one) for one in settings.release.parsed_paths):
        return
    key = f"gateway.paths[{index}]"
    able = [one.name for one in RELEASES.values() if known in one.parsed_paths]
    yield PATH_UNKNOWN_TO_PICKER.finding(
        key,
        f"the picker of {settings.release.name} cannot parse requests to {path.path}, and would "
        "answer 400 to each",
        set_command("gatewayRelease", able[0]) + ", or " + _without(index, settings)
        if able
        else _without(index, settings) + ": no release's picker parses it",
    )


def _body_router(settings: Settings) -> Iterator[Finding]:
    gateway = settings.gateway
    if settings.routing is not Routing.BODY:
        return
    if not gateway.is_gke and gateway.provider is not ChartProvider.ISTIO:
        yield TRAFFIC_BODY_ROUTER_UNATTACHED.to_set(
            "gateway.routing",
            "body, but the chart cannot attach the router to a Gateway of class "
            f"{gateway.class_name}: requests would be answered 404",
            Routing.HEADER.value,
        )
    if gateway.default_model is None:
        yield TRAFFIC_NO_DEFAULT_MODEL.to_set(
            "gateway.defaultModel",
            "not set, so a request that specifies no model, such as GET /v1/models, is answered "
            "404",
            settings.models[0].name,
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about paths and routing."""
    sglang = any(model.engine is Engine.SGLANG for model in settings.models)
    changing = (*CHANGING_CALLS, *(MANAGEMENT_CALLS if sglang else ()))
    # What a message names first is what readers know best.
    calls = (*changing[:2], *TELLING_CALLS, *changing[2:])
    for index, path in enumerate(settings.gateway.paths):
        opened = _opens(path, calls) if path not in OPENAI_PATHS else []
        named = next((call for call in changing if _below(path.path.rstrip("/"), call)), None)
        if named is not None:
            yield CHANGES_SERVERS.finding(
                f"gateway.paths[{index}]",
                f"{path.path} lets anyone who reaches the endpoint call {named}, which changes or "
                "stops the server, or bypasses its API",
                _without(index, settings),
            )
        elif opened:
            yield MANAGEMENT_PATHS.finding(
                f"gateway.paths[{index}]",
                f"{path.path} lets callers reach {_named(opened)}: anyone who reaches the "
                "endpoint can use them",
            )
        yield from _picker(index, path, settings)
    if settings.routing is Routing.PATH:
        yield SURFACE_PATH_ROUTING.to_set(
            "gateway.routing",
            "path rewriting in front of an InferencePool was not tested on GKE, which rewrites "
            "only prefixes: /v1/completions/… is admitted with /v1/completions"
            if settings.gateway.is_gke
            else (
                "path rewriting in front of an InferencePool was not tested with class "
                f"{settings.gateway.class_name}"
            ),
            "header",
        )
    yield from _body_router(settings)
