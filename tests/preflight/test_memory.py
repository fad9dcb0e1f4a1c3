"""What the checks of GPU and host memory find, let pass and say, against sums done by hand.

Llama 3.1 8B weighs 16.06e9 bytes = 14.957 GiB, and 8,192 tokens of its cache take 1 GiB.
"""

import re
from collections.abc import Sequence
from typing import Final

import pytest
from conftest import make_settings
from preflight_cases import Case, Values, the_only

from inference.config import Finding, Severity
from inference.preflight import context, disk, memory
from inference.preflight.registry import checks_of

MODULES: Final = (memory, context, disk)
_H100: Final = "nvidia-h100-80gb"
_L4: Final = "nvidia-l4"
_70B: Final = "meta-llama/Llama-3.1-70B-Instruct"
_OWN: Final = "owner/unknown"
_QWEN_32B: Final = "Qwen/Qwen3-32B"
_BIG: Final = {"machineType": "a3-highgpu-8g"}


def _gpu(count: int = 1, accelerator: str = _H100) -> Values:
    return {"accelerator": accelerator, "count": count}


def _stack(model: Values, *pools: Values) -> Values:
    """One model on pools; on one of eight H100 when none is given."""
    return {"nodePools": list(pools) or [_BIG], "models": [model]}


def _l4(vcpu: int, **model: object) -> Values:
    """A model on one L4 of a machine with so many vCPU."""
    return _stack({"gpu": _gpu(1, _L4), **model}, {"machineType": f"g2-standard-{vcpu}"})


def _cache(size: str, **model: object) -> Values:
    return _stack({"extraArgs": [f"--kv-cache-memory-bytes={size}"], **model})


def _longer(**env: str) -> Values:
    """A context of Qwen3 8B beyond its 40,960 positions."""
    return _stack({"model": "Qwen/Qwen3-8B", "maxModelLen": 65_536, "env": env})


def _rank_512(adapters: int, *, replicas: int = 1, count: int = 1) -> Values:
    """8B with adapters of 16.06 GB × 0.005 × 512 / 16 = 2.5696 GB each, waiting in host memory."""
    lora = {"maxRank": 512, "maxCpuLoras": adapters}
    return {"replicas": replicas, "gpu": _gpu(count), "lora": lora}


def _findings(raw: Values) -> list[Finding]:
    return [found for module in MODULES for found in module.findings(make_settings(raw))]


def _ids(raw: Values) -> set[str]:
    return {finding.id for finding in _findings(raw)}


def _one(raw: Values, identifier: str) -> Finding:
    return the_only(_findings(raw), identifier)


def _set(path: str, value: object) -> str:
    return f"pulumi config set --path 'gke-inference-gateway:{path}' {value}"


def _large(billion: float, gpus: int) -> Values:
    return {"model": _OWN, "parametersBillion": billion, "gpu": _gpu(gpus)}


_COPIES: Final = {"model": _70B, "gpu": _gpu(8), "extraArgs": ["--data-parallel-size=8"]}
_1G: Final = {"machineType": "a3-highgpu-1g"}
_2G: Final = {"machineType": "a3-highgpu-2g"}
_AUTOPILOT: Final = {"cluster": {"mode": "autopilot"}}
CASES: Final = (
    Case(
        id="memory.traffic-beyond-context",
        trips={
            "a context that was made short": {
                **_stack({"maxModelLen": 1279}),
                "traffic": {"requestsPerSecond": 1},
            },
            "the model's own": _stack(
                {"traffic": {"requestsPerSecond": 1, "inputTokens": 131072, "outputTokens": 1}}
            ),
        },
        passes={
            "just long enough": {
                **_stack({"maxModelLen": 1280}),
                "traffic": {"requestsPerSecond": 1},
            },
            "a context that is not known": _stack(
                {
                    "model": "owner/unknown",
                    "traffic": {"requestsPerSecond": 1, "inputTokens": 10**6},
                }
            ),
        },
    ),
    Case(
        id="memory.weights",
        trips={
            # 131.5 of 72.9 GiB.
            "70B on one H100": _stack({"model": _70B}),
            # 23.6e9 × 2 bytes = 43.96 GiB on 2 × 20.69.
            "24B on two L4": _stack(
                {"model": "mistralai/Mistral-Small-3.2-24B-Instruct-2506", "gpu": _gpu(2, _L4)},
                {"machineType": "g2-standard-24"},
            ),
            # 22.49 × 0.76 = 17.09 < 14.957 + 2.253.
            "a small share of the GPU": _l4(16, gpuMemoryUtilization=0.76),
            # 22 slots × 0.150 GiB (rank 32) = 3.29 > 3.48 - 0.3 for the graphs of adapters.
            "too many slots for adapters": _l4(
                32, lora={"maxLoras": 22, "maxCpuLoras": 22, "maxRank": 32}
            ),
            "a size of the stack's own": _stack({"parametersBillion": 40}),
            "copies of which none fits on its GPU": _stack(_COPIES, _BIG),
        },
        passes={
            "70B on two H100": _stack({"model": _70B, "gpu": _gpu(2)}),
            "24B on four L4": _stack(
                {"model": "mistralai/Mistral-Small-3.2-24B-Instruct-2506", "gpu": _gpu(4, _L4)},
                {"machineType": "g2-standard-48"},
            ),
            # 17.32 > 17.21.
            "a share just large enough": _l4(16, gpuMemoryUtilization=0.77),
            # 21 slots: 3.14 < 3.18.
            "as many slots as fit": _l4(
                32, lora={"maxLoras": 21, "maxCpuLoras": 21, "maxRank": 32}
            ),
            # 37.4 × 2e9 bytes = 69.66 < 72.85 - 3.1, as the MLP of another size is not known.
            "a size that just fits": _stack({"parametersBillion": 37.4}),
            "a size that is not known": _stack({"model": _OWN}),
        },
    ),
    Case(
        id="memory.larger-than-node",
        trips={
            # 8 × 72.85 = 582.8 GiB, of which 312.9e9 × 2 bytes are all.
            "405B on eight H100": _stack(_large(405, 8), _BIG),
            "on fewer GPUs too": _stack(_large(313, 4), _BIG),
            "a share of eight L4": _stack(
                {"model": _70B, "gpu": _gpu(8, _L4), "gpuMemoryUtilization": 0.5},
                {"machineType": "g2-standard-96"},
            ),
        },
        passes={
            "what more GPUs would hold": _stack(_large(312, 4), _BIG),
            "copies of what fits": _stack(_COPIES, _BIG),
            "a size that is not known": _stack({"model": _OWN, "gpu": _gpu(8)}, _BIG),
        },
    ),
    Case(
        id="memory.context",
        trips={
            # 3.89 GiB for one request of 20.
            "70B on two H100": _stack({"model": _70B, "gpu": _gpu(2)}),
            # 3.48 GiB for one of 16.
            "8B on an L4": _l4(12),
            # 3.48048 GiB × 8,192 = 28,512 tokens.
            "one token more than fits": _l4(12, maxModelLen=28_513),
            "a small cache": _cache("64M", maxModelLen=2048),
            "a small cache on a small GPU": _l4(12, extraArgs=["--kv-cache-memory-bytes=64M"]),
        },
        passes={
            "70B on four H100": _stack({"model": _70B, "gpu": _gpu(4)}),
            "70B on two, a shorter context": _stack(
                {"model": _70B, "gpu": _gpu(2), "maxModelLen": 8192}
            ),
            "as many tokens as fit": _l4(12, maxModelLen=28_512),
            "8B on an H100": _stack({}),
            "a cache of 0 is computed": _cache("0"),
            "weights that do not fit are another finding": _stack({"model": _70B}),
        },
    ),
    Case(
        id="memory.utilization",
        trips={
            "all": _stack({"gpuMemoryUtilization": 0.999}),
            "a little less": _stack({"gpuMemoryUtilization": 0.995}),
            "an L4 has less": _l4(12, maxModelLen=8192, gpuMemoryUtilization=0.985),
        },
        passes={
            "what is free": _stack({"gpuMemoryUtilization": 0.99}),
            "as published": _l4(12, maxModelLen=8192, gpuMemoryUtilization=0.95),
            "of SGLang it is another share": _stack(
                {"engine": "sglang", "gpuMemoryUtilization": 0.999}
            ),
        },
    ),
    Case(
        id="memory.concurrency",
        trips={
            # 55.2 GiB hold 3.45 requests of 16.
            "four of the whole context": _stack({"concurrency": 4}),
            "a thousand, which no GPU holds": _stack({"concurrency": 1000}),
            "56 of 1 GiB": _stack({"maxModelLen": 8192, "concurrency": 56}),
            # 37.7 GiB on each GPU, and 10 for a request.
            "four of 70B on four": _stack({"model": _70B, "gpu": _gpu(4), "concurrency": 4}),
        },
        passes={
            "one by default": _stack({}),
            "three of the whole context": _stack({"concurrency": 3}),
            "55 of 1 GiB": _stack({"maxModelLen": 8192, "concurrency": 55}),
            "three of 70B on four": _stack({"model": _70B, "gpu": _gpu(4), "concurrency": 3}),
            "not even one fits": _stack({"model": _70B, "gpu": _gpu(2), "concurrency": 4}),
            "attention that is not known": _stack(
                {"model": _OWN, "parametersBillion": 8, "concurrency": 100}
            ),
        },
    ),
    Case(
        id="memory.unknown",
        trips={
            "a model of one's own": _stack({"model": _OWN}),
            "another case of letters": _stack({"model": "qwen/qwen3-8b"}),
        },
        passes={
            "a model of the catalog": _stack({"model": "Qwen/Qwen3-8B"}),
            "its size is given": _stack({"model": _OWN, "parametersBillion": 8}),
        },
    ),
    Case(
        id="memory.tensor-parallel",
        trips={
            "64 heads on 3": _stack({"model": _70B, "gpu": _gpu(3)}),
            "40 heads on 3": _stack({"model": "Qwen/Qwen3-14B", "gpu": _gpu(3)}),
            "28 heads on 8": _stack(
                {"model": "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "gpu": _gpu(8)}
            ),
        },
        passes={
            "64 heads on 4": _stack({"model": _70B, "gpu": _gpu(4)}),
            "40 heads on 5": _stack({"model": "Qwen/Qwen3-14B", "gpu": _gpu(5)}),
            "28 heads on 7": _stack(
                {"model": "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "gpu": _gpu(7)}
            ),
            "heads that are not known": _stack({"model": _OWN, "gpu": _gpu(3)}),
        },
    ),
    Case(
        id="memory.beyond-positions",
        trips={
            "one more": _stack({"model": "Qwen/Qwen3-8B", "maxModelLen": 40_961}),
            "of another model": _stack({"model": _70B, "gpu": _gpu(8), "maxModelLen": 200_000}),
        },
        passes={
            "all of them": _stack({"model": "Qwen/Qwen3-8B", "maxModelLen": 40_960}),
            "a context that is not given": _stack({"model": "Qwen/Qwen3-8B"}),
            "positions that are stretched": _stack(
                {
                    "model": "Qwen/Qwen3-8B",
                    "maxModelLen": 131_072,
                    "extraArgs": ["--hf-overrides", '{"rope_parameters": {}}'],
                }
            ),
            "positions that are not known": _stack({"model": _OWN, "maxModelLen": 10**6}),
        },
    ),
    Case(
        id="memory.host",
        trips={
            # 8 + 17 of 24.3 GiB.
            "a cache in host memory": _l4(8, extraArgs=["--kv-offloading-size=17"]),
            "weights in host memory": _l4(8, extraArgs=["--cpu-offload-gb", "17"]),
            # 8 + 13 × 2.393 = 39.1 of 38.3 GiB.
            "adapters of rank 512 with 48 GB": _l4(12, lora={"maxRank": 512, "maxCpuLoras": 13}),
        },
        passes={
            # Weights are read by pages that can go.
            "8B with 16 GB": _l4(4),
            "a cache that just fits": _l4(8, extraArgs=["--kv-offloading-size=16"]),
            # 36.7 of 38.3 GiB.
            "adapters of rank 512 that fit": _l4(12, lora={"maxRank": 512, "maxCpuLoras": 12}),
            "a size that is not known": _l4(4, model=_OWN),
            "Autopilot takes a larger machine": {
                "cluster": {"mode": "autopilot"},
                "models": [{"gpu": _gpu(1, _L4)}],
            },
        },
    ),
    Case(
        id="memory.local-ssd",
        trips={
            # (235 × 2.5696 + 16.06 + 10) GB = 587 GiB and 10: 597. Two SSDs of 375 GB: 593.7.
            "one replica on two disks": _stack(_rank_512(235), _1G),
            "on Autopilot, which makes such nodes": {**_AUTOPILOT, "models": [_rank_512(235)]},
            "two replicas on four": _stack(_rank_512(235, replicas=2), _2G),
            "eight replicas on sixteen": _stack(_rank_512(235, replicas=8), _BIG),
        },
        passes={
            # 230 adapters: 585.
            "one replica that just fits": _stack(_rank_512(230), _1G),
            "on Autopilot too": {**_AUTOPILOT, "models": [_rank_512(230)]},
            "two replicas that just fit": _stack(_rank_512(230, replicas=2), _2G),
            "a replica that has the node to itself": _stack(_rank_512(235, count=2), _2G),
            "no local SSD, but a boot disk sized for it": _stack(
                {**_rank_512(235), "gpu": _gpu(1, "nvidia-tesla-a100")},
                {"machineType": "a2-highgpu-1g"},
            ),
            # And one more in a roll-out: 2 × 597 of 4,750 GiB.
            "the only replica of a node for eight": _stack(_rank_512(235), _BIG),
        },
    ),
)


def test_arithmetic_refuses_and_what_is_reckoned_warns() -> None:
    checks = (*checks_of(memory), *checks_of(context))
    errors = {check.id for check in checks if check.severity is Severity.ERROR}
    assert errors == {
        "memory.weights",
        "memory.larger-than-node",
        "memory.beyond-positions",
        "memory.context",
        "memory.tensor-parallel",
        "memory.utilization",
    }
    # 15.0 and 1.0 for a request of 16.6 GiB: only what a step is reckoned to need lacks.
    short = _l4(16, gpuMemoryUtilization=0.74, maxModelLen=8192)
    reckoned = _one(short, "memory.weights")
    assert reckoned.severity is Severity.WARNING


def test_weights_that_do_not_fit() -> None:
    assert _one(_stack({"name": "large", "model": _70B}), "memory.weights") == Finding(
        id="memory.weights",
        severity=Severity.ERROR,
        path="models[0].gpu.count",
        message="large does not fit on 1 nvidia-h100-80gb: each GPU has 72.9 GiB for vLLM - 131.5 "
        "weights - 5.4 activations = -64.1 for the KV cache",
        # On 2 GPUs the weights fit, but not a request of the whole context.
        fix=_set("models[0].gpu.count", 4),
    )


def test_a_model_larger_than_one_node_is_refused_for_that() -> None:
    found = _one(_stack(_large(405, 8), _BIG), "memory.larger-than-node")
    # 810 GB of weights.
    assert found.message.endswith(
        "does not fit on one node: the largest, a3-highgpu-8g with 8 nvidia-h100-80gb, has at most "
        "583 GiB for vLLM, but the weights take 754"
    )
    assert found.fix.startswith(
        "set `models[0].gpu.accelerator` to nvidia-h200-141gb, `models[0].gpu.count` to 8, "
        "`nodePools[0].machineType` to a3-ultragpu-8g, `nodePools[0].zones` to [us-central1-b] in "
    )


@pytest.mark.parametrize(
    ("given", "edits", "why"),
    [
        ({"capacity": "onDemand", "labels": {"a": "b"}}, {}, ""),
        ({"capacity": "onDemand", "nodes": 3, "diskType": "pd-ssd"}, {"nodes": 1}, ""),
        ({"capacity": "flexStart", "autoscaling": {"max": 3}}, {"autoscaling.max": 1}, ""),
        (
            {"capacity": "reservation", "reservation": "mine"},
            {"capacity": "spot", "reservation": None},
            " (spot: a reservation is of one machine type)",
        ),
    ],
)
def test_a_fix_leaves_a_pool_as_it_is_but_for_the_machine(
    given: Values, edits: Values, why: str
) -> None:
    raw = _stack(
        {"model": _70B, "gpu": _gpu(1, _L4), "gpuMemoryUtilization": 0.3},
        {"machineType": "g2-standard-96", **given},
    )
    found = _one(raw, "memory.larger-than-node")
    pool = {"machineType": "a2-ultragpu-8g", **edits}
    assert {edit.path: edit.value for edit in found.edits} == {
        "models[0].gpu.accelerator": "nvidia-a100-80gb",
        "models[0].gpu.count": 8,
        **{f"nodePools[0].{key}": value for key, value in pool.items()},
    }
    assert found.fix.endswith(f"in the stack file{why}, or serve a smaller or quantised model")


def test_a_fix_says_why_it_takes_another_capacity_and_its_price() -> None:
    gpu = {**_gpu(8), "capacity": "onDemand"}
    fix = _one(
        {**_AUTOPILOT, "models": [{**_large(405, 8), "gpu": gpu}]}, "memory.larger-than-node"
    )
    assert re.search(
        r"`models\[0\]\.gpu\.capacity` to spot in the stack file \(spot, \$\d+\.\d\d per node and "
        r"hour: a3-ultragpu-8g is not offered as onDemand\)",
        fix.fix,
    )


def test_slots_for_adapters_are_part_of_the_sum() -> None:
    # 4 slots of rank 64: 4 × 4 × 16.06e9 × 0.005 bytes = 1.197 GiB. Activations: 2.253 + 0.3.
    lora = {"maxLoras": 4, "maxRank": 64}
    assert _one(_l4(16, lora=lora), "memory.context").message == (
        "each GPU has 20.7 GiB for vLLM - 15.0 weights - 1.2 LoRA - 2.6 activations = 2.0 for the "
        "KV cache, but one request of 131072 tokens needs 16.0: vLLM would refuse to start"
    )


@pytest.mark.parametrize(
    ("raw", "message", "tokens"),
    [
        (
            _stack({"model": _70B, "gpu": _gpu(2)}),
            (
                "each GPU has 72.9 GiB for vLLM - 65.8 weights - 3.2 activations = 3.9 for the KV "
                "cache, but one request of 131072 tokens needs 20.0: vLLM would refuse to start"
            ),
            24 * 1024,  # 3.894 of 20 GiB are 25,520 tokens
        ),
        (
            _l4(12),
            (
                "each GPU has 20.7 GiB for vLLM - 15.0 weights - 2.3 activations = 3.5 for the KV "
                "cache, but one request of 131072 tokens needs 16.0: vLLM would refuse to start"
            ),
            27 * 1024,  # 3.480 of 16 GiB are 28,512 tokens
        ),
    ],
    ids=["70B", "8B"],
)
def test_a_context_that_does_not_fit(raw: Values, message: str, tokens: int) -> None:
    assert _one(raw, "memory.context") == Finding(
        id="memory.context",
        severity=Severity.ERROR,
        path="models[0].maxModelLen",
        message=message,
        fix=f"{_set('models[0].maxModelLen', tokens)}, or give the replica more GPU memory",
    )


@pytest.mark.parametrize(
    ("raw", "identifier", "severity"),
    [
        # 15.0 + 3.48 of 20.7 GiB: only the estimated activations are too much.
        (_l4(12, maxModelLen=28_513), "memory.context", Severity.WARNING),
        (_l4(12, engine="sglang"), "memory.context", Severity.WARNING),
        # What is given is certain.
        (_cache("4G", maxModelLen=40_000), "memory.context", Severity.ERROR),
        # 15.8 GiB for 15.0 and the 1.0 of a request.
        (
            _stack({"maxModelLen": 8192, "gpuMemoryUtilization": 0.2}),
            "memory.weights",
            Severity.ERROR,
        ),
        (_stack({"gpuMemoryUtilization": 0.995}), "memory.utilization", Severity.ERROR),
        (_l4(12, gpuMemoryUtilization=0.99), "memory.utilization", Severity.WARNING),
        (_longer(), "memory.beyond-positions", Severity.ERROR),
        (_longer(VLLM_ALLOW_LONG_MAX_MODEL_LEN="0"), "memory.beyond-positions", Severity.ERROR),
        (_longer(VLLM_ALLOW_LONG_MAX_MODEL_LEN="1"), "memory.beyond-positions", Severity.WARNING),
    ],
)
def test_what_is_certain_is_an_error(raw: Values, identifier: str, severity: Severity) -> None:
    assert _one(raw, identifier).severity is severity


def test_a_cache_of_a_given_size_is_that_large_whatever_share_is_set() -> None:
    given = _cache("20G", gpuMemoryUtilization=0.4)

    assert _ids(given) == set()
    assert _one(_cache("4G"), "memory.context").message == (
        "--kv-cache-memory-bytes gives each GPU's KV cache 4.0 GiB, but one request of 131072 "
        "tokens needs 16.0: vLLM would refuse to start"
    )


def test_the_context_that_is_proposed_fits() -> None:
    assert "memory.context" not in _ids(_l4(12, maxModelLen=27 * 1024))


def test_fewer_requests_than_stated() -> None:
    assert _one(_stack({"concurrency": 4}), "memory.concurrency") == Finding(
        id="memory.concurrency",
        severity=Severity.WARNING,
        path="models[0].concurrency",
        message="each GPU has 72.9 GiB for vLLM - 15.0 weights - 2.7 activations = 55.2 for the "
        "KV cache, but 4 requests of 131072 tokens need 64.0: some would be preempted",
        # A quarter of 55.152 GiB are 112,951 tokens.
        fix=f"{_set('models[0].maxModelLen', 110 * 1024)}, or give the replica more GPU memory",
    )


_CACHE_REMOVED: Final = (
    "remove --kv-cache-memory-bytes and its value from `models[0].extraArgs` in the stack file"
)


@pytest.mark.parametrize(
    ("raw", "identifier", "path", "fix"),
    [
        # 3.45 of them fit, and of a thousand not 1024 tokens each.
        (
            _stack({"concurrency": 1000}),
            "memory.concurrency",
            "concurrency",
            f"{_set('models[0].concurrency', 3)}, or give the replica more GPU memory",
        ),
        (
            _stack({"concurrency": 1000, "gpuMemoryUtilization": 0.9}),
            "memory.concurrency",
            "concurrency",
            f"{_set('models[0].concurrency', 3)}, or give the replica more GPU memory",
        ),
        (
            _cache("64M", maxModelLen=2048),
            "memory.context",
            "extraArgs[0]",
            _CACHE_REMOVED,
        ),
        (_cache("500M"), "memory.context", "extraArgs[0]", _CACHE_REMOVED),
        (_cache("17G", concurrency=3), "memory.concurrency", "extraArgs[0]", _CACHE_REMOVED),
        # Without it an L4 does not hold a request of the whole context either.
        (
            _l4(12, extraArgs=["--kv-cache-memory-bytes=500M"]),
            "memory.context",
            "extraArgs[0]",
            _set("models[0].maxModelLen", 3072),
        ),
        (
            _stack(_COPIES, _BIG),
            "memory.weights",
            "gpu.count",
            _CACHE_REMOVED.replace("kv-cache-memory-bytes", "data-parallel-size"),
        ),
    ],
)
def test_what_takes_memory_away_is_named(raw: Values, identifier: str, path: str, fix: str) -> None:
    found = _one(raw, identifier)

    assert (found.path, found.fix) == (f"models[0].{path}", fix)


def test_an_argument_is_removed_with_more_gpus_where_both_are_needed() -> None:
    fix = _one(_l4(12, extraArgs=["--kv-cache-memory-bytes=64M"]), "memory.context").fix

    assert fix.startswith(f"{_CACHE_REMOVED}, and set `models[0].gpu.accelerator` to ")


def test_a_model_that_is_not_known() -> None:
    # A digit makes another real model: it is named, and no more.
    near = _one(_stack({"model": "Qwen/Qwen3-9B"}), "memory.unknown").message
    assert near.startswith("Qwen/Qwen3-9B is not in the catalog (nearest: Qwen/Qwen3-8B), so")
    assert _one(_stack({"model": _OWN}), "memory.unknown") == Finding(
        id="memory.unknown",
        severity=Severity.INFO,
        path="models[0].model",
        message="owner/unknown is not in the catalog, so whether it fits is not checked",
        fix=_set("models[0].parametersBillion", "BILLIONS"),
    )


@pytest.mark.parametrize(
    ("name", "count", "gib"),
    [
        # 2 bytes each of 405e9 on 8 GPUs, of 235e9 on 4; 4.25 bits each of 405e9 on 2.
        ("owner/Giant-405B-Instruct", 8, 94),
        ("owner/Giant-235B-A22B", 4, 109),
        ("owner/Giant-405b-AWQ", 2, 100),
        # 68 and 1.9 of 72.9 GiB.
        ("owner/Giant-405B-NVFP4", 3, None),
        ("owner/Small-1B", 1, None),
        # Not 220: what experts share counts once.
        ("owner/Giant-8x220B", 1, None),
    ],
)
def test_a_size_in_a_name_that_no_gpu_holds_warns(name: str, count: int, gib: int | None) -> None:
    found = _one(_stack({"model": name, "gpu": _gpu(count)}), "memory.unknown")

    assert (found.severity is Severity.WARNING) == (gib is not None)
    assert (f"{gib} GiB of weights for each GPU, which has 73 " in found.message) == bool(gib)
    assert [edit.path for edit in found.edits] == ["models[0].parametersBillion"] * bool(gib)


def test_heads_that_do_not_divide() -> None:
    raw = _stack({"name": "large", "model": _70B, "gpu": _gpu(3)})
    found = _one(raw, "memory.tensor-parallel")
    assert (found.severity, found.path) == (Severity.ERROR, "models[0].gpu.count")
    assert found.message == (
        "64 attention heads of large are not divisible by 3 GPUs: vLLM would refuse to start"
    )
    assert found.fix.startswith("pulumi config set --path 'gke-inference-gateway:models[0].gpu.")


@pytest.mark.parametrize(
    ("vcpu", "share"),
    [
        # 16 GB = 14.90 GiB, of which GKE keeps 1 + 0.8 + 0.69 + 0.1, and system Pods 2.
        (4, 10),
        # 32 GB = 29.80 GiB, of which GKE keeps 1 + 0.8 + 0.8 + 0.83 + 0.1, and system Pods 2.
        (8, 24),
    ],
)
def test_host_memory_that_is_too_small(*, vcpu: int, share: int) -> None:
    raw = _l4(vcpu, extraArgs=["--kv-offloading-size=19"])
    assert _one(raw, "memory.host") == Finding(
        id="memory.host",
        severity=Severity.WARNING,
        path="models[0].gpu",
        message=f"llama3-8b needs 27 GiB of host memory, but its share of one g2-standard-{vcpu} "
        f"is {share}",
        fix="choose a machine type with more memory per GPU",
    )


def test_local_ssds_that_are_too_small() -> None:
    assert _one(_stack(_rank_512(235, replicas=2), _2G), "memory.local-ssd") == Finding(
        id="memory.local-ssd",
        severity=Severity.WARNING,
        path="models[0]",
        message="2 replicas of llama3-8b on one a3-highgpu-2g request 1194 GiB of ephemeral "
        "storage, but its local SSDs provide about 1187",
        fix="lower lora.maxCpuLoras, or put fewer replicas on a node",
    )


def test_each_model_is_looked_at() -> None:
    models = [
        {"name": "first", "model": _QWEN_32B, "gpu": _gpu(2)},
        {"name": "second", "model": _OWN, "gpu": _gpu(1)},
        {"name": "third", "model": _70B, "gpu": _gpu(1)},
    ]
    found = _findings({"nodePools": [_BIG], "models": models})
    assert [(finding.id, finding.path) for finding in found] == [
        ("memory.unknown", "models[1].model"),
        ("memory.weights", "models[2].gpu.count"),
    ]


def test_a_given_size_is_enough_to_see_that_weights_do_not_fit() -> None:
    # 70e9 × 2 bytes = 130 GiB on 80, whatever the model's attention is like.
    assert "memory.weights" in _ids(_stack({"model": _OWN, "parametersBillion": 70}))


@pytest.mark.parametrize("order", [(4, 32), (32, 4)])
def test_the_smallest_of_several_machines_counts(order: Sequence[int]) -> None:
    # A replica may land on either: both have one L4.
    pools = [{"name": f"pool-{n}", "machineType": f"g2-standard-{n}"} for n in order]
    assert "memory.host" in _ids(
        _stack({"gpu": _gpu(1, _L4), "extraArgs": ["--kv-offloading-size=8"]}, *pools)
    )


def test_no_fix_asks_for_more_gpus_than_a_machine_has() -> None:
    # 131.5 / 8 = 16.4 GiB on each of eight L4, of which vLLM may use 12.
    raw = _stack(
        {"model": _70B, "gpu": _gpu(8, _L4), "gpuMemoryUtilization": 0.5},
        {"machineType": "g2-standard-96"},
    )
    assert "gpu.count' 16" not in _one(raw, "memory.larger-than-node").fix


def test_no_fix_asks_for_a_context_of_nothing() -> None:
    # 17.227 - 14.957 - 2.253 = 0.017 GiB hold 139 tokens.
    fix = _one(_l4(16, gpuMemoryUtilization=0.766), "memory.context").fix
    assert not fix.startswith(f"{_set('models[0].maxModelLen', 0)},")


def test_the_fix_for_heads_does_not_ask_for_fewer_gpus_than_the_weights_need() -> None:
    # 70B needs at least two H100, and two divide 64 heads.
    raw = _stack({"model": _70B, "gpu": _gpu(3)})
    assert _one(raw, "memory.tensor-parallel").fix != _set("models[0].gpu.count", 1)
