"""How kwok plays kubelets: the addresses of Pods, and when they are ready and gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from harness.nodes import ACCELERATOR


@final
@dataclass(frozen=True, kw_only=True)
class PodPlay:
    """What kwok makes of Pods."""

    cidr: str = "10.244.0.1/16"
    """Its first address and the range that Pods get theirs from."""
    stages: Sequence[dict[str, Any]] = ()
    """kwok's own where there are none: ready at once, and gone soon after they are deleted."""


_STATUS: Final = """
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
podIP: {{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}
conditions:
{{ range $type := list "Initialized" "ContainersReady" "Ready" }}
- {type: {{ $type }}, status: "READY", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: READY
  restartCount: 0
  state: {running: {startedAt: {{ $now | Quote }}}}
{{ end }}
"""


def running(*, ready: bool = True) -> str:
    """Template of the status of a Pod whose containers run."""
    return _STATUS.replace('"READY"', f'"{ready}"').replace("READY", str(ready).lower())


def stage(name: str, expressions: dict[str, str], **spec: Any) -> dict[str, Any]:  # noqa: ANN401 kwok's
    """A step of Pods whose fields exist, or do not; `expressions` has an operator by field."""
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
    ready = {"statusTemplate": running()}
    return [
        stage("ready", {**waiting, selected: "DoesNotExist"}, next=ready),
        stage(
            "server-ready",
            {**waiting, selected: "Exists"},
            next=ready,
            delay={"durationMilliseconds": round(server_start * 1000)},
        ),
        stage(
            "gone",
            {".metadata.deletionTimestamp": "Exists"},
            next={"finalizers": {"empty": True}, "delete": True},
        ),
    ]
