"""Sizes of models, Pods and disks, by hand and as properties over all models and machines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.catalog.machines import MACHINES, Machine
from inference.catalog.models import MODELS
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.boot_disk import boot_disk_gb, local_ssd_gib
from inference.derive.placement import machine_for
from inference.derive.pod import PodSize, pod_size
from inference.derive.size import (
    adapter_gb,
    weights_gb,
)

_GIB: Final = 1.073741824
"""GB in a GiB."""
_LLAMA_70B: Final = "meta-llama/Llama-3.1-70B-Instruct"


def _model(**values: object) -> Model:
    return Model.model_validate(values)


def _lora(rank: int = 16, cpu: int = 12, adapters: int = 2) -> Mapping[str, Any]:
    return {
        "maxLoras": 2,
        "maxCpuLoras": cpu,
        "maxRank": rank,
        "adapters": [{"name": f"a{index}", "source": "x/y"} for index in range(adapters)],
    }


def _settings(machine: str, models: Sequence[Mapping[str, Any]], **pool: object) -> Settings:
    return Settings.model_validate(
        {
            "nodePools": [{"machineType": machine, "capacity": "spot", **pool}],
            "models": models,
        }
    )


def _pod(model: Model, machine: Machine) -> PodSize:
    """What a replica asks of a Standard cluster's node."""
    return pod_size(Settings.model_validate({"models": [model]}), model, machine)


def _boot_disk(machine: str, models: Sequence[Mapping[str, Any]], **pool: object) -> int:
    stack = _settings(machine, models, **pool)
    return boot_disk_gb(stack, stack.pools[0])


@st.composite
def _replica(draw: st.DrawFn) -> tuple[Model, Machine]:
    """A model on a machine that holds its GPUs; sizes from the catalog, given or unknown."""
    machine = draw(st.sampled_from(list(MACHINES.values())))
    values: dict[str, object] = {
        "model": draw(st.sampled_from([*MODELS, "someone/unknown"])),
        "gpu": {
            "accelerator": machine.accelerator.name,
            "count": draw(st.integers(min_value=1, max_value=machine.gpus)),
        },
        "parametersBillion": draw(st.none() | st.floats(min_value=0.1, max_value=700)),
        "lora": draw(
            st.none()
            | st.builds(
                _lora,
                st.sampled_from([8, 16, 64, 256]),
                st.integers(min_value=2, max_value=64),
                st.just(2),
            )
        ),
    }
    return Model.model_validate(values), machine


_on_any_machine = _replica()


@pytest.mark.parametrize(
    ("values", "gigabytes"),
    [
        ({}, 16.06),  # 8.03 billion at 2 bytes
        ({"model": _LLAMA_70B}, 141.2),
        ({"model": "openai/gpt-oss-120b"}, 68.912),  # 116.8 billion at 0.59 bytes
        ({"model": "someone/unknown", "parametersBillion": 3}, 6),
        ({"parametersBillion": 1.5}, 3),
    ],
)
def test_weights_are_parameters_times_their_width(
    values: Mapping[str, Any], gigabytes: float
) -> None:
    assert weights_gb(_model(**values)) == pytest.approx(gigabytes)


@pytest.mark.parametrize(
    ("accelerator", "count", "gigabytes"),
    [
        ("nvidia-h100-80gb", 1, 80 * _GIB),
        ("nvidia-l4", 2, 48 * _GIB),
        ("nvidia-h200-141gb", 8, 1128 * _GIB),
    ],
)
def test_an_unknown_model_is_as_large_as_its_gpus_memory(
    accelerator: str, count: int, gigabytes: float
) -> None:
    model = _model(model="someone/unknown", gpu={"accelerator": accelerator, "count": count})
    assert weights_gb(model) == pytest.approx(gigabytes)


@pytest.mark.parametrize(
    ("rank", "gigabytes"), [(16, 0.0803), (8, 0.04015), (64, 0.3212), (256, 1.2848)]
)
def test_an_adapter_grows_with_its_rank(rank: int, gigabytes: float) -> None:
    assert adapter_gb(_model(lora=_lora(rank))) == pytest.approx(gigabytes)


def test_without_lora_no_adapter_takes_room() -> None:
    assert adapter_gb(_model()) == 0


def test_the_tutorials_pod_requests_what_its_model_needs() -> None:
    size = _pod(_model(lora=_lora()), MACHINES["a3-highgpu-2g"])
    # 2 + 4 for the GPU; half of the machine has 25.
    assert size.cpu == 6
    # 8 + 4 + (16.06 + 12 * 0.0803) / 1.0737 = 27.85
    assert size.memory == 28
    # (16.06 + 12 * 0.0803 + 10) / 1.0737 = 25.17
    assert size.data_volume == 26
    assert size.ephemeral_storage == 36
    assert size.shm_volume == 4


def test_a_small_machine_gives_its_share_where_the_model_wants_more() -> None:
    size = _pod(_model(gpu={"accelerator": "nvidia-l4"}), MACHINES["g2-standard-4"])
    # 4 - 0.08 kept by GKE - 1 for system Pods.
    assert size.cpu == 2.9
    # 16 GB are 14.90 GiB; GKE keeps 1 + 0.8 + 0.69 + 0.1, system Pods 2.
    assert size.memory == 10


def test_a_replica_on_part_of_a_machine_gets_that_part() -> None:
    model = _model(model=_LLAMA_70B, gpu={"accelerator": "nvidia-tesla-a100", "count": 1})
    size = _pod(model, MACHINES["a2-highgpu-8g"])
    # 680 GB are 633.3 GiB; GKE keeps 2.6 + 6.72 + 10.11 + 0.1, system Pods 2: 611.77 / 8 = 76.5.
    assert size.memory == 76
    assert size.cpu == 6


@given(_on_any_machine)
def test_every_request_is_positive_and_storage_holds_the_data_volume(
    replica: tuple[Model, Machine],
) -> None:
    size = _pod(*replica)
    assert size.cpu > 0
    assert size.memory > 0
    assert size.ephemeral_storage >= size.data_volume > 0


@given(_on_any_machine)
def test_requests_never_exceed_the_share_of_the_machine(replica: tuple[Model, Machine]) -> None:
    model, machine = replica
    share = model.gpu.count / machine.gpus
    size = _pod(model, machine)
    # GKE keeps CPU and memory of its own: the whole machine is never there to be had.
    assert size.cpu < machine.vcpu * share
    assert size.memory < machine.memory_gb / _GIB * share


@given(_on_any_machine)
def test_the_data_volume_holds_weights_and_adapters(replica: tuple[Model, Machine]) -> None:
    model, machine = replica
    adapters = len(model.lora.adapters) if model.lora else 0
    needed = weights_gb(model) + adapters * adapter_gb(model)
    assert _pod(model, machine).data_volume * _GIB >= needed


@pytest.mark.parametrize(
    ("lora", "gigabytes"),
    [
        (_lora(rank=64, cpu=2, adapters=40), 16.06 + 40 * 0.3212),
        (_lora(rank=256, cpu=2, adapters=20), 16.06 + 20 * 1.2848),
    ],
)
def test_the_data_volume_holds_more_adapters_than_wait_in_host_memory(
    lora: Mapping[str, Any], gigabytes: float
) -> None:
    size = _pod(_model(lora=lora), MACHINES["a3-highgpu-1g"])
    assert size.data_volume * _GIB >= gigabytes


def test_a_boot_disk_beside_local_ssd_holds_the_system_alone() -> None:
    assert _boot_disk("a3-highgpu-2g", [{}]) == 100


@pytest.mark.parametrize("machine", ["a3-highgpu-2g", "g2-standard-8"])
def test_a_given_disk_size_is_taken(machine: str) -> None:
    models = [{"gpu": {"accelerator": MACHINES[machine].accelerator.name}}]
    assert _boot_disk(machine, models, diskSizeGb=77) == 77


def test_a_boot_disk_without_models_of_its_gpu_holds_system_and_image() -> None:
    assert _boot_disk("g2-standard-8", [{}]) >= 140


@pytest.mark.parametrize(
    ("machine", "models"),
    [
        ("g2-standard-8", [{"gpu": {"accelerator": "nvidia-l4"}}]),
        ("g2-standard-96", [{"gpu": {"accelerator": "nvidia-l4"}}]),
        ("a2-highgpu-8g", [{"gpu": {"accelerator": "nvidia-tesla-a100"}}]),
        (
            "a2-highgpu-8g",
            [{"model": _LLAMA_70B, "gpu": {"accelerator": "nvidia-tesla-a100", "count": 4}}],
        ),
        (
            "g4-standard-384",
            [{"model": _LLAMA_70B, "gpu": {"accelerator": "nvidia-rtx-pro-6000", "count": 2}}],
        ),
    ],
)
def test_without_local_ssd_a_full_nodes_pods_fit_on_the_boot_disk(
    machine: str, models: Sequence[Mapping[str, Any]]
) -> None:
    stack = _settings(machine, models)
    disk = boot_disk_gb(stack, stack.pools[0]) / _GIB
    # GKE keeps the least of half the disk, 6 GiB and 35 %, and 100 GiB; the kubelet evicts at 10 %.
    allocatable = disk - min(disk / 2, 6 + 0.35 * disk, 100) - disk / 10
    (model,) = stack.models
    pods = stack.pools[0].machine.gpus // model.gpu.count
    requested = pods * pod_size(stack, model, stack.pools[0].machine).node_storage
    assert requested <= allocatable


def test_a_boot_disk_without_local_ssd_grows_with_the_pods_on_a_node() -> None:
    gpu = {"accelerator": "nvidia-l4"}
    # Seven replicas more, each with 16.06 GB of weights.
    one, eight = (
        _boot_disk("g2-standard-8", [{"gpu": gpu}]),
        _boot_disk("g2-standard-96", [{"gpu": gpu}]),
    )
    assert eight - one >= 7 * 16.06


@pytest.mark.parametrize(
    ("machine", "gib"),
    [("a3-highgpu-1g", 750 / _GIB), ("a3-highgpu-8g", 6000 / _GIB), ("g2-standard-4", 0)],
)
def test_local_ssds_are_375_gb_each(machine: str, gib: float) -> None:
    assert local_ssd_gib(MACHINES[machine]) == pytest.approx(gib)


@pytest.mark.parametrize("accelerator", sorted({one.accelerator.name for one in MACHINES.values()}))
@pytest.mark.parametrize("whole", [False, True])
def test_on_autopilot_a_server_asks_for_no_more_than_a_machine_gives_it(
    accelerator: str, *, whole: bool
) -> None:
    """Autopilot gives Pods with GPUs no default, and refuses more than a machine has."""
    machine = max(
        (one for one in MACHINES.values() if one.accelerator.name == accelerator),
        key=lambda one: one.gpus,
    )
    count = machine.gpus if whole else 1
    model = {"gpu": {"accelerator": accelerator, "count": count}}
    stack = Settings.model_validate({"cluster": {"mode": "autopilot"}, "models": [model]})
    asked = pod_size(stack, stack.models[0])
    node = machine_for(stack, stack.models[0])

    assert 0 < asked.cpu <= node.vcpu * count / node.gpus
    assert 0 < asked.memory <= node.memory_gb / _GIB * count / node.gpus
    assert asked.ephemeral_storage > 1


def test_a_size_of_the_stacks_own_leaves_what_else_is_known_of_the_model() -> None:
    name = "Qwen/Qwen3-8B"
    model = Model.model_validate({"model": name, "parametersBillion": 9})

    assert model.facts == replace(MODELS[name], parameters_billion=9)
