"""Models on TPUs: what is refused there, and what of a stack differs from one with GPUs."""

from typing import Any, Final

from conftest import make_settings, only, run
from preflight_cases import Table, Values

from inference.config.observability import AlertKind
from inference.derive.alerts import alerts
from inference.derive.dashboard import dashboard
from inference.derive.drivers import needed_driver
from inference.derive.needs import needs
from inference.preflight import capacity, engine, offers

_V6E: Final = "tpu-v6e-slice"


def _tpu(count: int = 4, machine: int = 4, **model: Any) -> Values:  # noqa: ANN401 any setting
    """A model on so many chips, and a pool of machines with `machine` of them."""
    pool = {
        "machineType": f"ct6e-standard-{machine}t",
        "zones": ["us-central1-b"],
        "capacity": "spot",
    }
    gpu = {"accelerator": _V6E, "count": count}
    return {"nodePools": [pool], "models": [{"model": "Qwen/Qwen3-8B", "gpu": gpu, **model}]}


def _autopilot(count: int = 1, **gpu: Any) -> Values:  # noqa: ANN401 any setting
    wanted = {"accelerator": _V6E, "count": count, **gpu}
    return {"cluster": {"mode": "autopilot"}, "models": [{"gpu": wanted, "maxModelLen": 8192}]}


_OFFLOADED: Final = ["--kv-offloading-size=16"]
TABLE: Final = Table(
    modules=(engine, offers, capacity),
    trips=[
        ("tpu.engine", _tpu(engine="sglang"), "models[0].engine"),
        (
            "tpu.engine",
            {"models": [*_autopilot()["models"], *_tpu(engine="sglang")["models"]]},
            None,
        ),
        ("tpu.kv-offloading", _tpu(extraArgs=_OFFLOADED), "models[0].extraArgs[0]"),
        (
            "tpu.kv-offloading",
            _tpu(extraArgs=["--seed=1", "--kv_offloading_size", "16"]),
            "models[0].extraArgs[1]",
        ),
        ("capacity.no-machine", _tpu(2), "models[0].gpu.count"),
        ("capacity.no-machine", _tpu(16), "models[0].gpu.count"),
        ("capacity.no-machine", _autopilot(3), "models[0].gpu.count"),
        # Other than GPUs, chips of a larger node are not shared.
        ("capacity.gpus", _tpu(4, 8), "models[0].gpu"),
        ("capacity.gpus", _tpu(8, 4), "models[0].gpu"),
    ],
    passes=[
        ("tpu.engine", _tpu()),
        ("tpu.engine", {"models": [{"engine": "sglang"}]}),
        ("tpu.kv-offloading", _tpu(extraArgs=["--seed=1"])),
        ("tpu.kv-offloading", {"models": [{"extraArgs": _OFFLOADED}]}),
        ("capacity.no-machine", _tpu(8, 8)),
        ("capacity.no-machine", _autopilot(1)),
        ("capacity.gpus", _tpu(1, 1)),
    ],
    words=[
        (
            "capacity.no-machine",
            _tpu(2),
            (
                "a replica gets all tpu-v6e-slice of its node, and none has 2: ct6e-standard-1t "
                "has 1, ct6e-standard-4t has 4, ct6e-standard-8t has 8; it would stay Pending"
            ),
            "pulumi config set --path 'gke-inference-gateway:models[0].gpu.count' 4",
        ),
        (
            "capacity.gpus",
            _tpu(4, 8),
            (
                "a replica of llama3-8b needs 4 tpu-v6e-slice on one node, but a replica gets all "
                "chips of its node, and the pools' nodes have 8: it would stay Pending "
                "indefinitely"
            ),
            (
                "set `nodePools[0].machineType` to ct6e-standard-4t in the stack file, or change "
                "the model's `gpu`"
            ),
        ),
    ],
)


def test_pod_and_pool_have_what_gke_asks_for_tpus_and_nothing_of_nvidia() -> None:
    found = run(_tpu())
    node = only(found, ":NodePool").inputs["nodeConfig"]
    pod = only(found, "Deployment").inputs["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert (node["machineType"], node["diskType"]) == ("ct6e-standard-4t", "hyperdisk-balanced")
    assert "guestAccelerators" not in node
    assert pod["nodeSelector"] == {
        "cloud.google.com/gke-tpu-accelerator": _V6E,
        "cloud.google.com/gke-tpu-topology": "2x2",
    }
    assert container["resources"]["limits"] == {"google.com/tpu": "4"}
    assert container["image"].startswith("docker.io/vllm/vllm-tpu:")
    assert "--tensor-parallel-size=4" in container["args"]
    assert "LD_LIBRARY_PATH" not in {variable["name"] for variable in container["env"]}
    settings = make_settings(_tpu())
    assert needed_driver(settings.models[0]) is None


def test_autopilot_makes_the_node_that_a_pod_or_a_class_describes() -> None:
    pod = only(run(_autopilot(capacity="spot")), "Deployment").inputs["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {
        "cloud.google.com/gke-tpu-accelerator": _V6E,
        "cloud.google.com/gke-tpu-topology": "1x1",
        "cloud.google.com/gke-spot": "true",
    }
    made = only(run(_autopilot(8, capacity="spot", fallback=["onDemand"])), "ComputeClass")
    assert [rule["tpu"] for rule in made.inputs["spec"]["priorities"]] == [
        {"type": _V6E, "count": 8, "topology": "2x4"}
    ] * 2


def test_quotas_are_those_of_tpus_and_nothing_watches_gpus() -> None:
    on_demand = _tpu()
    on_demand["nodePools"][0]["capacity"] = "onDemand"
    (quota,) = needs(make_settings(on_demand)).quotas
    assert (quota.name, quota.family) == ("TPUS_PER_TPU_FAMILY/CT6E", ("tpu_family", "CT6E"))
    (spot,) = needs(make_settings(_tpu())).quotas
    assert (spot.name, spot.family) == ("PREEMPTIBLE_TPU_V6E", None)

    watched: Values = {"observability": {"alerts": {}}}
    both: Values = {**watched, "models": [*_tpu()["models"], {"name": "b", "servedName": "b"}]}
    only_tpus: Values = {**_tpu(), **watched}
    for sections, expected in ((only_tpus, False), (both, True)):
        settings = make_settings(sections)
        assert (AlertKind.GPU_ERRORS in {each.kind for each in alerts(settings)}) is expected
        assert ("GPU: power" in str(dashboard(settings))) is expected
