"""Checks of simulated models, and that those of GPUs, weights and tokens leave them alone."""

from typing import Any, Final

import pytest
from conftest import make_settings
from preflight_cases import Table, Values

from inference.catalog.simulator import FLAGS
from inference.config import Configuration, Severity
from inference.preflight import check, simulation

_LOCAL: Final = {
    "cluster": {"mode": "existing", "context": "kind-inference"},
    "gateway": {"className": "agentgateway"},
}
_POOL: Final = {"name": "gpupool", "machineType": "a3-highgpu-1g"}


def _simulated(**model: Any) -> dict[str, Any]:  # noqa: ANN401 any setting
    return {"engine": "simulator", **model}


def _models(*models: Values, **sections: object) -> Values:
    return {"models": list(models), **sections}


_REAL: Final = {"name": "real", "model": "Qwen/Qwen3-8B"}

TABLE: Final = Table(
    modules=(simulation,),
    trips=[
        ("simulator.made-up-answers", _models(_simulated()), "models[0].engine"),
        ("simulator.made-up-answers", _models(_REAL, _simulated()), "models[1].engine"),
        ("simulator.idle-gpus", _models(_simulated(), nodePools=[_POOL]), "nodePools"),
        (
            "simulator.idle-gpus",
            _models(_simulated(), nodePools=[_POOL], gateway={"className": "istio"}),
            "nodePools",
        ),
        (
            "simulator.unknown-argument",
            _models(_simulated(extraArgs=["--mode=echo", "--enable-lora"])),
            "models[0].extraArgs[1]",
        ),
        (
            "simulator.unknown-argument",
            _models(_REAL, _simulated(extraArgs=["--max_model_len", "5"]), **_LOCAL),
            "models[1].extraArgs[0]",
        ),
    ],
    passes=[
        ("simulator.made-up-answers", _models(_REAL)),
        ("simulator.made-up-answers", _models(_simulated(), **_LOCAL)),
        ("simulator.idle-gpus", _models(_simulated())),
        ("simulator.idle-gpus", _models(_simulated(), _REAL, nodePools=[_POOL])),
        ("simulator.idle-gpus", _models(_simulated(), **_LOCAL)),
        ("simulator.unknown-argument", _models({**_REAL, "extraArgs": ["--enable-lora"]})),
        (
            "simulator.unknown-argument",
            _models(_simulated(extraArgs=["--lora-modules", '{"name": "a"}', "-v=4"])),
        ),
        (
            "simulator.unknown-argument",
            _models(_simulated(image="example.com/sim:mine", extraArgs=["--mine"])),
        ),
    ],
    words=[
        (
            "simulator.made-up-answers",
            _models(_simulated()),
            "llama3-8b gives made-up answers, from a simulator without a GPU",
            "remove `models[0].engine` from the stack file to serve the real model",
        ),
        (
            "simulator.idle-gpus",
            _models(_simulated(), nodePools=[_POOL]),
            "gpupool would be created and paid for, but every model is simulated and uses no GPU",
            "remove `nodePools` from the stack file",
        ),
        (
            "simulator.unknown-argument",
            _models(_simulated(extraArgs=["--enable-lora"])),
            ("--enable-lora is not an argument of the simulator, which would exit on each start"),
            "remove --enable-lora from `models[0].extraArgs` in the stack file",
        ),
    ],
)


@pytest.mark.parametrize(
    "cluster",
    [{}, {"mode": "autopilot"}, {"mode": "autopilot", "releaseChannel": "stable"}],
)
def test_nothing_is_said_of_gpus_weights_or_tokens(cluster: dict[str, Any]) -> None:
    """What vLLM could not do: too large, on too few GPUs, gated, with flags of another version."""
    model = _simulated(
        model="meta-llama/Llama-3.3-70B-Instruct",
        replicas=1,
        gpu={"accelerator": "nvidia-b200", "count": 8},
        lora={"maxRank": 17, "maxCpuLoras": 2, "adapters": []},
    )
    settings = make_settings(
        {"cluster": cluster, "models": [model], "gcp": {"project": "test-project"}}
    )
    found = check(Configuration(settings=settings, token=None), offline=False)

    assert {f.id for f in found if f.severity is not Severity.INFO} == {"network.public-http"}


def test_flags_are_names_and_among_them_those_that_are_given() -> None:
    assert {"model", "served-model-name", "port", "max-loras", "force-dummy-tokenizer"} <= FLAGS
    assert not any(flag.startswith("-") for flag in FLAGS)
    assert "enable-lora" not in FLAGS
