"""Which machines Autopilot tries for a model, one capacity after the other. Registers nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from inference.catalog.drivers import LATEST_DRIVER
from inference.catalog.machines import Capacity

COMPUTE_CLASS_API: Final = "cloud.google.com/v1"


@final
@dataclass(frozen=True, kw_only=True)
class ComputeClass:
    """A ComputeClass of GKE; Pods that select it get a node by the first rule that has stock."""

    name: str
    """Name of the class, unique in the cluster."""
    accelerator: str
    """Value of the node label `cloud.google.com/gke-accelerator`."""
    gpus: int
    """GPUs of a node."""
    capacities: Sequence[Capacity]
    """Capacities to try, the first one first: on demand, Spot or flex-start."""


def compute_class_spec(wanted: ComputeClass) -> dict[str, Any]:
    """Spec of the object."""
    gpu = {
        "type": wanted.accelerator,
        "count": wanted.gpus,
        # GKE's default is older than what CUDA 13 asks for.
        "driverVersion": LATEST_DRIVER,
    }
    return {
        "priorities": [{"gpu": gpu, **_rule(capacity)} for capacity in wanted.capacities],
        "nodePoolAutoCreation": {"enabled": True},
        # Other nodes have no GPUs: Pods wait for those of a rule instead.
        "whenUnsatisfiable": "DoNotScaleUp",
    }


def _rule(capacity: Capacity) -> dict[str, Any]:
    if capacity is Capacity.FLEX_START:
        return {"flexStart": {"enabled": True}}
    return {"spot": capacity is Capacity.SPOT}
