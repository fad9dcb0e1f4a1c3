"""The syncer's configuration in its own schema."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from inference.derive.syncer import CONFIG_FILE, CONFIG_FOLDER, LoraAdapters, adapters_config

_FOOD = {"id": "food-review", "source": "Kawon/llama3.1-food-finetune_v14_r8"}
_CAD = {"id": "cad-fabricator", "source": "redcathode/fabricator"}


@pytest.mark.parametrize(
    ("adapters", "retired", "expected"),
    [
        ([_FOOD, _CAD], (), {"ensureExist": {"models": [_FOOD, _CAD]}}),
        (
            [_FOOD],
            ("cad-fabricator", "older"),
            {
                "ensureExist": {"models": [_FOOD]},
                "ensureNotExist": {
                    "models": [
                        {"id": "cad-fabricator", "source": ""},
                        {"id": "older", "source": ""},
                    ]
                },
            },
        ),
        ([], (), {"ensureExist": {"models": []}}),
    ],
)
def test_adapters_are_loaded_and_retired_ones_are_named_for_unloading(
    adapters: Sequence[Mapping[str, str]], retired: Sequence[str], expected: Mapping[str, Any]
) -> None:
    sources = {adapter["id"]: adapter["source"] for adapter in adapters}
    wanted = LoraAdapters(base_model="base", sources=sources, retired=retired)

    assert adapters_config("llama", 9000, wanted) == {
        "vLLMLoRAConfig": {"name": "llama", "port": 9000, "defaultBaseModel": "base", **expected}
    }


def test_the_file_lies_where_the_tutorials_syncer_reads_it() -> None:
    assert f"{CONFIG_FOLDER}/{CONFIG_FILE}" == "/config/configmap.yaml"
