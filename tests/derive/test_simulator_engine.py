"""The command line of the simulator, word for word, in flags that its parser has."""

import pytest

from inference.config.engine import Engine
from inference.config.models import Model
from inference.derive.engines import SERVERS, has_syncer, image, server_of

_DUMMY = "--force-dummy-tokenizer"
_FLAGS = {"--model", "--served-model-name", "--port", _DUMMY, "--max-model-len"} | {
    "--max-loras",
    "--max-cpu-loras",
}
"""Of those that pkg/common/parser.go of v0.10.2 registers; it exits at any other."""


def _model(**values: object) -> Model:
    return Model.model_validate({"engine": "simulator", **values})


@pytest.mark.parametrize(
    ("values", "arguments"),
    [
        (
            {},
            [
                "--model=meta-llama/Llama-3.1-8B-Instruct",
                "--served-model-name=meta-llama/Llama-3.1-8B-Instruct",
                "--port=8000",
                _DUMMY,
                "--max-model-len=131072",
            ],
        ),
        (
            {
                "model": "owner/unknown",
                "servedName": "mine",
                "port": 9000,
                "lora": {"maxLoras": 3, "maxCpuLoras": 4, "maxRank": 32},
                "gpuMemoryUtilization": 0.5,
                "extraArgs": ["--time-to-first-token=100ms"],
            },
            [
                "--model=owner/unknown",
                "--served-model-name=mine",
                "--port=9000",
                _DUMMY,
                "--max-loras=3",
                "--max-cpu-loras=4",
                "--time-to-first-token=100ms",
            ],
        ),
        (
            {"model": "owner/unknown", "maxModelLen": 2048},
            [
                "--model=owner/unknown",
                "--served-model-name=owner/unknown",
                "--port=8000",
                _DUMMY,
                "--max-model-len=2048",
            ],
        ),
    ],
)
def test_the_arguments_are_those_that_the_simulator_knows(
    values: dict[str, object], arguments: list[str]
) -> None:
    model = _model(**values)
    found = server_of(model).arguments(model)
    assert found == arguments
    own = found[: len(found) - len(model.extra_args)]
    assert {argument.partition("=")[0] for argument in own} <= _FLAGS


def test_each_engine_has_a_server_and_an_image_that_a_model_may_replace() -> None:
    assert set(SERVERS) == set(Engine)
    assert image(_model()) == "ghcr.io/llm-d/llm-d-inference-sim:v0.10.2"
    assert image(_model(image="example.com/sim:1")) == "example.com/sim:1"


def test_adapters_are_loaded_by_the_same_syncer() -> None:
    assert has_syncer(_model(lora={}))
    assert not has_syncer(_model())
