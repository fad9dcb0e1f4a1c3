"""GPU memory of a replica, against numbers computed by hand in GiB.

Weights are billions of parameters × 2 bytes: 8.03 × 2e9 / 2^30 = 14.957, 70.6 × 2e9 / 2^30 =
131.502. A cached token takes 2 (keys and values) × layers × heads of one GPU × head size × 2 bytes.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.models import Model
from derive.memory import GpuMemory, LongestRequest, gpu_memory

Values = Mapping[str, Any]
_H100: Final = "nvidia-h100-80gb"
_70B: Final = "meta-llama/Llama-3.1-70B-Instruct"
_ACTIVATIONS: Final = 2.5
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
        # 80 × 0.92; a token of 2 × 32 × 8 × 128 × 2 = 2^17 bytes, 2^17 of them are 16 GiB.
        ({"gpu": _gpu()}, 73.6, 14.957, 56.143, 16),
        # 24 × 0.92.
        ({"gpu": _gpu(1, "nvidia-l4")}, 22.08, 14.957, 4.623, 16),
        # 131.502 / 2; 4 of 8 heads: 2 × 80 × 4 × 128 × 2 × 2^17 bytes are 20 GiB.
        ({"model": _70B, "gpu": _gpu(2)}, 73.6, 65.751, 5.349, 20),
        ({"model": _70B, "gpu": _gpu(4)}, 73.6, 32.876, 38.224, 10),
        ({"model": _70B, "gpu": _gpu(1)}, 73.6, 131.502, -60.402, 40),
        # 116.8e9 × 0.56 bytes; 2 × 36 × 8 × 64 × 2 × 2^17 bytes are 9 GiB.
        ({"model": "openai/gpt-oss-120b", "gpu": _gpu()}, 73.6, 60.916, 10.184, 9),
    ],
    ids=["8B on H100", "8B on L4", "70B on 2", "70B on 4", "70B on 1", "gpt-oss-120b"],
)
def test_memory_of_each_gpu(
    *, raw: Values, usable: float, weights: float, cache: float, one_request: float
) -> None:
    memory = _memory(raw)
    assert memory.activations == _ACTIVATIONS
    assert memory.lora == 0
    assert (memory.usable, memory.weights) == (_near(usable), _near(weights))
    assert (memory.cache, _request(memory).gib) == (_near(cache), _near(one_request))
    assert _request(memory).context == 131072
    assert memory.requests == _near(cache / one_request)


def test_a_shorter_context_takes_less_cache_and_leaves_the_rest_alone() -> None:
    long, short = _memory({}), _memory({"maxModelLen": 8192})
    assert (_request(short).context, _request(short).gib) == (8192, _near(1))
    assert short.cache == long.cache
    assert short.requests == _near(56.143)


def test_the_share_of_gpu_memory_is_honoured() -> None:
    memory = _memory({"gpuMemoryUtilization": 0.5})
    assert memory.usable == _near(40)
    assert memory.cache == _near(40 - _WEIGHTS_8B - _ACTIVATIONS)


def test_the_whole_of_gpu_memory_may_be_used() -> None:
    assert _memory({"gpuMemoryUtilization": 1}).usable == _near(80)


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
    assert fewer.usable == _near(80 * share)
    assert more.cache > fewer.cache
    assert _request(more).gib <= _request(fewer).gib
