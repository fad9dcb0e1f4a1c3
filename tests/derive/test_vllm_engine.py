"""The command line of vLLM, word for word."""

from collections.abc import Mapping
from typing import Any

import pytest

from inference.config.models import Model
from inference.derive.engines import image
from inference.derive.engines.vllm import serve_args

_DEFAULT = [
    "serve",
    "meta-llama/Llama-3.1-8B-Instruct",
    "--served-model-name=meta-llama/Llama-3.1-8B-Instruct",
    "--port=8000",
    "--tensor-parallel-size=1",
]
_SHUTDOWN = "--shutdown-timeout=97"
_LORA = ["--enable-lora", "--max-loras=2", "--max-cpu-loras=12", "--max-lora-rank=16"]


def _args(**values: object) -> list[str]:
    return serve_args(Model.model_validate(values))


def test_the_default_model_is_served_with_what_it_needs_and_no_more() -> None:
    assert _args() == [*_DEFAULT, _SHUTDOWN]


def test_the_tutorials_model_serves_adapters_and_drains() -> None:
    lora = {
        "maxLoras": 2,
        "maxCpuLoras": 12,
        "adapters": [{"name": "food-review", "source": "Kawon/llama3.1-food-finetune_v14_r8"}],
    }
    assert _args(name="llama3-8b", replicas=3, lora=lora) == [*_DEFAULT, *_LORA, _SHUTDOWN]


def test_every_setting_has_its_argument_and_extra_arguments_come_last() -> None:
    assert _args(
        model="Qwen/Qwen3-32B",
        servedName="qwen",
        port=9000,
        gpu={"accelerator": "nvidia-h100-80gb", "count": 4},
        maxModelLen=8192,
        gpuMemoryUtilization=0.85,
        lora={"maxLoras": 4, "maxCpuLoras": 8, "maxRank": 64, "specializeCudagraphs": False},
        drain={"maxOutputTokens": 1000, "tokensPerSecond": 100, "preStopSeconds": 30},
        extraArgs=["--enable-prefix-caching", "--seed", "7"],
    ) == [
        "serve",
        "Qwen/Qwen3-32B",
        "--served-model-name=qwen",
        "--port=9000",
        "--tensor-parallel-size=4",
        "--max-model-len=8192",
        "--gpu-memory-utilization=0.85",
        "--enable-lora",
        "--max-loras=4",
        "--max-cpu-loras=8",
        "--max-lora-rank=64",
        '--compilation-config={"cudagraph_specialize_lora": false}',
        # 66 seconds of grace less 30 of sleep and 5 to exit.
        "--shutdown-timeout=31",
        "--enable-prefix-caching",
        "--seed",
        "7",
    ]


@pytest.mark.parametrize(
    ("reference", "arguments"),
    [
        ("vllm/vllm-openai:v0.33.0", [_SHUTDOWN]),
        ("vllm/vllm-openai:v1.0.0", [_SHUTDOWN]),
        ("localhost:5000/vllm:v0.32.0", [_SHUTDOWN]),
        (f"vllm/vllm-openai:v0.32.0@sha256:{'a' * 64}", [_SHUTDOWN]),
        ("vllm/vllm-openai:v0.31.9", []),
        ("vllm/vllm-openai:latest", []),
        (f"vllm/vllm-openai@sha256:{'a' * 64}", []),
    ],
)
def test_the_shutdown_timeout_is_given_to_versions_known_to_take_it(
    reference: str, arguments: list[str]
) -> None:
    assert _args(image=reference) == [*_DEFAULT, *arguments]


@pytest.mark.parametrize(
    ("tag", "lora", "arguments"),
    [
        ("v0.12.0", {"specializeCudagraphs": True}, ["true"]),
        ("v0.12.0", {"specializeCudagraphs": False}, ["false"]),
        ("v0.12.0", {}, []),
        ("v0.11.2", {"specializeCudagraphs": False}, []),
        ("nightly", {"specializeCudagraphs": False}, []),
    ],
)
def test_cudagraphs_are_specialized_where_asked_for_and_known(
    tag: str, lora: Mapping[str, Any], arguments: list[str]
) -> None:
    assert _args(image=f"vllm/vllm-openai:{tag}", lora=lora) == [
        *_DEFAULT,
        *_LORA,
        *(f'--compilation-config={{"cudagraph_specialize_lora": {value}}}' for value in arguments),
    ]


def test_a_stacks_own_image_goes_before_the_catalogs() -> None:
    assert image(Model.model_validate({"image": "mine/vllm:v1.2.3"})) == "mine/vllm:v1.2.3"
    assert image(Model()).startswith("docker.io/vllm/vllm-openai:v0.32.0")
