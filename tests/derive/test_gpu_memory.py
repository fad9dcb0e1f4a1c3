"""GPU memory of a replica, against numbers computed by hand in GiB.

Weights are billions of parameters × 2 bytes: 8.03 × 2e9 / 2^30 = 14.957, 70.6 × 2e9 / 2^30 =
131.502. A cached token takes 2 (keys and values) × layers × heads of one GPU × head size × 2 bytes.
The reserve is 1.25 (0.95 on several GPUs), 6 bytes × tokens of a step × MLP width of one GPU, and
for graphs 0.33 + 1.11e-6 × layers × that width. 8B: 32 layers, width 14,336; 70B: 80 and 28,672.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.catalog.published_memory import (
    CACHE_ERROR_GIB,
    PUBLISHED_MEMORY,
    RESERVE_ERROR_GIB,
    WEIGHTS_ERROR,
    PublishedMemory,
)
from inference.config.models import Model
from inference.derive.memory import GpuMemory, LongestRequest, gpu_memory

Values = Mapping[str, Any]
_H100: Final = "nvidia-h100-80gb"
_70B: Final = "meta-llama/Llama-3.1-70B-Instruct"
_STEP_8B: Final = 0.656
"""6 × 8192 × 14,336 / 2^30."""
_GRAPHS_8B: Final = 0.839
"""0.33 + 1.11e-6 × 32 × 14,336 = 0.33 + 0.509."""
_RESERVE_8B: Final = 1.25 + _STEP_8B + _GRAPHS_8B
_LORA_GRAPHS: Final = 0.3
"""With LoRA each graph is captured twice."""
_UNKNOWN_MLP: Final = 0.8 + 1.7 + 0.6
"""Of a step of 8192 tokens, with graphs, where the width of the MLP is unknown."""
_WEIGHTS_8B: Final = 14.957


def _gpu(count: int = 1, accelerator: str = _H100) -> Values:
    return {"accelerator": accelerator, "count": count}


def _memory(raw: Values) -> GpuMemory:
    memory = gpu_memory(Model.model_validate(raw))
    assert memory is not None
    return memory


def _request(memory: GpuMemory) -> LongestRequest:
    assert memory.request is not None
    return memory.request


def _near(value: float) -> object:
    """Equal to three decimals, as the sums by hand are."""
    return pytest.approx(value, abs=0.001)


@pytest.mark.parametrize(
    ("raw", "usable", "weights", "reserve", "cache", "one_request"),
    [
        # 79.19 × 0.92; a token of 2 × 32 × 8 × 128 × 2 = 2^17 bytes, 2^17 of them are 16 GiB.
        ({"gpu": _gpu()}, 72.855, 14.957, _RESERVE_8B, 55.152, 16),
        # 22.49 × 0.92; a step of 2048 tokens.
        ({"gpu": _gpu(1, "nvidia-l4")}, 20.691, 14.957, 1.25 + 0.164 + _GRAPHS_8B, 3.480, 16),
        # 131.502 / 2; 4 of 8 heads: 2 × 80 × 4 × 128 × 2 × 2^17 bytes are 20 GiB. Half of the MLP's
        # width is that of 8B, but 80 layers of graphs: 1.11e-6 × 80 × 14,336 = 1.273.
        (
            {"model": _70B, "gpu": _gpu(2)},
            *(72.855, 65.751, 0.95 + _STEP_8B + 0.33 + 1.273, 3.894, 20),
        ),
        (
            {"model": _70B, "gpu": _gpu(4)},
            *(72.855, 32.876, 0.95 + 0.328 + 0.33 + 0.637, 37.734, 10),
        ),
        (
            {"model": _70B, "gpu": _gpu(1)},
            *(72.855, 131.503, 1.25 + 1.3125 + 0.33 + 2.546, -64.087, 40),
        ),
        # 116.8e9 × 0.59 bytes; 18 layers × 2^17 tokens and 18 × (128 + 8192), of 2 × 8 × 64 × 2.
        (
            {"model": "openai/gpt-oss-120b", "gpu": _gpu()},
            *(72.855, 64.179, _UNKNOWN_MLP, 5.576, 4.786),
        ),
        # Half of each, but the 2.0 of NCCL's buffers; all four heads of eight are 2.393.
        (
            {"model": "openai/gpt-oss-120b", "gpu": _gpu(2)},
            *(72.855, 32.089, _UNKNOWN_MLP + 2.0, 35.665, 2.393),
        ),
    ],
    ids=["8B on H100", "8B on L4", "70B on 2", "70B on 4", "70B on 1", "gpt-oss-120b", "on 2"],
)
def test_memory_of_each_gpu(  # noqa: PLR0913 the parts of a sum
    *,
    raw: Values,
    usable: float,
    weights: float,
    reserve: float,
    cache: float,
    one_request: float,
) -> None:
    memory = _memory(raw)
    assert memory.activations == _near(reserve)
    assert memory.lora == 0
    assert (memory.usable, memory.weights) == (_near(usable), _near(weights))
    assert (memory.cache, _request(memory).gib) == (_near(cache), _near(one_request))
    assert _request(memory).context == 131072
    assert memory.requests == pytest.approx(cache / one_request, abs=0.01)


def test_a_shorter_context_takes_less_cache_and_leaves_the_rest_alone() -> None:
    long, short = _memory({}), _memory({"maxModelLen": 8192})
    assert (_request(short).context, _request(short).gib) == (8192, _near(1))
    assert short.cache == long.cache
    assert short.requests == _near(55.152)


def test_the_share_of_gpu_memory_is_honoured() -> None:
    memory = _memory({"gpuMemoryUtilization": 0.5})
    assert memory.usable == _near(39.595)
    assert memory.cache == _near(39.595 - _WEIGHTS_8B - _RESERVE_8B)


@pytest.mark.parametrize(
    ("reference", "activations"),
    [
        ("vllm:v0.16.0", 6.0),
        ("vllm:v0.17.0", 2.5),
        ("vllm:v0.20.1", 2.5),
        ("vllm:v0.21.0", _RESERVE_8B),
        ("vllm:latest", _RESERVE_8B),
    ],
)
def test_what_versions_need_for_activations_and_graphs(
    *, reference: str, activations: float
) -> None:
    assert _memory({"image": reference}).activations == _near(activations)


def test_the_first_stack_comes_as_near_as_its_measurement_differs_from_itself() -> None:
    """54.56 to 54.78 GiB of KV cache were measured on one H100, vLLM 0.32.0, with two slots."""
    memory = _memory({"lora": {"maxLoras": 2, "maxRank": 16}})
    assert abs(memory.cache - 54.6) < 0.3
    assert abs(memory.weights + memory.lora - 15.18) < 0.1


_LARGE: Final = {"model": "owner/large", "parametersBillion": 70.6}


@pytest.mark.parametrize(
    ("raw", "weights"),
    [
        ({**_LARGE}, 131.502),
        ({**_LARGE, "model": "owner/large-FP8"}, 65.751),
        ({**_LARGE, "model": "owner/large-awq"}, 34.930),
        ({**_LARGE, "model": "owner/large-GPTQ-Int8"}, 65.751),
        ({**_LARGE, "model": "owner/large-bnb-4bit"}, 34.930),
        ({**_LARGE, "extraArgs": ["-q", "fp8"]}, 65.751),
        ({**_LARGE, "extraArgs": ["--quantization=awq_marlin"]}, 34.930),
        # Quantised already: the argument names the format of the checkpoint.
        ({**_LARGE, "model": "owner/large-awq", "extraArgs": ["--quantization", "awq"]}, 34.930),
        ({**_LARGE, "extraArgs": ["--quantization=of-tomorrow"]}, 131.502),
        ({**_LARGE, "extraArgs": ["--cpu-offload-gb=31.502"]}, 100),
        ({**_LARGE, "gpu": _gpu(4), "extraArgs": ["-dp=2"]}, 65.751),
        ({**_LARGE, "gpu": _gpu(4), "extraArgs": ["-pp", "2"]}, 32.876),
        # Embeddings and head stay as they are: (8.03 + 1.05) × 1e9 bytes.
        ({"extraArgs": ["-q", "fp8"]}, 8.456),
        # (70.6 + 2.1) × 1e9 bytes on two.
        ({"model": _70B, "gpu": _gpu(2), "extraArgs": ["-q", "fp8"]}, 33.854),
        # 1.05 × 2e9 bytes, and 4.25 bits of the other 6.98e9 weights.
        ({"extraArgs": ["-q", "awq"]}, 1.956 + 3.453),
    ],
)
def test_weights_follow_their_precision_and_the_division(*, raw: Values, weights: float) -> None:
    assert _memory(raw).weights == _near(weights)


@pytest.mark.parametrize(
    ("extra", "one_request", "activations"),
    [
        ([], 16, _RESERVE_8B),
        (["--kv-cache-dtype=fp8"], 8, _RESERVE_8B),
        (["--kv_cache_dtype", "fp8_e4m3"], 8, _RESERVE_8B),
        (["--kv-cache-dtype=bfloat16"], 16, _RESERVE_8B),
        (["--max-num-batched-tokens=16384"], 16, 1.25 + 1.3125 + _GRAPHS_8B),
        # 6 × 2000 × 14,336 / 2^30 = 0.160.
        (["--max-num-batched-tokens", "2k"], 16, 1.25 + 0.160 + _GRAPHS_8B),
        (["--enforce-eager"], 16, 1.25 + _STEP_8B),
        (["--no-enforce-eager"], 16, _RESERVE_8B),
    ],
)
def test_arguments_that_size_the_model_are_followed(
    *, extra: list[str], one_request: float, activations: float
) -> None:
    memory = _memory({"extraArgs": extra})
    assert (_request(memory).gib, memory.activations) == (_near(one_request), _near(activations))


@pytest.mark.parametrize(
    ("raw", "reserve"),
    [
        ({}, _UNKNOWN_MLP),
        ({"gpu": _gpu(2)}, _UNKNOWN_MLP + 2.0),
        ({"gpu": _gpu(1, "nvidia-l4")}, 0.8 + 1.7 / 4 + 0.6),
        ({"extraArgs": ["--max-num-batched-tokens=16384"]}, 0.8 + 3.4 + 0.6),
        ({"extraArgs": ["--enforce-eager"]}, 0.8 + 1.7),
        ({"lora": {}}, _UNKNOWN_MLP),
    ],
)
def test_a_model_whose_mlp_is_unknown_is_reserved_for_by_the_step(
    *, raw: Values, reserve: float
) -> None:
    assert _memory({**_LARGE, **raw}).activations == _near(reserve)


def test_stages_of_a_pipeline_divide_the_layers_and_not_the_width() -> None:
    stages = _memory({"gpu": _gpu(2), "extraArgs": ["-pp", "2"]})
    # 1.11e-6 × 16 × 14,336 = 0.255.
    assert stages.activations == _near(0.95 + _STEP_8B + 0.33 + 0.255)


def test_graphs_of_adapters_are_captured_only_where_graphs_are() -> None:
    eager = _memory({"lora": {}, "extraArgs": ["--enforce-eager"]})
    assert eager.activations == _near(1.25 + _STEP_8B)


@pytest.mark.parametrize(
    ("model", "accelerator", "one_request"),
    [
        # (8 × 131,072 + 40 × (1024 + 2048)) × 2 × 8 × 256 × 2 bytes on one GPU.
        ("google/gemma-3-12b-it", "nvidia-l4", 8.9375),
        # (12 × 131,072 + 12 × (128 + 2048)) × 2 × 8 × 64 × 2 bytes.
        ("openai/gpt-oss-20b", "nvidia-l4", 3.0498),
        # Steps of 8192 tokens: a window keeps them too.
        ("openai/gpt-oss-20b", _H100, 3.1904),
    ],
)
def test_layers_with_a_window_cache_no_more_than_it_and_a_step(
    *, model: str, accelerator: str, one_request: float
) -> None:
    memory = _memory({"model": model, "gpu": _gpu(1, accelerator)})
    assert _request(memory).gib == _near(one_request)


def _published(row: PublishedMemory) -> GpuMemory:
    return _memory(
        {
            "model": row.model,
            "gpu": _gpu(row.gpus, row.accelerator),
            "gpuMemoryUtilization": row.utilization,
            "image": f"vllm/vllm-openai:v{row.version}",
        }
    )


@pytest.mark.parametrize("row", PUBLISHED_MEMORY, ids=lambda row: f"{row.model} {row.version}")
def test_the_error_against_published_figures_is_as_documented(row: PublishedMemory) -> None:
    memory = _published(row)

    assert abs(memory.weights / row.weights - 1) <= WEIGHTS_ERROR
    assert row.reserve is None or abs(memory.activations - row.reserve) <= RESERVE_ERROR_GIB
    assert row.cache is None or abs(memory.cache - row.cache) <= CACHE_ERROR_GIB


def test_the_documented_errors_are_no_larger_than_needed() -> None:
    """A bound that no figure comes near would say nothing."""
    rows = [(row, _published(row)) for row in PUBLISHED_MEMORY]
    weights = max(abs(memory.weights / row.weights - 1) for row, memory in rows)
    reserve = max(abs(memory.activations - row.reserve) for row, memory in rows if row.reserve)
    cache = max(abs(memory.cache - row.cache) for row, memory in rows if row.cache)

    assert weights > WEIGHTS_ERROR / 2
    assert reserve > RESERVE_ERROR_GIB / 2
    assert cache > CACHE_ERROR_GIB / 2


@pytest.mark.parametrize(
    ("lora", "count", "expected"),
    [
        # A rank-16 adapter is 0.5 % of 16.06 GB; two slots by default.
        ({}, 1, 2 * 0.0803e9 / 2**30),
        ({"maxLoras": 1}, 1, 0.0803e9 / 2**30),
        ({"maxLoras": 4, "maxRank": 64}, 1, 4 * 4 * 0.0803e9 / 2**30),
        ({"maxLoras": 4, "maxRank": 64}, 2, 2 * 4 * 0.0803e9 / 2**30),
        ({"maxLoras": 2, "maxCpuLoras": 500}, 1, 2 * 0.0803e9 / 2**30),
        ({"adapters": [{"name": "one", "source": "owner/one"}]}, 1, 2 * 0.0803e9 / 2**30),
    ],
    ids=["default", "one slot", "larger rank", "over 2 GPUs", "waiting in host memory", "served"],
)
def test_slots_of_adapters_are_counted(*, lora: Values, count: int, expected: float) -> None:
    plain, memory = _memory({"gpu": _gpu(count)}), _memory({"gpu": _gpu(count), "lora": lora})
    assert memory.lora == _near(expected)
    assert memory.cache == _near(plain.cache - expected - _LORA_GRAPHS)
    assert _request(memory).gib == _request(plain).gib


@pytest.mark.parametrize(
    ("count", "heads"),
    [(1, 4), (2, 2), (4, 1), (8, 1)],
)
def test_key_heads_are_repeated_where_there_are_more_gpus(*, count: int, heads: int) -> None:
    # Four heads for keys: 2 × 48 × heads × 128 × 2 bytes, 40,960 times.
    memory = _memory({"model": "Qwen/Qwen3-30B-A3B", "gpu": _gpu(count)})
    assert _request(memory).gib == _near(heads * 0.9375)


def test_the_stacks_own_size_goes_before_the_catalogs() -> None:
    memory = _memory({"parametersBillion": 4})
    assert memory.weights == _near(8e9 / 2**30)
    assert _request(memory).gib == _near(16)


@pytest.mark.parametrize(
    "raw",
    [{"model": "owner/unknown"}, {"model": "owner/unknown", "maxModelLen": 1024}],
)
def test_nothing_is_said_of_a_model_that_is_not_known(raw: Values) -> None:
    assert gpu_memory(Model.model_validate(raw)) is None


@given(
    st.sampled_from(["Qwen/Qwen3-8B", "google/gemma-3-27b-it", _70B]),
    st.integers(1, 4),
    st.floats(0.1, 0.99),
    st.integers(1, 200_000),
    st.integers(1, 8),
)
def test_the_parts_add_up_and_more_gpus_never_leave_less(
    model: str, count: int, share: float, context: int, slots: int
) -> None:
    raw = {
        "model": model,
        "gpuMemoryUtilization": share,
        "maxModelLen": context,
        "lora": {"maxLoras": slots},
    }
    fewer = _memory({**raw, "gpu": _gpu(count)})
    more = _memory({**raw, "gpu": _gpu(count * 2)})
    parts = fewer.weights + fewer.lora + fewer.activations + fewer.cache
    assert parts == _near(fewer.usable)
    assert fewer.usable == _near(79.19 * share)
    assert more.cache > fewer.cache
    assert _request(more).gib <= _request(fewer).gib
