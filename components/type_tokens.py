"""Type tokens and labels that all components share.

Both are an interface: tests/components/test_urns.py guards them.
"""

from typing import Final

from inference.config.finding import PROJECT

LABELS: Final = {
    "app.kubernetes.io/part-of": PROJECT,
    "app.kubernetes.io/managed-by": "pulumi",
}
"""Labels on every Kubernetes object."""


def token(component: str) -> str:
    """Type token of a component, e.g. `gke-inference-gateway:index:Cluster`."""
    return f"{PROJECT}:index:{component}"
