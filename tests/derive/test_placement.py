"""Where replicas fit and whether a roll-out may surge, against every placement tried out."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from conftest import make_settings
from hypothesis import given
from hypothesis import strategies as st

from inference.config.settings import Settings
from inference.derive.placement import machine_for, pools_for, rollout, uses_spot

Values = Mapping[str, Any]
_A100 = "nvidia-tesla-a100"
_H100 = "nvidia-h100-80gb"
_GPUS = {1: "a2-highgpu-1g", 2: "a2-highgpu-2g", 4: "a2-highgpu-4g", 8: "a2-highgpu-8g"}


def _model(
    count: int = 1, replicas: int = 1, accelerator: str = _A100, *, name: str = "first"
) -> Values:
    return {
        "name": name,
        "servedName": name,
        "replicas": replicas,
        "gpu": {"accelerator": accelerator, "count": count},
    }


def _pool(gpus: int, nodes: int = 1, **values: object) -> Values:
    size = {} if "autoscaling" in values else {"nodes": nodes}
    name = f"pool-{gpus}"
    return {"name": name, "machineType": _GPUS[gpus], "capacity": "spot", **size, **values}


def _stack(
    pools: Sequence[Values], models: Sequence[Values], cluster: Values | None = None
) -> Settings:
    sections: dict[str, Any] = {"models": models, "cluster": cluster or {}}
    return make_settings({**sections, "nodePools": pools} if pools else sections)


def _surges(stack: Settings, index: int = 0) -> bool:
    """Whether a model surges; in any case exactly one of surge and unavailable is 1."""
    chosen = rollout(stack, stack.models[index])
    assert (chosen.max_surge, chosen.max_unavailable) in {(1, 0), (0, 1)}
    return chosen.max_surge == 1


def _tutorial(nodes: int, replicas: int = 3) -> Settings:
    pool = {"machineType": "a3-highgpu-2g", "capacity": "spot", "nodes": nodes}
    return _stack([pool], [_model(1, replicas, _H100)])


def _placements(free: tuple[int, ...], replicas: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """GPUs left on each node, for every way to place replicas of the given sizes."""
    if not replicas:
        yield free
        return
    size, *others = replicas
    for node, gpus in enumerate(free):
        if gpus >= size:
            yield from _placements((*free[:node], gpus - size, *free[node + 1 :]), others)


@pytest.mark.parametrize(
    ("nodes", "replicas", "surges"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, 3, False),
        (2, 3, True),
        (2, 4, False),
        (3, 3, True),
    ],
)
def test_the_tutorial_surges_only_with_a_gpu_to_spare(
    *, nodes: int, replicas: int, surges: bool
) -> None:
    assert _surges(_tutorial(nodes, replicas)) is surges


def test_nodes_count_in_every_zone() -> None:
    zones = ["us-central1-a", "us-central1-b"]
    assert _surges(_stack([_pool(1, 1, zones=zones)], [_model()]))
    assert not _surges(_stack([_pool(1, 1, zones=zones[:1])], [_model()]))


@pytest.mark.parametrize(("most", "surges"), [(3, False), (4, True)])
def test_a_pool_that_scales_counts_at_its_largest(*, most: int, surges: bool) -> None:
    stack = _stack([_pool(1, autoscaling={"min": 0, "max": most})], [_model(1, 3)])
    assert _surges(stack) is surges


@pytest.mark.parametrize(
    ("gpus", "nodes", "count", "replicas", "surges"),
    [
        # A node of 4 holds one replica of 3: the fourth GPU is lost.
        (4, 1, 3, 1, False),
        (4, 2, 3, 1, True),
        (4, 2, 3, 2, False),
        # A node of 8 holds two of 3, and 2 GPUs are lost.
        (8, 1, 3, 1, True),
        (8, 1, 3, 2, False),
    ],
)
def test_gpus_of_one_replica_are_on_one_node(
    *, gpus: int, nodes: int, count: int, replicas: int, surges: bool
) -> None:
    assert _surges(_stack([_pool(gpus, nodes)], [_model(count, replicas)])) is surges


@pytest.mark.parametrize(
    ("nodes", "surges"),
    [(4, False), (5, True)],
)
def test_models_that_share_a_pool_share_its_spare_gpus(*, nodes: int, surges: bool) -> None:
    stack = _stack([_pool(1, nodes)], [_model(1, 3), _model(1, 1, name="second")])
    assert (_surges(stack, 0), _surges(stack, 1)) == (surges, surges)


def test_a_model_on_other_gpus_takes_none_of_a_pools() -> None:
    other = {"name": "other", "machineType": "a3-highgpu-1g", "capacity": "spot", "nodes": 1}
    models = [_model(1, 1), _model(1, 1, _H100, name="second")]
    stack = _stack([_pool(1, 2), other], models)
    assert (_surges(stack, 0), _surges(stack, 1)) == (True, False)


def test_no_surge_where_another_models_replicas_may_leave_no_node_whole() -> None:
    # Three nodes of 2: the second model's replicas on two of them leave 1 GPU on each.
    models = [_model(2, 1), _model(1, 2, name="second")]
    stack = _stack([_pool(2, 3)], models)
    assert not _surges(stack, 0)
    assert _surges(stack, 1)


def test_no_surge_where_a_small_model_may_stand_on_the_only_large_node() -> None:
    # The free GPU may be the one of the small node, and a replica of 2 needs the large one.
    models = [_model(2, 1), _model(1, 1, name="second")]
    stack = _stack([_pool(1, 2), _pool(4, 1)], models)
    assert (_surges(stack, 0), _surges(stack, 1)) == (False, True)


def _deadlocks(nodes: Sequence[int], models: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Models of (GPUs, replicas) that surge although a placement leaves no node for it."""
    pools = [_pool(gpus, 1, name=f"pool-{index}") for index, gpus in enumerate(nodes)]
    named = [
        _model(count, replicas, name=f"model-{index}")
        for index, (count, replicas) in enumerate(models)
    ]
    stack = _stack(pools, named)
    replicas = [count for count, number in models for _ in range(number)]
    worst = {index for index, _ in enumerate(models) if _surges(stack, index)}
    for free in _placements(tuple(nodes), replicas):
        for index in worst:
            if max(free) < models[index][0]:
                yield f"{models[index]} of {models} on {nodes} with {free} free"


def test_a_surge_replica_finds_its_gpus_however_the_others_are_placed() -> None:
    sizes = list(itertools.product((1, 2, 3), (1, 2)))
    deadlocks = [
        found
        for number in (1, 2, 3)
        for nodes in itertools.combinations_with_replacement((1, 2, 4), number)
        for several in (1, 2)
        for models in itertools.combinations_with_replacement(sizes, several)
        for found in itertools.islice(_deadlocks(nodes, models), 1)
    ]
    assert deadlocks == []


@given(
    st.sampled_from([1, 2, 4, 8]),
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 4)), min_size=1, max_size=3),
)
def test_one_node_more_never_turns_surge_off(
    gpus: int, nodes: int, models: list[tuple[int, int]]
) -> None:
    named = [
        _model(count, replicas, name=f"model-{index}")
        for index, (count, replicas) in enumerate(models)
    ]
    before = _stack([_pool(gpus, nodes)], named)
    after = _stack([_pool(gpus, nodes + 1)], named)
    for index in range(len(models)):
        assert _surges(after, index) or not _surges(before, index)


@pytest.mark.parametrize(
    ("cluster", "surges"),
    [
        ({"mode": "autopilot"}, True),
        ({"mode": "existing", "context": "mine", "autopilot": True}, True),
        ({"mode": "existing", "context": "mine"}, False),
    ],
)
def test_autopilot_makes_a_node_for_the_surge_and_an_unknown_cluster_does_not(
    *, cluster: Values, surges: bool
) -> None:
    assert _surges(_stack([], [_model(1, 3)], cluster)) is surges


def test_a_standard_cluster_without_gpu_pools_has_nothing_to_surge_on() -> None:
    stack = make_settings({"models": [_model()], "nodePools": []})
    assert not _surges(stack)


def test_a_replica_lands_only_where_gpu_model_and_number_fit() -> None:
    other = {"name": "other", "machineType": "a3-highgpu-8g", "capacity": "spot"}
    stack = _stack([_pool(1), _pool(2), _pool(4), other], [_model(2)])
    (model,) = stack.models
    assert [pool.name for pool in pools_for(stack, model)] == ["pool-2", "pool-4"]
    assert machine_for(stack, model).name == "a2-highgpu-2g"


@pytest.mark.parametrize(
    ("accelerator", "count", "machine"),
    [
        (_H100, 1, "a3-highgpu-1g"),
        (_H100, 3, "a3-highgpu-4g"),
        ("nvidia-h200-141gb", 1, "a3-ultragpu-8g"),
        # 27 GiB for weights, shared memory and processes: 8 vCPU come with 32 GB, of which GKE
        # and system Pods leave 24 GiB.
        ("nvidia-l4", 1, "g2-standard-12"),
    ],
)
def test_autopilot_takes_the_smallest_machine_with_gpus_and_memory(
    accelerator: str, count: int, machine: str
) -> None:
    stack = _stack([], [_model(count, 1, accelerator)], {"mode": "autopilot"})
    assert machine_for(stack, stack.models[0]).name == machine


@pytest.mark.parametrize(
    ("accelerator", "count", "capacity", "spot"),
    [
        # a3-highgpu-1g exists as Spot or Flex-start only, a3-highgpu-8g on demand too.
        (_H100, 1, None, True),
        (_H100, 8, None, False),
        (_H100, 8, "spot", True),
        ("nvidia-l4", 1, None, False),
        ("nvidia-l4", 1, "spot", True),
        ("nvidia-l4", 1, "onDemand", False),
        ("nvidia-b200", 8, None, True),
    ],
)
def test_autopilot_asks_for_spot_by_choice_or_where_nothing_else_exists(
    *, accelerator: str, count: int, capacity: str | None, spot: bool
) -> None:
    gpu = {"accelerator": accelerator, "count": count}
    model = {"gpu": {**gpu, "capacity": capacity} if capacity else gpu}
    stack = _stack([], [model], {"mode": "autopilot"})
    assert uses_spot(stack, stack.models[0]) is spot
