"""What the checks of GPUs refuse, let pass and say; and placement, against every one tried out."""

from collections.abc import Sequence
from functools import cache
from itertools import chain, combinations_with_replacement, product
from typing import Final, cast

import pytest
from conftest import make_settings
from preflight_cases import Case, Values, the_only

from inference.config import Finding, Severity
from inference.config.finding import Fix
from inference.preflight import capacity, offers

_A100: Final = "nvidia-tesla-a100"
_H100: Final = "nvidia-h100-80gb"
_L4: Final = "nvidia-l4"
_A100_MACHINES: Final = {n: f"a2-highgpu-{n}g" for n in (1, 2, 4, 8)}
_RAISE: Final = (
    "pulumi config set --path 'gke-inference-gateway:nodePools[{}].nodes' 2, or lower `replicas`"
)
_TWO_REPLICAS: Final = "pulumi config set --path 'gke-inference-gateway:models[0].replicas' 2"


def _model(
    count: int = 1, replicas: int = 1, accelerator: str = _A100, *, name: str = "first"
) -> Values:
    gpu = {"accelerator": accelerator, "count": count}
    return {"name": name, "servedName": name, "replicas": replicas, "gpu": gpu}


def _pool(gpus: int, nodes: int = 1, **values: object) -> Values:
    """A pool of A100 machines, on demand."""
    size = {} if "autoscaling" in values else {"nodes": nodes}
    machine = {"name": f"pool-{gpus}", "machineType": _A100_MACHINES[gpus], "capacity": "onDemand"}
    return {**machine, **size, **values}


def _h100(**values: object) -> Values:
    """A pool of the tutorial's machine."""
    return {"machineType": "a3-highgpu-2g", **values}


def _draining(pre_stop: int) -> Values:
    """A model with a grace period of 1.5 × (1.4 + `pre_stop`) seconds: 25 for 15, 27 for 16."""
    drain = {"maxOutputTokens": 100, "tokensPerSecond": 100, "preStopSeconds": pre_stop}
    return {**_model(1, 2, _H100), "drain": drain}


def _stack(pools: Sequence[Values], models: Sequence[Values], **sections: object) -> Values:
    return {"nodePools": list(pools), "models": list(models), **sections}


def _autopilot(model: Values, **gpu: object) -> Values:
    gpus = {**model["gpu"], **gpu}
    return {"cluster": {"mode": "autopilot"}, "models": [{**model, "gpu": gpus}]}


def _existing(model: Values, **cluster: object) -> Values:
    return {"cluster": {"mode": "existing", "context": "mine", **cluster}, "models": [model]}


def _findings(raw: Values) -> list[Finding]:
    settings = make_settings(raw)
    return [*offers.findings(settings), *capacity.findings(settings)]


def _ids(raw: Values) -> set[str]:
    return {finding.id for finding in _findings(raw)}


def _counted(nodes: Sequence[int], needs: Sequence["Need"]) -> set[str]:
    """Ids of what counting finds; what is offered is asked elsewhere, not 6,000 times."""
    return {found.id for found in capacity.findings(make_settings(_stack_of(nodes, needs)))}


def _one(raw: Values, identifier: str) -> Finding:
    return the_only(_findings(raw), identifier)


_ZONES_1B: Final = ["us-central1-a", "us-central1-b"]
CASES: Final = (
    Case(
        id="capacity.not-offered",
        trips={
            "two H100 on demand": _stack(
                [_h100(capacity="onDemand", nodes=2)], [_model(1, 2, _H100)]
            ),
            "eight H200 on demand": _stack(
                [{"machineType": "a3-ultragpu-8g", "capacity": "onDemand"}],
                [_model(8, 1, "nvidia-h200-141gb")],
            ),
            "four H100 reserved": _stack(
                [
                    {
                        "machineType": "a3-highgpu-4g",
                        "capacity": "reservation",
                        "reservation": "mine",
                    }
                ],
                [_model(1, 2, _H100)],
            ),
            "a pool that no model uses": _stack([_pool(1), _h100(capacity="onDemand")], [_model()]),
        },
        passes={
            "eight H100 on demand": _stack(
                [{"machineType": "a3-highgpu-8g", "capacity": "onDemand"}], [_model(1, 2, _H100)]
            ),
            "two H100 by flex-start": _stack(
                [_h100(capacity="flexStart", autoscaling={"max": 2})], [_model(1, 2, _H100)]
            ),
            "two A100 on demand": _stack([_pool(2)], [_model()]),
            "eight H200 reserved": _stack(
                [
                    {
                        "machineType": "a3-ultragpu-8g",
                        "capacity": "reservation",
                        "reservation": "mine",
                    }
                ],
                [_model(8, 1, "nvidia-h200-141gb")],
            ),
            "no pools of ours": _autopilot(_model(2, 1, _H100)),
        },
    ),
    Case(
        id="capacity.gpus",
        trips={
            "3 × 1 on 2": _stack([_h100(nodes=1)], [_model(1, 3, _H100)]),
            "the pool that a stack has by default": {"models": [_model(1, 3, _H100)]},
            "5 × 1 on at most 4": _stack(
                [_pool(1, autoscaling={"min": 1, "max": 4})], [_model(1, 5)]
            ),
            "the bound of autoscaling counts all zones together": _stack(
                [_pool(1, autoscaling={"max": 3}, zones=_ZONES_1B)], [_model(1, 4)]
            ),
            "two models that share a pool": _stack(
                [_pool(2, 2)], [_model(1, 3), _model(2, 1, name="second")]
            ),
            "a replica of 4 on nodes of 2": _stack([_pool(2, 4)], [_model(4, 1)]),
            "2 × 4 on nodes of 2 and 4, 8 GPUs in all": _stack(
                [_pool(2, 2), _pool(4, 1)], [_model(4, 2)]
            ),
            "no pool of the accelerator": _stack([_pool(8, 4)], [_model(1, 1, _L4)]),
            "no pool": _stack([], [_model()]),
        },
        passes={
            "3 × 1 on 4": _stack([_h100(nodes=2)], [_model(1, 3, _H100)]),
            "2 × 1 on the pool that a stack has by default": {"models": [_model(1, 2, _H100)]},
            "4 × 1 on at most 4": _stack(
                [_pool(1, autoscaling={"min": 1, "max": 4})], [_model(1, 4)]
            ),
            "nodes count in every zone": _stack([_pool(1, 2, zones=_ZONES_1B)], [_model(1, 4)]),
            "two models that just share a pool": _stack(
                [_pool(2, 2)], [_model(1, 2), _model(2, 1, name="second")]
            ),
            "2 × 4 on nodes of 4 and 8": _stack([_pool(4), _pool(8)], [_model(4, 2)]),
            "two models on their own accelerators": _stack(
                [_pool(1), _h100()], [_model(1, 1), _model(1, 2, _H100, name="second")]
            ),
            "a pool that no model uses": _stack([_pool(1), _h100()], [_model()]),
            "Autopilot makes nodes": _autopilot(_model(8, 1000, _H100)),
            "an existing cluster's nodes are not known": _existing(_model(8, 1000, _H100)),
        },
    ),
    Case(
        id="capacity.fragmented",
        trips={
            "2 × 3 on 4 + 2": _stack([_pool(4), _pool(2)], [_model(3, 2)]),
            "2 × 5 on 8 + 2": _stack([_pool(8), _pool(2)], [_model(5, 2)]),
            "small replicas come first, one on each node": _stack(
                [_pool(2, 2)], [_model(1, 2), _model(2, 1, name="second")]
            ),
            "one GPU lost on each of two nodes of 4": _stack(
                [_pool(4, 2)], [_model(3, 2), _model(2, 1, name="second")]
            ),
        },
        passes={
            "2 × 3 on 4 + 4": _stack([_pool(4, 2)], [_model(3, 2)]),
            "2 × 3 on 8": _stack([_pool(8)], [_model(3, 2)]),
            "a node is left, wherever the small one goes": _stack(
                [_pool(2, 2)], [_model(1, 1), _model(2, 1, name="second")]
            ),
            "the lost GPUs suffice for others": _stack(
                [_pool(4, 2)], [_model(3, 2), _model(1, 2, name="second")]
            ),
            "too few GPUs in number is an error instead": _stack([_pool(4)], [_model(3, 2)]),
            "powers of two never fit by chance: an error instead": _stack(
                [_pool(2, 2), _pool(4)], [_model(4, 2)]
            ),
        },
    ),
    Case(
        id="capacity.downtime",
        trips={
            "one replica on the only GPU": _stack([_pool(1)], [_model()]),
            "one replica of all GPUs of the node": _stack([_pool(8)], [_model(8)]),
            "one GPU lost on a node of 4": _stack([_pool(4)], [_model(3)]),
            "another model has the other GPU": _stack(
                [_pool(2)], [_model(), _model(name="second")]
            ),
            "autoscaling at its largest": _stack([_pool(1, autoscaling={"max": 1})], [_model()]),
        },
        passes={
            "one replica and a free GPU": _stack([_pool(2)], [_model()]),
            "another node": _stack([_pool(1, 2)], [_model()]),
            "a node in another zone": _stack([_pool(1, zones=_ZONES_1B)], [_model()]),
            "autoscaling can make another": _stack([_pool(1, autoscaling={"max": 2})], [_model()]),
            "two replicas, one of which stays": _stack([_pool(1, 2)], [_model(1, 2)]),
            "another model on another accelerator": _stack(
                [_pool(2), _h100()], [_model(), _model(1, 2, _H100, name="second")]
            ),
            "Autopilot makes a node": _autopilot(_model()),
            "nothing is known of an existing cluster": _existing(_model()),
        },
    ),
    Case(
        id="capacity.spot-single",
        trips={
            "the default": {},
            "a Spot pool among others": _stack([_pool(1), _pool(2, capacity="spot")], [_model()]),
            "Autopilot, by choice": _autopilot(_model(accelerator=_L4), capacity="spot"),
            "Autopilot, where nothing else exists": _autopilot(_model(1, 1, _H100)),
            "an existing Autopilot cluster": _existing(_model(1, 1, _H100), autopilot=True),
        },
        passes={
            "two replicas": _stack([_h100()], [_model(1, 2, _H100)]),
            "on demand": _stack([_pool(1)], [_model()]),
            "a Spot pool of other GPUs": _stack([_pool(1), _h100(capacity="spot")], [_model()]),
            "a Spot pool of nodes too small": _stack(
                [_pool(1, capacity="spot"), _pool(2)], [_model(2)]
            ),
            "Autopilot on demand": _autopilot(_model(accelerator=_L4)),
            "Autopilot, two replicas": _autopilot(_model(1, 2, _H100)),
            "nothing is known of an existing cluster": _existing(_model(1, 1, _H100)),
        },
    ),
    Case(
        id="capacity.spot-drain",
        trips={
            "the default": {},
            "two replicas": _stack([_h100()], [_model(1, 2, _H100)]),
            "two seconds too long": _stack([_h100()], [_draining(16)]),
            "Autopilot, where nothing else exists": _autopilot(_model(1, 2, _H100)),
        },
        passes={
            "25 seconds": _stack([_h100()], [_draining(15)]),
            "on demand": _stack([_pool(1)], [_model()]),
            "a Spot pool of other GPUs": _stack([_pool(1), _h100()], [_model()]),
            "Autopilot on demand": _autopilot(_model(accelerator=_L4)),
        },
    ),
    Case(
        id="capacity.zone",
        trips={
            "a zone of the region without H100": _stack(
                [_h100(zones=["us-central1-f"])], [_model(1, 2, _H100)]
            ),
            "one zone of two": _stack(
                [_h100(zones=["us-central1-a", "us-central1-f"])], [_model(1, 2, _H100)]
            ),
            "a region without H100": _stack(
                [_h100(zones=["us-east1-b"])], [_model(1, 2, _H100)], gcp={"region": "us-east1"}
            ),
            "eight H100 where there are only smaller machines": _stack(
                [{"machineType": "a3-highgpu-8g", "zones": ["europe-west8-c"]}],
                [_model(1, 2, _H100)],
                gcp={"region": "europe-west8"},
            ),
        },
        passes={
            "every zone known": _stack(
                [_h100(zones=["us-central1-a", "us-central1-b", "us-central1-c"])],
                [_model(1, 2, _H100)],
            ),
            "four H100 in the same zone": _stack(
                [{"machineType": "a3-highgpu-4g", "zones": ["europe-west8-c"]}],
                [_model(1, 2, _H100)],
                gcp={"region": "europe-west8"},
            ),
            "a machine whose zones are not known": _stack(
                [{"machineType": "g4-standard-48", "zones": ["us-central1-f"]}], [_model()]
            ),
            "the first zone of a region by default": {
                "gcp": {"region": "us-east4"},
                "models": [_model(1, 2, _H100)],
            },
        },
    ),
)


def test_a_machine_that_is_not_sold_so() -> None:
    raw = _stack([_pool(1), _h100(name="second", capacity="onDemand")], [_model()])
    assert _one(raw, "capacity.not-offered") == Finding(
        id="capacity.not-offered",
        severity=Severity.ERROR,
        path="nodePools[1].capacity",
        message="a3-highgpu-2g is not offered as onDemand, so GKE would reject the pool; it is "
        "available as flexStart, spot",
        fix="pulumi config set --path 'gke-inference-gateway:nodePools[1].capacity' spot",
    )


def test_the_tutorials_arithmetic() -> None:
    raw = _stack([_h100(nodes=1)], [{**_model(1, 3, _H100), "name": "llama3-8b"}])
    assert _one(raw, "capacity.gpus") == Finding(
        id="capacity.gpus",
        severity=Severity.ERROR,
        path="models[0].replicas",
        message="needed 3 GPUs (llama3-8b: 3 × 1), have 2 (gpupool: 1 × 2): 1 would stay Pending",
        fix=_RAISE.format(0),
    )


def test_the_arithmetic_of_several_pools_zones_and_models() -> None:
    pools = [
        _pool(2, 1, zones=_ZONES_1B),  # 2 nodes of 2
        _pool(4, autoscaling={"max": 3}),  # at most 3 of 4
        _h100(),  # counts for others only
    ]
    models = [
        _model(1, 2, _H100, name="other"),
        _model(2, 7, name="large"),  # 14
        _model(1, 5, name="small"),  # 5
    ]
    found = _one(_stack(pools, models), "capacity.gpus")
    assert found.path == "models[1].replicas"
    assert found.message == (
        "needed 19 GPUs (large: 7 × 2 + small: 5 × 1), "
        "have 16 (pool-4: 3 × 4 + pool-2: 2 × 2): 3 would stay Pending"
    )
    # Of many the largest are named.
    many = [_model(1, 1 + n, name=f"m{n}") for n in range(7)]
    assert _one(_stack([_pool(2)], many), "capacity.gpus").message.startswith(
        "needed 28 GPUs (m6: 7 × 1 + m5: 6 × 1 + m4: 5 × 1 + 4 more), have 2 "
    )


def test_nodes_are_counted_only_where_they_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[object] = []

    def count(*given: object) -> Fix:
        counted.append(given)
        return Fix("")

    monkeypatch.setattr(capacity, "_more_nodes", count)

    assert "capacity.gpus" not in _ids(_stack([_pool(2)], [_model(1, 2)]))
    assert not counted
    assert "capacity.gpus" in _ids(_stack([_pool(2)], [_model(1, 3)]))
    assert len(counted) == 1


def test_enough_gpus_on_nodes_too_small() -> None:
    raw = _stack([_pool(2, 2), _pool(4)], [_model(4, 2)])
    found = _one(raw, "capacity.gpus")
    assert (found.severity, found.path, found.fix) == (
        Severity.ERROR,
        "models[0].replicas",
        _RAISE.format(1),
    )
    assert found.message == (
        "needed 8 GPUs (first: 2 × 4), have 8 (pool-2: 2 × 2 + pool-4: 1 × 4), but "
        "no node has all the GPUs that the last replica needs"
    )


@pytest.mark.parametrize(
    ("pools", "have"),
    [
        ([_pool(1, 9), _pool(2, 1)], "their largest node has 2"),
        ([_h100()], "no node pool has any"),
        ([], "no node pool has any"),
    ],
)
def test_no_node_for_a_replica(pools: Sequence[Values], have: str) -> None:
    models = [_model(1, 2, _H100, name="other"), _model(4)] if pools else [_model(4)]
    (found,) = (
        finding
        for finding in _findings(_stack(pools, models))
        if finding.path == f"models[{len(models) - 1}].gpu"
    )
    assert found == Finding(
        id="capacity.gpus",
        severity=Severity.ERROR,
        path=found.path,
        message=f"a replica of first needs 4 nvidia-tesla-a100 on one node, but {have}: it would "
        "stay Pending indefinitely",
        fix=found.fix,
    )
    # A pool that no model uses gets the machine, else there is one more.
    edits = {edit.path.partition("]")[2]: edit.value for edit in found.edits}
    pool = cast("Values", edits.get("", {key[1:]: value for key, value in edits.items()}))
    assert (pool["machineType"], pool["nodes"]) == ("a2-highgpu-4g", 1)
    assert found.fix.endswith("in the stack file, or change the model's `gpu`")


def test_a_model_without_a_node_is_not_counted_against_the_others() -> None:
    raw = _stack([_pool(2)], [_model(4), _model(1, 2, name="second")])
    assert [found.path for found in _findings(raw) if found.id == "capacity.gpus"] == [
        "models[0].gpu"
    ]


def test_replicas_of_other_sizes_may_not_fit() -> None:
    assert _one(_stack([_pool(4), _pool(2)], [_model(3, 2)]), "capacity.fragmented") == Finding(
        id="capacity.fragmented",
        severity=Severity.WARNING,
        path="models[0].replicas",
        message="needed 6 GPUs (first: 2 × 3), have 6 (pool-4: 1 × 4 + pool-2: 1 × 2), "
        "but perhaps no node has all the GPUs that the last replica needs",
        fix=_RAISE.format(0),
    )


def test_one_replica_without_a_spare_gpu() -> None:
    # Of 4 + 2 GPUs a replica of 4 has the only node that can hold it; those of 2 do not count.
    assert _one(_stack([_pool(4), _pool(2)], [_model(4)]), "capacity.downtime") == Finding(
        id="capacity.downtime",
        severity=Severity.WARNING,
        path="models[0].replicas",
        message="first has 1 replica, and may find no GPU free for a second one during a "
        "roll-out: each is an outage",
        fix=f"{_TWO_REPLICAS}, with a node for it",
    )


def test_one_replica_on_spot() -> None:
    assert _one({}, "capacity.spot-single") == Finding(
        id="capacity.spot-single",
        severity=Severity.WARNING,
        path="models[0].replicas",
        message="llama3-8b has 1 replica on Spot: it is down whenever Google preempts its node",
        fix=_TWO_REPLICAS,
    )


def test_spot_gives_less_time_than_a_roll_out() -> None:
    # (4096 / 100 × 1.4 + 30) × 1.5 = 131.02.
    assert _one({}, "capacity.spot-drain") == Finding(
        id="capacity.spot-drain",
        severity=Severity.INFO,
        path="models[0]",
        message="the grace period of 132 s applies in roll-outs, but Spot gives about 25 s: "
        "longer requests are cut off when Google preempts a node",
        fix="use another capacity where that matters, or have clients retry",
    )


@pytest.mark.parametrize(
    ("region", "zones", "message", "fix"),
    [
        (
            "us-central1",
            ["us-central1-a", "us-central1-d", "us-central1-f"],
            (
                "us-central1-d, us-central1-f is not known to offer a3-highgpu-2g; known to offer "
                "it: us-central1-a, us-central1-b, us-central1-c"
            ),
            (
                "set `nodePools[0].zones` to [us-central1-a] in the stack file, or another of "
                "us-central1-a, us-central1-b, us-central1-c"
            ),
        ),
        (
            "us-east1",
            ["us-east1-b"],
            (
                "us-east1-b is not known to offer a3-highgpu-2g; known to offer it: zones in "
                "other regions, such as asia-east1-c"
            ),
            (
                "choose another region, or ask: gcloud compute machine-types list "
                "--filter=name=a3-highgpu-2g"
            ),
        ),
    ],
)
def test_a_zone_that_is_not_known(*, region: str, zones: list[str], message: str, fix: str) -> None:
    raw = _stack([_h100(zones=zones)], [_model(1, 2, _H100)], gcp={"region": region})
    assert _one(raw, "capacity.zone") == Finding(
        id="capacity.zone",
        severity=Severity.WARNING,
        path="nodePools[0].zones",
        message=message,
        fix=fix,
    )


def test_the_fix_for_a_reservation_gives_a_stack_that_is_accepted() -> None:
    pool = _h100(capacity="reservation", reservation="mine", nodes=2)
    found = _one(_stack([pool], [_model(1, 2, _H100)]), "capacity.not-offered")
    # Capacity spot beside `reservation` is refused: the fix must take the reservation out too.
    assert {edit.path: edit.value for edit in found.edits} == {
        "nodePools[0].capacity": "spot",
        "nodePools[0].reservation": None,
    }


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize("replicas", [1, 7, 1000])
def test_autopilot_never_lacks_gpus(count: int, replicas: int) -> None:
    raw = _autopilot(_model(count, replicas, _H100))
    assert _ids(raw) <= {"capacity.spot-single", "capacity.spot-drain"}


Need = tuple[int, int]
"""GPUs of a replica, and replicas."""


@cache
def _placeable(free: tuple[int, ...], sizes: tuple[int, ...]) -> bool:
    """Whether some placement exists: every node is tried for every replica."""
    if not sizes:
        return True
    size, *others = sizes
    return any(
        _placeable(tuple(sorted((*free[:node], gpus - size, *free[node + 1 :]))), tuple(others))
        for node, gpus in enumerate(free)
        if gpus >= size
    )


def _stack_of(nodes: Sequence[int], needs: Sequence[Need]) -> Values:
    """A stack with a pool for each node and a model for each need."""
    pools = [_pool(gpus, name=f"pool-{index}") for index, gpus in enumerate(nodes)]
    models = [
        _model(count, replicas, name=f"model-{index}")
        for index, (count, replicas) in enumerate(needs)
    ]
    return _stack(pools, models)


def _small_cases(counts: Sequence[int], most: int) -> list[tuple[tuple[int, ...], list[Need]]]:
    """Up to three nodes, and one or two models of up to `most` replicas."""
    nodes = [combinations_with_replacement((1, 2, 4, 8), number) for number in (1, 2, 3)]
    needs = list(product(counts, range(1, most + 1)))
    return [
        (of, list(models))
        for of in chain.from_iterable(nodes)
        for several in (1, 2)
        for models in combinations_with_replacement(needs, several)
    ]


def _possible(nodes: tuple[int, ...], needs: Sequence[Need]) -> bool:
    return _placeable(nodes, tuple(count for count, number in needs for _ in range(number)))


def test_powers_of_two_are_refused_exactly_where_no_placement_exists() -> None:
    wrong = [
        (nodes, needs)
        for nodes, needs in _small_cases((1, 2, 4, 8), 3)
        if ("capacity.gpus" in _counted(nodes, needs)) is _possible(nodes, needs)
    ]
    assert wrong == []


def test_other_sizes_are_never_refused_where_a_placement_exists_nor_passed_where_none_does() -> (
    None
):
    wrong: list[object] = []
    for nodes, needs in _small_cases((1, 3, 5, 6), 3):
        found = _counted(nodes, needs) & {"capacity.gpus", "capacity.fragmented"}
        possible = _possible(nodes, needs)
        if (possible and "capacity.gpus" in found) or not (possible or found):
            wrong.append((nodes, needs, found))
    assert wrong == []
