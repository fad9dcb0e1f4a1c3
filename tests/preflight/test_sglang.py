"""Models that SGLang serves: what is told of adapters and names, and what has no effect."""

from types import ModuleType
from typing import Any, Final

import pytest
from preflight_cases import Table, Values

from config import Finding
from config.settings import Settings
from preflight import memory, sglang, surface

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
            "SGLang ends at its start with llama:8b for a name, as `:` stands before an adapter's",
            "pulumi config set --path 'gke-inference-gateway:models[0].servedName' llama-8b",
        ),
        (
            "sglang.adapters-by-argument",
            _lora(),
            (
                "adapters are loaded at the start alone, and requests name them as llama:food: "
                "another adapter is a roll-out"
            ),
            (
                "pulumi config set --path 'gke-inference-gateway:models[0].engine' vllm where "
                "adapters come and go"
            ),
        ),
        (
            "sglang.any-model-answered",
            _sglang(),
            "llama3-8b answers requests for any model by llama: a misspelt name is not refused",
            "check names in the client",
        ),
        (
            "sglang.no-effect",
            _sglang(lora={}),
            "names no adapters, and SGLang loads none while it runs",
            "pulumi config rm --path 'gke-inference-gateway:models[0].lora'",
        ),
    ],
)


def _found(module: ModuleType, sections: Values) -> list[Finding]:
    return list(module.findings(Settings.model_validate(sections)))


@pytest.mark.parametrize(("engine", "many"), [("sglang", 1), ("vllm", 0)])
def test_its_management_calls_are_no_part_of_the_api(engine: str, many: int) -> None:
    sections = {"models": [{"engine": engine}], "gateway": {"paths": [{"path": "/flush_cache"}]}}
    found = [f for f in _found(surface, sections) if f.id == "surface.management-paths"]
    assert len(found) == many


def test_a_context_that_does_not_fit_is_refused_and_stops_no_server() -> None:
    sections = _sglang(gpuMemoryUtilization=0.3)
    (found,) = (f for f in _found(memory, sections) if f.id == "memory.context")
    assert "GiB for SGLang" in found.message
    assert found.message.endswith("it would be refused")
