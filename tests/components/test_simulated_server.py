"""A simulated model server: the same objects, but no GPU, weights or token."""

from typing import Any, Final

import pytest
from conftest import OTHER_GATEWAY, of_type, only, run

from inference.config import RefusedError
from inference.offline.runner import Run

_MODEL: Final[dict[str, Any]] = {
    "engine": "simulator",
    "replicas": 2,
    "lora": {"adapters": [{"name": "food-review", "source": "owner/food"}]},
}
_LOCAL: Final = {
    "cluster": {"mode": "existing", "context": "kind-inference"},
    "gateway": {"className": "agentgateway", "wait": False},
}


def _local(**model: object) -> Run:
    return run({**_LOCAL, "models": [{**_MODEL, **model}]}, gcp={})


def _pod(found: Run) -> dict[str, Any]:
    return only(found, ":Deployment").inputs["spec"]["template"]["spec"]


def test_the_server_needs_no_gpu_no_volume_and_no_token() -> None:
    found = _local()
    pod = _pod(found)
    (server,) = pod["containers"]

    assert server["image"] == "ghcr.io/llm-d/llm-d-inference-sim:v0.10.2"
    assert "command" not in server
    assert server["resources"] == {
        "requests": {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "100Mi"}
    }
    assert "nodeSelector" not in pod
    assert "volumeMounts" not in server
    assert pod["volumes"] == [
        {"name": "config-volume", "configMap": {"name": "llama3-8b-adapters"}},
        {"name": "syncer-state", "emptyDir": {"sizeLimit": "1Mi"}},
    ]
    assert of_type(found, "core/v1:Secret") == []
    assert pod["terminationGracePeriodSeconds"] == 65


def test_the_request_to_paste_asks_the_cluster_for_the_address() -> None:
    outputs = _local().outputs

    assert outputs["gatewayAddressCommand"].startswith("kubectl --context kind-")
    assert f"$({outputs['gatewayAddressCommand']})}}/v1/completions" in outputs["curl"]


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("~/other", "~/other"),
        ("~/my files/it's", """~/'my files/it'"'"'s'"""),
        ("/etc/kube/config", "/etc/kube/config"),
        ("/my files/config", "'/my files/config'"),
        ("/srv/~/config", "'/srv/~/config'"),
        ("~other/config", "'~other/config'"),
    ],
)
def test_a_kubeconfig_at_home_is_found_by_the_shell(path: str, word: str) -> None:
    cluster = {"mode": "existing", "context": "kind-inference", "kubeconfig": path}
    outputs = run({**_LOCAL, "cluster": cluster, "models": [_MODEL]}, gcp={}).outputs

    command = outputs["gatewayAddressCommand"]
    assert command.startswith(f"kubectl --kubeconfig {word} --context kind-inference get gateway ")
    assert f"$({command})" in outputs["curl"]


def test_the_server_is_told_its_pod_and_asked_whether_it_is_ready() -> None:
    (server,) = _pod(_local())["containers"]

    fields = {item["name"]: item["valueFrom"]["fieldRef"]["fieldPath"] for item in server["env"]}
    assert fields == {
        "POD_NAME": "metadata.name",
        "POD_NAMESPACE": "metadata.namespace",
        "POD_IP": "status.podIP",
    }
    assert server["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert server["livenessProbe"]["httpGet"]["path"] == "/health"
    assert server["startupProbe"]["failureThreshold"] * server["startupProbe"][
        "periodSeconds"
    ] == pytest.approx(60)


def test_the_server_runs_as_its_images_own_user() -> None:
    (server,) = _pod(_local())["containers"]

    assert server["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_without_adapters_there_is_no_volume_at_all() -> None:
    assert "volumes" not in _pod(_local(lora=None))


def test_on_a_gke_cluster_of_ours_no_gpu_is_paid_for() -> None:
    found = run({"models": [_MODEL]})

    assert of_type(found, ":NodePool") == []
    (server,) = _pod(found)["containers"]
    assert "LD_LIBRARY_PATH" not in {item["name"] for item in server["env"]}
    check = only(found, ":HealthCheckPolicy").inputs["spec"]["default"]["config"]
    assert check["httpHealthCheck"]["requestPath"] == "/health/ready"


def test_beside_a_real_model_only_that_one_gets_token_and_gpu() -> None:
    real = {"name": "real", "model": "google/gemma-3-4b-it", "servedName": "real"}
    sections = {**OTHER_GATEWAY, "models": [_MODEL, real]}
    found = run(sections, secrets={"huggingFaceToken": "[secret]"})
    pods = {
        resource.inputs["metadata"]["name"]: resource.inputs["spec"]["template"]["spec"]
        for resource in of_type(found, ":Deployment")
    }
    names = {
        name: {item["name"] for item in pod["containers"][0]["env"]} for name, pod in pods.items()
    }

    assert "HF_TOKEN" in names["real"]
    assert "HF_TOKEN" not in names["llama3-8b"]
    assert pods["real"]["nodeSelector"]
    assert "nodeSelector" not in pods["llama3-8b"]


def test_vllm_in_a_cluster_without_gkes_labels_selects_no_nodes() -> None:
    gpu = {"selectNodes": False}
    pod = _pod(run({**_LOCAL, "models": [{"model": "Qwen/Qwen3-8B", "gpu": gpu}]}, gcp={}))

    assert "nodeSelector" not in pod
    assert pod["containers"][0]["resources"]["limits"] == {"nvidia.com/gpu": "1"}


@pytest.mark.parametrize(
    "cluster", [{}, {"mode": "autopilot"}, {**_LOCAL["cluster"], "autopilot": True}]
)
def test_where_gke_makes_the_nodes_they_must_be_selected(cluster: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match=r"models\[0\].gpu.selectNodes: is false, but GKE"):
        run({"cluster": cluster, "models": [{"gpu": {"selectNodes": False}}]})
