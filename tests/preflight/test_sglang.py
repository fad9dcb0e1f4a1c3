"""Models that SGLang serves: what is told of adapters and names, and what has no effect."""

from types import ModuleType
from typing import Any, Final

import pytest
from conftest import make_settings
from preflight_cases import Table, Values

from inference.catalog.facts import VLLM_ROUTERS
from inference.catalog.sglang import SGLANG_SOURCE
from inference.config import Finding
from inference.preflight import memory, sglang, surface

_ADAPTERS: Final = [{"name": "food", "source": "owner/food"}]
_VLLM: Final = {"name": "other", "servedName": "other", "lora": {"retired": ["gone"]}}


def _sglang(**model: Any) -> Values:  # noqa: ANN401 any setting
    return {"models": [{"engine": "sglang", "servedName": "llama", **model}]}


def _lora(**lora: Any) -> Values:  # noqa: ANN401 any setting
    return _sglang(lora={"adapters": _ADAPTERS, **lora})


TABLE: Final = Table(
    modules=(sglang,),
    trips=[
        ("sglang.adapters-by-argument", _lora(), "models[0].engine"),
        (
            "sglang.adapters-by-argument",
            {"models": [_VLLM, *_lora()["models"]]},
            "models[1].engine",
        ),
        ("sglang.any-model-answered", _sglang(), "models[0].engine"),
        ("sglang.any-model-answered", _lora(), "models[0].engine"),
        ("sglang.no-effect", _sglang(lora={}), "models[0].lora"),
        ("sglang.no-effect", _lora(retired=["old"]), "models[0].lora.retired"),
        (
            "sglang.no-effect",
            _lora(specializeCudagraphs=False),
            "models[0].lora.specializeCudagraphs",
        ),
        ("sglang.served-name", _sglang(servedName="llama:8b"), "models[0].servedName"),
        (
            "sglang.served-name",
            _sglang(servedName="a:b", lora={"adapters": _ADAPTERS}),
            "models[0].servedName",
        ),
    ],
    passes=[
        ("sglang.served-name", _lora()),
        ("sglang.served-name", {"models": [{"servedName": "llama:8b"}]}),
        ("sglang.adapters-by-argument", _sglang()),
        ("sglang.adapters-by-argument", {"models": [_VLLM]}),
        ("sglang.any-model-answered", {"models": [_VLLM]}),
        ("sglang.any-model-answered", {"models": [{"engine": "simulator"}]}),
        ("sglang.no-effect", _lora()),
        ("sglang.no-effect", {"models": [_VLLM]}),
    ],
    words=[
        (
            "sglang.served-name",
            _sglang(servedName="llama:8b"),
            "SGLang exits on startup with the name llama:8b, as `:` marks an adapter's name",
            "pulumi config set --path 'gke-inference-gateway:models[0].servedName' llama-8b",
        ),
        (
            "sglang.adapters-by-argument",
            _lora(),
            (
                "adapters are loaded only on startup, and requests specify them as llama:food: "
                "adding an adapter means a roll-out"
            ),
            (
                "pulumi config set --path 'gke-inference-gateway:models[0].engine' vllm where "
                "adapters come and go"
            ),
        ),
        (
            "sglang.any-model-answered",
            _sglang(),
            "llama3-8b answers requests for any model with llama: a misspelt name is not rejected",
            "check names in the client",
        ),
        (
            "sglang.no-effect",
            _sglang(lora={}),
            "lists no adapters, and SGLang loads none at run time",
            "pulumi config rm --path 'gke-inference-gateway:models[0].lora'",
        ),
    ],
)


def _found(module: ModuleType, sections: Values) -> list[Finding]:
    return list(module.findings(make_settings(sections)))


def _lets_in(engine: str, path: str, match: str = "Exact") -> list[str]:
    """Messages about a path of the endpoint."""
    paths = {"paths": [{"path": path, "match": match}]}
    found = _found(surface, {"models": [{"engine": engine}], "gateway": paths})
    opens = {"surface.management-paths", "surface.changes-servers"}
    return [f.message for f in found if f.id in opens]


@pytest.mark.parametrize(
    "path",
    [
        "/abort_request",
        "/flush_cache",
        "/generate",
        "/hicache/storage-backend/clear",
        "/release_memory_occupation",
        "/stop_expert_distribution_record",
        "/update_weights_from_tensor",
        "/v1/loads",
    ],
)
def test_its_management_calls_are_no_part_of_the_api(path: str) -> None:
    assert len(_lets_in("sglang", path)) == 1
    assert _lets_in("vllm", path) == []


@pytest.mark.parametrize(
    "path", ["/health", "/ready", "/model_info", "/v1/messages", "/v1/score", "/v1/rerank"]
)
def test_what_is_its_api_or_its_health_is_let_in(path: str) -> None:
    assert _lets_in("sglang", path) == []


def test_a_message_names_few_calls_and_counts_the_others() -> None:
    (few,), (many,) = (
        _lets_in("sglang", "/hicache", "PathPrefix"),
        _lets_in("sglang", "/", "PathPrefix"),
    )
    assert few == (
        "/hicache lets callers reach /hicache/storage-backend, /hicache/storage-backend/clear: "
        "anyone who reaches the endpoint can use them"
    )
    assert many == (
        "/ lets callers reach /v1/load_lora_adapter, /v1/unload_lora_adapter, /metrics, /tokenize, "
        "/version, /load and 74 more: anyone who reaches the endpoint can use them"
    )


def test_the_page_cites_its_source_beside_that_of_vllm() -> None:
    assert surface.MANAGEMENT_PATHS.sources == (VLLM_ROUTERS, SGLANG_SOURCE)


def test_a_context_that_does_not_fit_is_refused_and_stops_no_server() -> None:
    sections = _sglang(gpuMemoryUtilization=0.3)
    (found,) = (f for f in _found(memory, sections) if f.id == "memory.context")
    assert "GiB for SGLang" in found.message
    assert found.message.endswith("it would be rejected")
