"""Doctor's look at a cluster that exists, told by a kubectl that answers as the real one does."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from live_stacks import LiveStack

_CONTEXT: Final = "context kind-inference"
_CRDS: Final = tuple(
    f"customresourcedefinition.apiextensions.k8s.io/{plural}.gateway.networking.k8s.io"
    for plural in ("gatewayclasses", "gateways", "httproutes")
)
_CHOOSE_CONTEXT: Final = (
    "pulumi config set --path 'gke-inference-gateway:cluster.context' CONTEXT, with one of "
    "`kubectl config get-contexts`"
)
_CHOOSE_CLASS: Final = (
    "install its controller, or pulumi config set --path 'gke-inference-gateway:gateway.className' "
    "CLASS, with one of `kubectl get gatewayclasses`"
)
_LACKS: Final = (
    "the cluster lacks gatewayclasses.gateway.networking.k8s.io, "
    "httproutes.gateway.networking.k8s.io: pulumi up would fail"
)
_LORA: Final = {"adapters": [{"name": "food", "source": "owner/food"}]}


def _class(accepted: str) -> Mapping[str, Any]:
    return {"status": {"conditions": [{"type": "Accepted", "status": accepted}]}}


def _version(text: str) -> str:
    return f"echo {shlex.quote(json.dumps({'serverVersion': {'gitVersion': text}}))}"


def _fails(words: str) -> str:
    return f"echo {shlex.quote(words)} >&2; exit 1"


@pytest.fixture
def stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> LiveStack:
    """A rehearsal, which needs nothing but its cluster."""
    stack = LiveStack(tmp_path, monkeypatch, capsys)
    stack.program("pulumi", "echo v3.260.1")
    _write(stack, "agentgateway")
    return stack


def _write(stack: LiveStack, class_name: str, lora: Mapping[str, Any] | None = _LORA) -> None:
    stack.write(
        {
            "cluster": {"mode": "existing", "context": "kind-inference", "kubeconfig": "~/other"},
            "gateway": {"className": class_name},
            "models": [{"engine": "simulator", "lora": lora}],
        }
    )


_ANSWERS: Final = {
    "version": _version("v1.34.1"),
    "crds": f"printf '%s\\n' {' '.join(_CRDS)}",
    "gateway_class": f"echo {shlex.quote(json.dumps(_class('True')))}",
    "nodes": "exit 1",
    "gateway": "exit 1",
}


def _kubectl(stack: LiveStack, **answers: str) -> None:
    said = {**_ANSWERS, **answers}
    stack.program(
        "kubectl",
        f"""case "$*" in
*"--context kind-inference --kubeconfig"*/other) ;;
*) echo "another cluster" >&2; exit 1 ;;
esac
case $1,$2 in
version,*) {said["version"]} ;;
get,crd) {said["crds"]} ;;
get,gatewayclass) {said["gateway_class"]} ;;
get,nodes) {said["nodes"]} ;;
get,gateway) [ "$3 $4 $5" = "shared --namespace gateways" ] && {said["gateway"]} ;;
get,namespace) echo '{{"metadata": {{"labels": {{"team": "llm"}}}}}}' ;;
esac""",
    )


def test_a_cluster_that_has_everything_is_ok_in_every_line(stack: LiveStack) -> None:
    _kubectl(stack)
    outcome = stack.run("doctor", ["--json"])

    assert outcome.status == 0
    lines = {name: (line["status"], line["message"]) for name, line in outcome.lines.items()}
    assert lines == {
        "pulumi": ("ok", "v3.260.1"),
        _CONTEXT: ("ok", "answers"),
        "Kubernetes version": ("ok", "v1.34.1"),
        "Gateway API": ("ok", "its CRDs are installed"),
        "Gateway class": ("ok", "agentgateway is accepted by its controller"),
    }


@pytest.mark.parametrize(
    ("version", "lora", "status"),
    [
        ("v1.29.0", _LORA, "ok"),
        ("v1.28.15", _LORA, "problem"),
        ("v1.28.15+k3s1", _LORA, "problem"),
        ("v1.28.15", None, "ok"),
        ("unreleased", _LORA, "unknown"),
    ],
)
def test_the_syncer_needs_a_cluster_that_knows_sidecars(
    *, stack: LiveStack, version: str, lora: Mapping[str, Any] | None, status: str
) -> None:
    _write(stack, "agentgateway", lora)
    _kubectl(stack, version=_version(version))

    assert stack.run("doctor", ["--json"]).lines["Kubernetes version"]["status"] == status


@pytest.mark.parametrize(
    ("answers", "name", "expected"),
    [
        (
            {"version": _fails('error: context "kind-inference" does not exist')},
            _CONTEXT,
            ("problem", "is not in the kubeconfig: nothing can be deployed", _CHOOSE_CONTEXT),
        ),
        (
            {"version": _fails("error: You must be logged in to the server")},
            _CONTEXT,
            (
                "unknown",
                "`kubectl version` failed: error: You must be logged in to the server",
                "make sure that kubectl reaches the cluster, then run this command again",
            ),
        ),
        (
            {"version": "echo '{}'"},
            _CONTEXT,
            ("unknown", "its response has no version", "kubectl version"),
        ),
        (
            {"crds": f"echo {_CRDS[1]}"},
            "Gateway API",
            (
                "problem",
                _LACKS,
                "install the standard channel: https://gateway-api.sigs.k8s.io/guides/getting-started/",
            ),
        ),
        (
            {"crds": _fails("Error from server (Forbidden): no")},
            "Gateway API",
            (
                "unknown",
                "`kubectl get` failed: Error from server (Forbidden): no",
                "make sure that kubectl reaches the cluster, then run this command again",
            ),
        ),
        (
            {"gateway_class": "true"},
            "Gateway class",
            (
                "problem",
                "agentgateway is not in the cluster: the Gateway would never respond",
                _CHOOSE_CLASS,
            ),
        ),
        (
            {"gateway_class": f"echo {shlex.quote(json.dumps(_class('Unknown')))}"},
            "Gateway class",
            (
                "problem",
                "no controller has accepted agentgateway: the Gateway would never respond",
                "kubectl describe gatewayclass agentgateway",
            ),
        ),
        (
            {"gateway_class": _fails("""error: the server doesn't have a resource type""")},
            "Gateway class",
            (
                "unknown",
                "`kubectl get` failed: error: the server doesn't have a resource type",
                _CHOOSE_CLASS,
            ),
        ),
    ],
)
def test_what_is_not_so_is_told_with_its_mend(
    stack: LiveStack, answers: dict[str, str], name: str, expected: tuple[str, str, str]
) -> None:
    _kubectl(stack, **answers)
    outcome = stack.run("doctor", ["--json"])

    line = outcome.lines[name]
    assert (line["status"], line["message"], line["mend"]) == expected
    assert outcome.status == (1 if line["status"] == "problem" else 0)


def test_a_cluster_that_does_not_answer_is_said_once(stack: LiveStack) -> None:
    refused = "The connection to the server 127.0.0.1:1 was refused - did you specify the right?"
    _kubectl(stack, version=_fails(refused))
    outcome = stack.run("doctor", ["--json"])

    assert outcome.status == 3
    assert list(outcome.lines) == ["pulumi", _CONTEXT]
    assert outcome.lines[_CONTEXT]["mend"] == (
        "find out why: kubectl cluster-info --context kind-inference"
    )


def test_without_kubectl_nothing_is_known_of_the_cluster(
    stack: LiveStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    line = stack.run("doctor", ["--json"]).lines[_CONTEXT]

    assert (line["status"], line["message"]) == ("unknown", "kubectl is not on PATH")


def test_the_gateway_of_gke_needs_gke_of_its_time(stack: LiveStack) -> None:
    stack.write(
        {
            "cluster": {"mode": "existing", "context": "kind-inference", "kubeconfig": "~/other"},
            "gateway": {"className": "gke-l7-rilb"},
        }
    )
    _kubectl(stack, version=_version("v1.32.2-gke.1"), crds="true")
    lines = stack.run("doctor", ["--json"]).lines

    assert lines["Kubernetes version"]["status"] == "problem"
    assert "needs 1.32.3 or newer" in lines["Kubernetes version"]["message"]
    assert lines["Gateway API"]["mend"].startswith("gcloud container clusters update ")


def _node(kubelet: str, **labels: str) -> dict[str, Any]:
    status = {"nodeInfo": {"kubeletVersion": kubelet}, "allocatable": {"nvidia.com/gpu": "1"}}
    return {"metadata": {"name": "gpu-1", "labels": labels}, "status": status}


_LATEST: Final = {"cloud.google.com/gke-gpu-driver-version": "latest"}
_FOUND: Final = {"nvidia.com/cuda.driver-version.major": "570"}


@pytest.mark.parametrize(
    ("nodes", "status", "says"),
    [
        ([_node("v1.33.5-gke.2072000", **_LATEST)], "ok", "R580 or newer on 1 nodes"),
        ([_node("v1.33.5-gke.2072000")], "problem", "R535 on gpu-1, but the image needs R580"),
        ([_node("v1.30.9-gke.1009000", **_LATEST)], "problem", "R550 on gpu-1"),
        ([_node("v1.33.5-gke.2072000", **_LATEST, **_FOUND)], "problem", "R570 on gpu-1"),
        ([_node("v1.34.1+k3s1")], "unknown", "gpu-1 does not report its version"),
        ([], "unknown", "no node has nvidia-h100-80gb yet"),
    ],
)
def test_the_driver_of_the_nodes_is_held_to_the_image(
    *, stack: LiveStack, nodes: list[dict[str, Any]], status: str, says: str
) -> None:
    _kubectl(stack, nodes=f"echo {shlex.quote(json.dumps({'items': nodes}))}")
    stack.write(
        {
            "cluster": {"mode": "existing", "context": "kind-inference", "kubeconfig": "~/other"},
            "gateway": {"className": "agentgateway"},
        }
    )
    line = stack.run("doctor", ["--json"]).lines["NVIDIA driver for llama3-8b"]

    assert (line["status"], says in line["message"]) == (status, True)


@pytest.mark.parametrize(
    ("crds", "status"),
    [("", "problem"), ("autoscalingmetrics.autoscaling.gke.io", "ok")],
)
def test_metrics_that_gke_exposes_are_looked_for(stack: LiveStack, crds: str, status: str) -> None:
    stack.write(
        {
            "cluster": {"mode": "existing", "context": "kind-inference", "kubeconfig": "~/other"},
            "gateway": {"className": "gke-l7-rilb"},
            "autoscaling": {"metrics": "managed"},
            "models": [{"autoscaling": {"max": 2}}],
        }
    )
    _kubectl(stack, crds=f"echo {crds}")

    assert stack.run("doctor", ["--json"]).lines["autoscalers' metrics"]["status"] == status


def _listener(name: str = "https", allowed: object = None, **keys: object) -> dict[str, Any]:
    routes = {"allowedRoutes": {"namespaces": allowed}} if allowed else {}
    return {"name": name, "protocol": "HTTPS", **routes, **keys}


def _gateway(
    *listeners: object, class_name: str = "agentgateway", programmed: str = "True"
) -> dict[str, Any]:
    conditions = [{"type": "Programmed", "status": programmed}]
    spec = {"gatewayClassName": class_name, "listeners": listeners}
    return {"spec": spec, "status": {"conditions": conditions}}


_ALL: Final = {"from": "All"}
_LABELLED: Final = {"from": "Selector", "selector": {"matchLabels": {"team": "llm"}}}
_EXPRESSED: Final = {"key": "team", "operator": "In", "values": ["web"]}


@pytest.mark.parametrize(
    ("gateway", "status", "says"),
    [
        (_gateway(_listener(allowed=_ALL)), "ok", "admits HTTPRoutes from namespace llm at https"),
        (_gateway(_listener(allowed=_LABELLED)), "ok", "at https"),
        (_gateway(_listener(allowed=_ALL, hostname="*.example.com")), "ok", "at https"),
        (None, "problem", "gateways/shared is not in the cluster"),
        (_gateway(_listener()), "problem", "https admits only routes from namespace gateways"),
        (
            _gateway(_listener(allowed={**_LABELLED, "selector": {"matchLabels": {"a": "b"}}})),
            "problem",
            "https admits namespaces by labels that llm does not have",
        ),
        (
            _gateway(
                _listener(allowed={**_LABELLED, "selector": {"matchExpressions": [_EXPRESSED]}})
            ),
            "problem",
            "by labels that llm does not have",
        ),
        (_gateway(_listener(allowed=_ALL, protocol="TLS")), "problem", "accepts no HTTPRoutes"),
        (
            _gateway(_listener(allowed=_ALL, hostname="web.example.com")),
            "problem",
            "is for web.example.com, not for llm.example.com",
        ),
        (_gateway(_listener(allowed=_ALL, protocol="HTTP")), "problem", "https uses HTTP"),
        (_gateway(_listener("web", _ALL)), "problem", "has no listener https, only web"),
        (_gateway(_listener(), class_name="istio"), "problem", "is of class istio, not agentg"),
        (_gateway(_listener(), programmed="False"), "problem", "is not programmed"),
        ({"spec": {}}, "unknown", "kubectl get gateway sent a response"),
    ],
)
def test_the_gateway_of_another_team_must_admit_the_routes(
    *, stack: LiveStack, gateway: Mapping[str, Any] | None, status: str, says: str
) -> None:
    existing = {"name": "shared", "namespace": "gateways", "listener": "https"}
    hostnames = ["llm.example.com"]
    stack.write(
        {
            "namespace": "llm",
            "cluster": {"mode": "existing", "context": "kind-inference", "kubeconfig": "~/other"},
            "gateway": {
                "existing": existing, "className": "agentgateway", "hostnames": hostnames
            },
            "models": [{"engine": "simulator"}],
        }
    )  # fmt: skip
    _kubectl(stack, gateway=f"echo {shlex.quote(json.dumps(gateway))}" if gateway else "true")
    line = stack.run("doctor", ["--json"]).lines["existing Gateway"]

    assert (line["status"], says in line["message"]) == (status, True)
