"""GPU memory of a replica, against numbers computed by hand in GiB.

Weights are billions of parameters × 2 bytes: 8.03 × 2e9 / 2^30 = 14.957, 70.6 × 2e9 / 2^30 =
131.502. A cached token takes 2 (keys and values) × layers × heads of one GPU × head size × 2 bytes.
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
_ACTIVATIONS: Final = 2.5
_ON_SEVERAL: Final = 4.5
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
    return pytest.approx(value, abs=0.001)  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.parametrize(
    ("raw", "usable", "weights", "cache", "one_request"),
    [
        # 79.19 × 0.92; a token of 2 × 32 × 8 × 128 × 2 = 2^17 bytes, 2^17 of them are 16 GiB.
        ({"gpu": _gpu()}, 72.855, 14.957, 55.398, 16),
        # 22.49 × 0.92.
        ({"gpu": _gpu(1, "nvidia-l4")}, 20.691, 14.957, 3.234, 16),
        # 131.502 / 2; 4 of 8 heads: 2 × 80 × 4 × 128 × 2 × 2^17 bytes are 20 GiB.
        ({"model": _70B, "gpu": _gpu(2)}, 72.855, 65.751, 2.604, 20),
        ({"model": _70B, "gpu": _gpu(4)}, 72.855, 32.876, 35.479, 10),
        ({"model": _70B, "gpu": _gpu(1)}, 72.855, 131.502, -61.147, 40),
        # 116.8e9 × 0.59 bytes; 2 × 36 × 8 × 64 × 2 × 2^17 bytes are 9 GiB.
        ({"model": "openai/gpt-oss-120b", "gpu": _gpu()}, 72.855, 64.179, 6.176, 9),
    ],
    ids=["8B on H100", "8B on L4", "70B on 2", "70B on 4", "70B on 1", "gpt-oss-120b"],
)
def test_memory_of_each_gpu(
    *, raw: Values, usable: float, weights: float, cache: float, one_request: float
) -> None:
    memory = _memory(raw)
    assert memory.activations == (_ACTIVATIONS if raw["gpu"]["count"] == 1 else _ON_SEVERAL)
    assert memory.lora == 0
    assert (memory.usable, memory.weights) == (_near(usable), _near(weights))
    assert (memory.cache, _request(memory).gib) == (_near(cache), _near(one_request))
    assert _request(memory).context == 131072
    assert memory.requests == _near(cache / one_request)


def test_a_shorter_context_takes_less_cache_and_leaves_the_rest_alone() -> None:
    long, short = _memory({}), _memory({"maxModelLen": 8192})
    assert (_request(short).context, _request(short).gib) == (8192, _near(1))
    assert short.cache == long.cache
    assert short.requests == _near(55.398)


def test_the_share_of_gpu_memory_is_honoured() -> None:
    memory = _memory({"gpuMemoryUtilization": 0.5})
    assert memory.usable == _near(39.595)
    assert memory.cache == _near(39.595 - _WEIGHTS_8B - _ACTIVATIONS)


def test_the_whole_of_gpu_memory_may_be_used() -> None:
    assert _memory({"gpuMemoryUtilization": 1}).usable == _near(79.19)


@pytest.mark.parametrize(
    ("reference", "activations"),
    [("vllm:v0.16.0", 6.0), ("vllm:v0.17.0", 2.5), ("vllm:v0.32.0", 2.5), ("vllm:latest", 2.5)],
)
def test_versions_before_0_17_need_more_for_activations(
    *, reference: str, activations: float
) -> None:
    assert _memory({"image": reference}).activations == activations


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
    assert memory.cache == _near(plain.cache - expected)
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
    st.floats(0.1, 1),
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
