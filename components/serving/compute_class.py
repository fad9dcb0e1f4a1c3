"""Which machines Autopilot tries for a model, one capacity after the other."""

from typing import Any

import pulumi

from components.kubernetes_object import CustomResource, object_meta
from inference.catalog.machines import Capacity
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.names import cluster_scoped
from inference.derive.placement import autopilot_capacities, machine_for


def compute_class(
    name: str, settings: Settings, model: Model, opts: pulumi.ResourceOptions
) -> CustomResource:
    """A ComputeClass of GKE; Pods that select it get a node by the first rule that has stock."""
    gpu = {"type": model.gpu.accelerator, "count": machine_for(settings, model).gpus}
    return CustomResource(
        name,
        api_version="cloud.google.com/v1",
        kind="ComputeClass",
        metadata=object_meta(cluster_scoped(model.name, settings.namespace), None),
        spec={
            "priorities": [
                {"gpu": gpu, **_rule(capacity)}
                for capacity in autopilot_capacities(settings, model)
            ],
            "nodePoolAutoCreation": {"enabled": True},
            # Other nodes have no GPUs: Pods wait for those of a rule instead.
            "whenUnsatisfiable": "DoNotScaleUp",
        },
        opts=opts,
    )


def _rule(capacity: Capacity) -> dict[str, Any]:
    if capacity is Capacity.FLEX_START:
        return {"flexStart": {"enabled": True}}
    return {"spot": capacity is Capacity.SPOT}
