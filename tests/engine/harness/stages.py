"""How kwok plays a kubelet whose model servers take their time to start."""

from typing import Any, Final

from harness.nodes import ACCELERATOR

_READY: Final = """
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
podIP: {{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}
conditions:
{{ range $type := list "Initialized" "ContainersReady" "Ready" }}
- {type: {{ $type }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  restartCount: 0
  state: {running: {startedAt: {{ $now | Quote }}}}
{{ end }}
"""


def _stage(name: str, expressions: dict[str, str], **spec: Any) -> dict[str, Any]:  # noqa: ANN401 kwok's
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
            "selector": {
                "matchExpressions": [
                    {"key": key, "operator": operator} for key, operator in expressions.items()
                ]
            },
            **spec,
        },
    }


def stages(server_start: float) -> list[dict[str, Any]]:
    """Stages of Pods: with a GPU ready after `server_start` seconds, others at once."""
    waiting = {".metadata.deletionTimestamp": "DoesNotExist", ".status.podIP": "DoesNotExist"}
    selected = f'.spec.nodeSelector["{ACCELERATOR}"]'
    ready = {"statusTemplate": _READY}
    return [
        _stage("ready", {**waiting, selected: "DoesNotExist"}, next=ready),
        _stage(
            "server-ready",
            {**waiting, selected: "Exists"},
            next=ready,
            delay={"durationMilliseconds": round(server_start * 1000)},
        ),
        _stage(
            "gone",
            {".metadata.deletionTimestamp": "Exists"},
            next={"finalizers": {"empty": True}, "delete": True},
        ),
    ]
