"""What the endpoint lets in, and whether the CPU node pool carries the pickers: by table."""

from typing import Final

import pytest
from preflight_cases import Table, Values

from inference.config import Severity
from inference.config.gateway import OPENAI_PATHS
from inference.preflight import picker, surface

_EXISTING: Final = {"mode": "existing", "context": "kind"}
_ZONAL: Final = {"location": "us-central1-a"}


def _path(path: str, match: str = "Exact") -> Values:
    return {"path": path, "match": match}


def _paths(*paths: Values) -> Values:
    return {"gateway": {"paths": list(paths)}}


def _models(count: int, release: str = "v1.5.0", **sections: object) -> Values:
    models = [{"name": f"model-{index}", "servedName": f"m{index}"} for index in range(count)]
    return {"models": models, "gatewayRelease": release, **sections}


_TRIPS: Final[list[tuple[str, Values, str]]] = [
    ("surface.management-paths", _paths(_path("/", "PathPrefix")), "gateway.paths[0]"),
    ("surface.management-paths", _paths(_path("/v1", "PathPrefix")), "gateway.paths[0]"),
    ("surface.management-paths", _paths(_path("/v1/", "PathPrefix")), "gateway.paths[0]"),
    (
        "surface.management-paths",
        _paths(_path("/v1/models"), _path("/metrics")),
        "gateway.paths[1]",
    ),
    ("surface.changes-servers", _paths(_path("/v1/unload_lora_adapter")), "gateway.paths[0]"),
    ("surface.changes-servers", _paths(_path("/pause/", "PathPrefix")), "gateway.paths[0]"),
    (
        "surface.path-unknown-to-picker",
        {**_paths(_path("/v1/responses", "PathPrefix")), "gatewayRelease": "v1.0.0"},
        "gateway.paths[0]",
    ),
    (
        "surface.path-unknown-to-picker",
        {**_paths(_path("/v1/audio/speech")), "gatewayRelease": "llm-d-v0.10.0"},
        "gateway.paths[0]",
    ),
    ("surface.management-paths", _paths(_path("/tokenize", "PathPrefix")), "gateway.paths[0]"),
    ("surface.path-routing", _models(2, gateway={"routing": "path"}), "gateway.routing"),
    (
        "surface.path-routing",
        _models(3, cluster=_EXISTING, gateway={"className": "istio", "routing": "path"}),
        "gateway.routing",
    ),
    ("system-pool.too-small", _models(94), "models"),
    ("system-pool.too-small", _models(32, cluster=_ZONAL), "models"),
    ("system-pool.too-small", _models(46, "llm-d-v0.10.0"), "models"),
    ("system-pool.too-small", _models(16, "llm-d-v0.10.0", cluster=_ZONAL), "models"),
]

_NEAR_MISSES: Final[list[tuple[str, Values]]] = [
    ("surface.management-paths", {}),
    ("surface.management-paths", _paths(_path("/"))),
    ("surface.management-paths", _paths(_path("/v1"))),
    ("surface.management-paths", _paths(_path("/v1/models", "PathPrefix"))),
    ("surface.management-paths", _paths(_path("/v1/load", "PathPrefix"))),
    ("surface.management-paths", _paths(_path("/metrics-of-mine", "PathPrefix"))),
    ("surface.management-paths", _paths(_path("/Metrics"))),
    ("surface.management-paths", _paths(_path("/metrics/mine", "PathPrefix"))),
    ("surface.changes-servers", _paths(_path("/v1", "PathPrefix"))),
    ("surface.changes-servers", _paths(_path("/pauses"))),
    ("surface.path-unknown-to-picker", {"gatewayRelease": "v1.0.0"}),
    (
        "surface.path-unknown-to-picker",
        {**_paths(_path("/v1/responses")), "gatewayRelease": "v1.5.0"},
    ),
    ("surface.path-unknown-to-picker", _paths(_path("/of-our-own"))),
    ("surface.path-routing", _models(1, gateway={"routing": "path"})),
    ("surface.path-routing", _models(2, gateway={"routing": "header"})),
    ("surface.path-routing", _models(2)),
    # 31 of 4 CPU beside 1 CPU: 125 of the 127.61 of n2-standard-128, on each of three nodes.
    ("system-pool.too-small", _models(93)),
    ("system-pool.too-small", _models(31, cluster=_ZONAL)),
    # 15 of 8 CPU beside 1 CPU: 121.
    ("system-pool.too-small", _models(45, "llm-d-v0.10.0")),
    ("system-pool.too-small", _models(94, cluster={"mode": "autopilot"})),
    ("system-pool.too-small", _models(94, cluster=_EXISTING)),
]

_WORDS: Final[list[tuple[str, Values, str, str]]] = [
    (
        "surface.management-paths",
        _paths(_path("/v1", "PathPrefix")),
        (
            "/v1 lets callers reach /v1/load_lora_adapter, /v1/unload_lora_adapter: anyone who "
            "reaches the endpoint can use them"
        ),
        "list only the API's paths; the default of `gateway.paths` is the OpenAI API",
    ),
    (
        "surface.changes-servers",
        _paths(_path("/sleep")),
        (
            "/sleep lets anyone who reaches the endpoint call /sleep, which changes or stops the "
            "server, or bypasses its API"
        ),
        "remove `gateway.paths` from the stack file",
    ),
    (
        "surface.path-unknown-to-picker",
        {**_paths(_path("/v1/embeddings")), "gatewayRelease": "v1.0.0"},
        (
            "the picker of v1.0.0 cannot parse requests to /v1/embeddings, and would answer 400 to "
            "each"
        ),
        (
            "pulumi config set gke-inference-gateway:gatewayRelease v1.5.0, or remove "
            "`gateway.paths` from the stack file"
        ),
    ),
    (
        "surface.path-routing",
        _models(2, gateway={"routing": "path"}),
        (
            "path rewriting in front of an InferencePool was not tested on GKE, which rewrites "
            "only prefixes: /v1/completions/… is admitted with /v1/completions"
        ),
        "pulumi config set --path 'gke-inference-gateway:gateway.routing' header",
    ),
    (
        "system-pool.too-small",
        _models(94),
        (
            "94 pickers of 4 CPU and 8 GiB on 3 nodes: more than n2-standard-128 can hold, so "
            "pickers would stay Pending"
        ),
        "spread the models over several stacks",
    ),
]
_SEVERITIES: Final = {
    "surface.management-paths": Severity.WARNING,
    "surface.changes-servers": Severity.ERROR,
    "surface.path-unknown-to-picker": Severity.ERROR,
    "surface.path-routing": Severity.WARNING,
    "system-pool.too-small": Severity.ERROR,
}


TABLE: Final = Table(
    modules=(surface, picker),
    trips=_TRIPS,
    passes=_NEAR_MISSES,
    words=_WORDS,
    severities=_SEVERITIES,
)


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        (
            _path("/", "PathPrefix"),
            (
                "/v1/load_lora_adapter, /v1/unload_lora_adapter, /metrics, /tokenize, /version, "
                "/load and 25 more"
            ),
        ),
        (_path("/load", "PathPrefix"), "/load"),
        (_path("/load"), "/load"),
        (_path("/version/", "PathPrefix"), "/version"),
    ],
)
def test_the_calls_that_a_path_opens_are_named(path: Values, opened: str) -> None:
    (finding,) = TABLE.of("surface.management-paths", _paths(path))

    assert finding.message.startswith(f"{path['path']} lets callers reach {opened}: ")


def test_each_path_that_opens_management_calls_is_found() -> None:
    found = TABLE.of(
        "surface.management-paths",
        _paths(_path("/metrics"), _path("/v1/models"), _path("/v1", "PathPrefix")),
    )

    assert [finding.path for finding in found] == ["gateway.paths[0]", "gateway.paths[2]"]


def test_the_openai_api_opens_no_management_call_when_it_is_written_out() -> None:
    paths = [path.model_dump(mode="json", by_alias=True) for path in OPENAI_PATHS]

    assert TABLE.of("surface.management-paths", _paths(*paths)) == []


def test_pickers_that_request_nothing_are_not_refused() -> None:
    """Chart v1.0.0 has no value for requests, so the scheduler places any number of pickers."""
    found = TABLE.of("system-pool.too-small", _models(94, "v1.0.0"))

    assert [finding.severity for finding in found if finding.severity is Severity.ERROR] == []
