"""The syncer's configuration in its own schema."""

from inference.config.models import Model
from inference.derive.syncer import CONFIG_FILE, CONFIG_FOLDER, adapters_config

_FOOD = {"name": "food-review", "source": "Kawon/llama3.1-food-finetune_v14_r8"}
_CAD = {"name": "cad-fabricator", "source": "redcathode/fabricator"}


def _config(**values: object) -> object:
    return adapters_config(Model.model_validate(values))


def test_the_tutorials_adapters_are_to_be_loaded() -> None:
    assert _config(name="llama3-8b", lora={"adapters": [_FOOD, _CAD]}) == {
        "vLLMLoRAConfig": {
            "name": "llama3-8b",
            "port": 8000,
            "defaultBaseModel": "meta-llama/Llama-3.1-8B-Instruct",
            "ensureExist": {
                "models": [
                    {"id": "food-review", "source": "Kawon/llama3.1-food-finetune_v14_r8"},
                    {"id": "cad-fabricator", "source": "redcathode/fabricator"},
                ]
            },
        }
    }


def test_retired_adapters_are_named_for_unloading() -> None:
    lora = {"adapters": [_FOOD], "retired": ["cad-fabricator", "older"]}
    assert _config(name="a", servedName="base", port=9000, lora=lora) == {
        "vLLMLoRAConfig": {
            "name": "a",
            "port": 9000,
            "defaultBaseModel": "base",
            "ensureExist": {
                "models": [{"id": "food-review", "source": "Kawon/llama3.1-food-finetune_v14_r8"}]
            },
            "ensureNotExist": {
                "models": [{"id": "cad-fabricator", "source": ""}, {"id": "older", "source": ""}]
            },
        }
    }


def test_lora_without_adapters_loads_none_and_unloads_none() -> None:
    assert _config(name="a", servedName="base", lora={}) == {
        "vLLMLoRAConfig": {
            "name": "a",
            "port": 8000,
            "defaultBaseModel": "base",
            "ensureExist": {"models": []},
        }
    }


def test_the_file_lies_where_the_tutorials_syncer_reads_it() -> None:
    assert f"{CONFIG_FOLDER}/{CONFIG_FILE}" == "/config/configmap.yaml"
