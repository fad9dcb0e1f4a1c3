"""The measured starts and load points: complete, consistent, and without traces of a machine."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

import inference.catalog
from inference.catalog.images import VLLM
from inference.catalog.machines import ACCELERATORS
from inference.catalog.models import MODELS
from inference.config.models import Model
from inference.derive.memory import gpu_memory

_FOLDER: Final = Path(inference.catalog.__file__).parent / "measured"
_FILES: Final = sorted(_FOLDER.glob("*.json"))
_ROUNDING_GIB: Final = 0.03
_KNOWN_GIB: Final = 0.3
_FORBIDDEN: Final = re.compile(r"/(tmp|var|work|home|root)/|https?://|pid=")


@pytest.fixture(params=_FILES, ids=lambda file: file.stem)
def measured(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One file of results."""
    file: Path = request.param
    return json.loads(file.read_text(encoding="utf-8"))


def test_there_is_one_of_every_configuration() -> None:
    names = {file.name.partition(".h200")[0] for file in _FILES}
    assert names >= {
        "llama-3.1-8b-lora",
        "llama-3.1-8b",
        "llama-3.1-8b-fp8",
        "qwen3-32b",
        "qwen3-32b-tp2",
        "llama-3.1-70b-tp2",
    }


def test_it_is_of_what_the_catalog_has(measured: Mapping[str, Any]) -> None:
    assert measured["settings"]["model"] in MODELS
    assert measured["machine"]["accelerator"] in ACCELERATORS
    assert f"v{measured['versions']['vllm']}" == VLLM.tag


def test_parts_of_the_memory_add_up(measured: Mapping[str, Any]) -> None:
    figures, memory = measured["start"]["figures"], measured["memoryGib"]
    cache = figures["usableGib"] - memory["weightsAndLora"] - memory["reserve"]
    parts = sum(memory[n] for n in ("outsidePyTorchAndBuffers", "graphEstimate", "activations"))
    assert figures["availableCacheGib"] == pytest.approx(cache, abs=_ROUNDING_GIB)
    assert memory["reserve"] == pytest.approx(parts, abs=_ROUNDING_GIB)


def test_memory_is_predicted_to_within_0_3_gib(measured: Mapping[str, Any]) -> None:
    """Of an H100: what a start takes beside the cache is the same on either card."""
    wanted, lora = measured["settings"], measured["settings"]["lora"]
    quantization = wanted["quantization"]
    model = Model.model_validate(
        {
            "model": wanted["model"],
            "maxModelLen": wanted["maxModelLen"],
            "gpu": {"count": measured["machine"]["gpusUsed"]},
            "lora": {} if lora else None,
            "extraArgs": ("--quantization", quantization) if quantization else (),
        }
    )
    memory = gpu_memory(model)

    assert memory is not None
    assert abs(memory.cache - measured["memoryGib"]["cacheOnH100"]["gib"]) < _KNOWN_GIB
    assert abs(memory.weights + memory.lora - measured["memoryGib"]["weightsAndLora"]) < _KNOWN_GIB


def test_start_stayed_within_what_the_program_allowed(measured: Mapping[str, Any]) -> None:
    assert measured["start"]["withoutLoadingSeconds"] <= measured["predicted"]["startSeconds"]


def test_a_drain_lost_nothing_and_ended_in_time(measured: Mapping[str, Any]) -> None:
    drain = measured["drain"]
    assert drain["whole"] == drain["requests"]
    assert drain["answeredBeforeSigterm"] == 0
    assert drain["exitCode"] == 0
    assert drain["endedSeconds"] <= drain["allowedSeconds"]


def test_both_adapters_were_loaded_from_the_config_map(measured: Mapping[str, Any]) -> None:
    if measured["settings"]["lora"] is None:
        assert "adapters" not in measured
        return
    assert measured["adapters"]["loaded"] == ["cad-fabricator", "food-review"]
    assert set(measured["adapters"]["answers"].values()) == {200}


def test_no_metric_of_the_catalog_is_missing(measured: Mapping[str, Any]) -> None:
    assert measured["checks"]["metricsMissing"] == []


def test_load_points_are_of_requests(measured: Mapping[str, Any]) -> None:
    for series in measured["load"]:
        assert series["points"]
        for point in series["points"]:
            assert point["requests"] > 0
            assert point["failed"] == 0
            assert point["ttftMs"]["p50"] <= point["ttftMs"]["p95"]
            assert point["interTokenMs"]["p50"] <= point["interTokenMs"]["p95"]


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_nothing_says_where_it_was_measured(file: Path) -> None:
    assert not _FORBIDDEN.search(file.read_text(encoding="utf-8"))
