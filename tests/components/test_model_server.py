"""The Deployment of vLLM servers and what stands beside it."""

from typing import Any

import pytest
import yaml
from conftest import ELSEWHERE, OTHER_GATEWAY, SEVERAL_MODELS, of_type, only, run

from components.serving.lora_syncer import READY_SCRIPT
from inference.offline.runner import Run

_LORA = {
    "name": "llama3-8b",
    "replicas": 3,
    "lora": {
        "adapters": [
            {"name": "food-review", "source": "Kawon/llama3.1-food-finetune_v14_r8"},
            {"name": "cad-fabricator", "source": "redcathode/fabricator"},
        ]
    },
}
_POOL = {"name": "gpupool", "nodes": 2}


def _tutorial(**model: Any) -> Run:  # noqa: ANN401 any setting
    return run({"models": [{**_LORA, **model}], "nodePools": [_POOL]})


def _elsewhere(**model: Any) -> Run:  # noqa: ANN401 any setting
    return run({**ELSEWHERE, "models": [{**_LORA, **model}]})


def _pod(found: Run) -> dict[str, Any]:
    return only(found, ":Deployment").inputs["spec"]["template"]["spec"]


def _server(found: Run) -> dict[str, Any]:
    (container,) = _pod(found)["containers"]
    return container


def _environment(found: Run) -> dict[str, Any]:
    return {
        item["name"]: item.get("value", item.get("valueFrom")) for item in _server(found)["env"]
    }


def test_command_is_vllm_serve_with_the_tutorials_arguments() -> None:
    server = _server(_tutorial())

    assert server["command"] == ["vllm"]
    assert server["args"] == [
        "serve",
        "meta-llama/Llama-3.1-8B-Instruct",
        "--served-model-name=meta-llama/Llama-3.1-8B-Instruct",
        "--port=8000",
        "--tensor-parallel-size=1",
        "--enable-lora",
        "--max-loras=2",
        "--max-cpu-loras=12",
        "--max-lora-rank=16",
        "--shutdown-timeout=97",
    ]
    assert server["image"] == "docker.io/vllm/vllm-openai:v0.32.0"
    assert server["ports"] == [{"name": "http", "containerPort": 8000, "protocol": "TCP"}]


def test_environment_points_at_the_secret_and_the_volume() -> None:
    reference = {"secretKeyRef": {"name": "hf-secret", "key": "hf_api_token"}}

    assert _environment(_tutorial()) == {
        "PORT": "8000",
        "HF_HOME": "/data",
        "VLLM_CACHE_ROOT": "/data/vllm",
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "true",
        "LD_LIBRARY_PATH": "/usr/local/nvidia/lib64:/usr/local/cuda/lib64",
        "HF_TOKEN": reference,
        "HUGGING_FACE_HUB_TOKEN": reference,
    }


def test_an_open_model_without_adapters_gets_neither_token_nor_syncer() -> None:
    found = run({**OTHER_GATEWAY, "models": [{"name": "qwen", "model": "Qwen/Qwen3-8B"}]})

    assert of_type(found, ":ConfigMap") == []
    assert [r.name for r in of_type(found, "core/v1:Secret")] == ["inference-metrics-token"]
    assert set(_environment(found)) == {"PORT", "HF_HOME", "VLLM_CACHE_ROOT", "LD_LIBRARY_PATH"}
    assert "initContainers" not in _pod(found)
    assert {volume["name"] for volume in _pod(found)["volumes"]} == {"data", "shm"}


def test_driver_libraries_are_named_on_gke_only() -> None:
    assert "LD_LIBRARY_PATH" not in _environment(_elsewhere())


@pytest.mark.parametrize(
    ("model", "grace", "shutdown", "hook"),
    [
        # The sleep and 5 s to exit are left out of what the server may drain.
        ({}, 132, 97, {"preStop": {"sleep": {"seconds": 30}}}),
        # Kubernetes refuses a sleep of 0.
        ({"drain": {"preStopSeconds": 0}}, 87, 82, None),
    ],
)
def test_server_drains_before_it_is_killed(
    model: dict[str, Any], grace: int, shutdown: int, hook: dict[str, Any] | None
) -> None:
    found = _tutorial(**model)

    assert _pod(found)["terminationGracePeriodSeconds"] == grace
    assert f"--shutdown-timeout={shutdown}" in _server(found)["args"]
    assert _server(found).get("lifecycle") == hook


def test_probes_give_a_model_time_to_load_and_a_slow_second_no_effect() -> None:
    server = _server(_tutorial())
    startup, liveness, readiness = (
        server[f"{name}Probe"] for name in ("startup", "liveness", "readiness")
    )

    assert all(
        probe["httpGet"] == {"path": "/health", "port": "http"}
        for probe in (startup, liveness, readiness)
    )
    # Twice 1.5 + 2.7 + 2.7 minutes.
    assert startup["failureThreshold"] * startup["periodSeconds"] >= 825
    assert liveness["failureThreshold"] * liveness["periodSeconds"] == 50
    assert readiness["failureThreshold"] * readiness["periodSeconds"] == 15
    assert min(liveness["timeoutSeconds"], readiness["timeoutSeconds"]) > 1


def test_requests_hold_the_model_and_gpus_are_limited() -> None:
    resources = _server(_tutorial())["resources"]

    assert resources["limits"] == {"nvidia.com/gpu": "1"}
    assert resources["requests"] == {
        "nvidia.com/gpu": "1",
        "cpu": "6",
        "memory": "28Gi",
        "ephemeral-storage": "36Gi",
    }


def test_volumes_are_bounded_and_the_syncers_is_mounted_whole() -> None:
    found = _tutorial()
    volumes = {volume["name"]: volume for volume in _pod(found)["volumes"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in _server(found)["volumeMounts"]}

    shared_memory = "/dev/shm"  # noqa: S108 where workers share memory
    assert mounts == {"data": "/data", "shm": shared_memory, "adapters": "/adapters"}
    assert volumes["data"]["emptyDir"] == {"sizeLimit": "26Gi"}
    assert volumes["shm"]["emptyDir"] == {"medium": "Memory", "sizeLimit": "4Gi"}
    assert volumes["adapters"]["emptyDir"] == {"sizeLimit": "1Gi"}
    assert volumes["config-volume"]["configMap"] == {"name": "llama3-8b-adapters"}
    (syncer,) = _pod(found)["initContainers"]
    assert volumes["syncer-state"]["emptyDir"] == {"sizeLimit": "1Mi"}
    assert syncer["volumeMounts"] == [
        {"name": "config-volume", "mountPath": "/config"},
        {"name": "syncer-state", "mountPath": "/state"},
    ]


def test_syncer_is_a_native_sidecar_that_waits_as_long_as_the_server_may_start() -> None:
    (syncer,) = _pod(_tutorial())["initContainers"]

    assert syncer["restartPolicy"] == "Always"
    assert syncer["image"].endswith("/lora-syncer:v1.0.0")
    # The image has no entrypoint: arguments alone would replace its command.
    assert syncer["command"] == ["python", "sidecar.py"]
    assert syncer["args"] == ["--health-check-timeout=826"]
    assert syncer["env"] == [
        {"name": "DYNAMIC_LORA_ROLLOUT_CONFIG", "value": "/config/configmap.yaml"}
    ]


def test_a_pod_is_ready_when_its_adapters_are() -> None:
    found = _tutorial()
    (syncer,) = _pod(found)["initContainers"]
    script = only(found, ":ConfigMap", "llama3-8b-adapters").inputs["data"]["ready.py"]

    assert script == READY_SCRIPT.read_text(encoding="utf-8")
    assert syncer["readinessProbe"]["exec"]["command"] == [
        "python",
        "/config/ready.py",
        "/config/configmap.yaml",
        "/state",
        "/proc/1/fd/1",
        "180",
    ]


@pytest.mark.parametrize(
    ("gateway", "seconds"),
    [
        ({}, 30),
        ({"healthCheck": {"intervalSeconds": 10, "unhealthyThreshold": 3}}, 50),
        ({"className": "other", "healthCheck": {"intervalSeconds": 10}}, 30),
    ],
)
def test_servers_sleep_until_the_load_balancer_sends_nothing_more(
    gateway: dict[str, Any], seconds: int
) -> None:
    cluster = {"mode": "existing", "context": "kind"}
    found = run({"cluster": cluster, "models": [_LORA], "gateway": gateway})

    assert _server(found)["lifecycle"] == {"preStop": {"sleep": {"seconds": seconds}}}


def test_adapters_stand_in_the_syncers_schema() -> None:
    found = _elsewhere(lora={**_LORA["lora"], "retired": ["old-one"]})
    data = only(found, ":ConfigMap", "llama3-8b-adapters").inputs["data"]

    assert yaml.safe_load(data["configmap.yaml"]) == {
        "vLLMLoRAConfig": {
            "name": "llama3-8b",
            "port": 8000,
            "defaultBaseModel": "meta-llama/Llama-3.1-8B-Instruct",
            "ensureExist": {
                "models": [
                    {"id": "food-review", "source": "Kawon/llama3.1-food-finetune_v14_r8"},
                    {"id": "cad-fabricator", "source": "redcathode/fabricator"},
                ]
            },
            "ensureNotExist": {"models": [{"id": "old-one", "source": ""}]},
        }
    }


def test_an_adapter_changes_the_config_map_and_not_the_pod() -> None:
    one, two = _elsewhere(), _elsewhere(lora={"adapters": [{"name": "other", "source": "o/other"}]})

    assert _pod(one) == _pod(two)
    assert only(one, ":ConfigMap").inputs != only(two, ":ConfigMap").inputs


@pytest.mark.parametrize(
    ("nodes", "strategy"),
    [(2, {"maxSurge": 1, "maxUnavailable": 0}), (1, {"maxSurge": 0, "maxUnavailable": 1})],
)
def test_roll_out_surges_only_into_a_free_gpu(nodes: int, strategy: dict[str, int]) -> None:
    sections = {
        **OTHER_GATEWAY,
        "models": [{**_LORA, "replicas": 2 if nodes == 1 else 3}],
        "nodePools": [{"name": "gpupool", "nodes": nodes}],
    }
    spec = only(run(sections), ":Deployment").inputs["spec"]

    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": strategy}


def test_deployment_is_waited_for_as_long_as_node_image_and_model_may_take() -> None:
    deployment = only(_tutorial(), ":Deployment")
    deadline = deployment.inputs["spec"]["progressDeadlineSeconds"]

    # 60 minutes for a node, 10 for the image, 13.8 for the start, 3 for adapters.
    start = 600 + 826 + 180
    assert deadline == 3600 + start
    assert deployment.timeouts == {"create": "5266s", "update": f"{5266 + 2 * (132 + start)}s"}


def test_deployment_and_budget_select_the_pods_and_one_replica_may_go() -> None:
    found = _tutorial()
    spec = only(found, ":Deployment").inputs["spec"]
    budget = only(found, ":PodDisruptionBudget", "llama3-8b").inputs["spec"]
    selector = {"matchLabels": {"app": "llama3-8b"}}

    assert spec["selector"] == selector
    assert selector["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    assert budget == {"minAvailable": 2, "selector": selector}


def test_containers_have_no_more_rights_than_they_use() -> None:
    pod = _pod(_tutorial())
    (server,), (syncer,) = pod["containers"], pod["initContainers"]

    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
    for container in (server, syncer):
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert syncer["securityContext"]["runAsNonRoot"] is True
    assert syncer["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize(
    ("cluster", "gpu", "selector"),
    [
        ({"mode": "standard"}, {}, {"cloud.google.com/gke-accelerator": "nvidia-h100-80gb"}),
        (
            {"mode": "autopilot"},
            {},
            {
                "cloud.google.com/gke-accelerator": "nvidia-h100-80gb",
                "cloud.google.com/gke-accelerator-count": "1",
                "cloud.google.com/gke-gpu-driver-version": "latest",
                "cloud.google.com/gke-spot": "true",
            },
        ),
        (
            {"mode": "autopilot"},
            {"accelerator": "nvidia-l4", "count": 2},
            {
                "cloud.google.com/gke-accelerator": "nvidia-l4",
                "cloud.google.com/gke-accelerator-count": "2",
                "cloud.google.com/gke-gpu-driver-version": "latest",
            },
        ),
    ],
)
def test_pods_ask_for_their_nodes(
    cluster: dict[str, Any], gpu: dict[str, Any], selector: dict[str, str]
) -> None:
    found = run({**OTHER_GATEWAY, "cluster": cluster, "models": [{"gpu": gpu}]})

    assert _pod(found)["nodeSelector"] == selector


def test_every_model_has_servers_of_its_own() -> None:
    found = run(SEVERAL_MODELS)
    gpus = {
        deployment.inputs["metadata"]["name"]: deployment.inputs["spec"]["template"]["spec"][
            "containers"
        ][0]["resources"]["limits"]["nvidia.com/gpu"]
        for deployment in of_type(found, ":Deployment")
    }

    assert gpus == {"llama": "1", "qwen": "2", "unknown": "1"}


def test_sglang_is_told_to_the_picker_by_labels_and_has_no_syncer() -> None:
    adapters = [{"name": "food", "source": "owner/food"}]
    found = run({**ELSEWHERE, "models": [{"engine": "sglang", "lora": {"adapters": adapters}}]})
    template = only(found, ":Deployment").inputs["spec"]["template"]
    (container,) = template["spec"]["containers"]

    assert template["metadata"]["labels"]["inference.networking.k8s.io/engine-type"] == "sglang"
    assert template["metadata"]["labels"]["llm-d.ai/engine-type"] == "sglang"
    assert "initContainers" not in template["spec"]
    assert of_type(found, ":ConfigMap") == []
    assert container["name"] == "sglang"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health"
