"""The stand-in for Autopilot refuses what Autopilot refuses, and takes what it takes."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

import pytest
from harness.api import Api, ApiError
from harness.autopilot_rules import install
from harness.control_plane import ControlPlane
from harness.processes import wait_for
from harness.stages import PodPlay

_H100: Final = {
    "cloud.google.com/gke-accelerator": "nvidia-h100-80gb",
    "cloud.google.com/gke-gpu-driver-version": "latest",
}
_REQUESTS: Final = {"cpu": "6", "memory": "32Gi", "ephemeral-storage": "36Gi"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    control_plane = ControlPlane(tmp_path_factory.mktemp("rules"), PodPlay())
    install(control_plane.api)
    # The API server takes a moment to learn of a policy.
    three, refused = _pod(gpus=3), "1, 2, 4 or 8 H100"
    wait_for("the policy", lambda: refused in _refusal(control_plane.api, three))
    yield control_plane.api
    control_plane.stop()


def _pod(
    *,
    gpus: int = 1,
    more: Mapping[str, str] | None = None,
    selector: Mapping[str, str] = _H100,
    container: Mapping[str, Any] | None = None,
    spec: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    limits = {"nvidia.com/gpu": str(gpus)}
    server = {
        "name": "vllm",
        "image": "docker.io/vllm/vllm-openai:v0.32.0",
        "resources": {"limits": limits, "requests": {**_REQUESTS, **limits, **(more or {})}},
        **(container or {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "server-", "namespace": "default"},
        "spec": {"containers": [server], "nodeSelector": dict(selector), **(spec or {})},
    }


def _without_gpus(storage: str) -> dict[str, Any]:
    return _pod(selector={}, container={"resources": {"requests": {"ephemeral-storage": storage}}})


def _refusal(api: Api, pod: Mapping[str, Any]) -> str:
    try:
        api.create(deepcopy(dict(pod)))
    except ApiError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("pod", "says"),
    [
        (_pod(gpus=3), "1, 2, 4 or 8 H100"),
        (_pod(selector={}), "select an accelerator"),
        (_pod(selector={"cloud.google.com/gke-accelerator": "nvidia-l4"}), "default driver"),
        (_pod(container={"resources": {"limits": {"nvidia.com/gpu": "1"}}}), "no default of CPU"),
        (_pod(more={"cpu": "27"}), "so much CPU, memory"),
        (_pod(gpus=2, more={"memory": "500G"}), "so much CPU, memory"),
        (_pod(more={"ephemeral-storage": "700Gi"}), "so much CPU, memory"),
        (_without_gpus("11Gi"), "Autopilot maximum of '10Gi'"),
        (
            _pod(
                selector={**_H100, "cloud.google.com/gke-ephemeral-storage-local-ssd": "true"},
            ),
            "never select local SSD",
        ),
        (_pod(spec={"hostNetwork": True}), "node's namespaces or files"),
        (
            _pod(spec={"volumes": [{"name": "host", "hostPath": {"path": "/models"}}]}),
            "node's namespaces or files",
        ),
        (
            _pod(container={"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}),
            "further capabilities",
        ),
    ],
)
def test_what_autopilot_refuses(api: Api, pod: Mapping[str, Any], says: str) -> None:
    assert says in _refusal(api, pod)


@pytest.mark.parametrize(
    "pod",
    [
        _pod(),
        _pod(gpus=8),
        _pod(gpus=4, more={"cpu": "104", "memory": "930G"}),
        _pod(gpus=8, more={"ephemeral-storage": "600Gi"}),
        _without_gpus("10Gi"),
        _pod(selector={"cloud.google.com/compute-class": "llama3-8b"}),
        _pod(container={"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}),
    ],
)
def test_what_autopilot_takes(api: Api, pod: Mapping[str, Any]) -> None:
    assert _refusal(api, pod) == ""
