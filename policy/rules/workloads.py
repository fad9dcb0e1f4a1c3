"""GPU workloads finish what they have begun: a grace period, and a budget for disruptions."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, cast

from rules.rule import UNKNOWN, Config, Resource, ResourceRule, StackRule, mappings, part

_ACCELERATORS: Final = ("nvidia.com/gpu", "google.com/tpu")
_WORKLOADS: Final = frozenset({"Deployment", "StatefulSet"})


def _has_gpu(resource: Resource) -> bool:
    containers = mappings(part(resource.inputs, "spec", "template", "spec", "containers"))
    return any(
        part(container, "resources", need, kind)
        for container in containers
        for need in ("limits", "requests")
        for kind in _ACCELERATORS
    )


def _namespace(resource: Resource) -> Any:  # noqa: ANN401 text or nothing
    return part(resource.inputs, "metadata", "namespace") or "default"


def _covers(budget: Resource, workload: Resource) -> bool:
    """Whether a budget's selector matches the Pods of a workload."""
    wanted: Any = part(budget.inputs, "spec", "selector", "matchLabels")
    found: Any = part(workload.inputs, "spec", "template", "metadata", "labels")
    if _namespace(budget) != _namespace(workload) or not isinstance(wanted, Mapping):
        return False
    labels = cast("Mapping[str, Any]", wanted)
    return all(part(found, key) == value for key, value in labels.items())


def _drains_not(arguments: Sequence[object]) -> bool:
    """Whether the last shutdown timeout among a server's arguments is 0."""
    words = [word for one in arguments for word in str(one).split("=", 1)]
    values = [
        value for name, value in pairwise(words) if name.replace("_", "-") == "--shutdown-timeout"
    ]
    return bool(values) and values[-1].isdecimal() and int(values[-1]) == 0


def gpu_grace_period(resource: Resource, config: Config) -> Iterator[str]:
    """A workload with GPUs whose Pods are given too little time to finish."""
    if resource.kind not in _WORKLOADS or not _has_gpu(resource):
        return
    containers = mappings(part(resource.inputs, "spec", "template", "spec", "containers"))
    for container in containers:
        if _drains_not(container.get("args") or ()):
            yield (
                f"container {container.get('name')} has a shutdown timeout of 0: running requests "
                "are aborted whenever it stops"
            )
    least: int = config["leastSeconds"]
    grace = part(resource.inputs, "spec", "template", "spec", "terminationGracePeriodSeconds")
    if grace == UNKNOWN or (grace is not None and grace >= least):
        return
    seconds = "30 (the default)" if grace is None else f"{grace:g}"
    yield (
        f"has a grace period of {seconds} s, below {least}: longer responses are cut off in every "
        "roll-out"
    )


def gpu_disruption_budget(
    resources: Sequence[Resource], config: Config
) -> Iterator[tuple[str, str]]:
    """Workloads with GPUs that no disruption budget covers.

    It takes all resources together, which the engine hands over as they came out. Before the
    cluster exists a preview knows nothing of them, so it judges from the first update on.
    """
    del config
    budgets = [resource for resource in resources if resource.kind == "PodDisruptionBudget"]
    for resource in resources:
        if resource.kind not in _WORKLOADS or not _has_gpu(resource):
            continue
        if not any(_covers(budget, resource) for budget in budgets):
            yield (
                resource.urn,
                "has no PodDisruptionBudget: draining nodes may stop all its replicas at once",
            )


GPU_GRACE_PERIOD: Final = ResourceRule(
    name="gpu-grace-period",
    description="Pods with GPUs have time to finish running requests.",
    check=gpu_grace_period,
    schema={
        "leastSeconds": {
            "type": "integer",
            "description": "Minimum grace period of a Pod with GPUs",
            "minimum": 1,
            "default": 60,
        }
    },
)
GPU_DISRUPTION_BUDGET: Final = StackRule(
    name="gpu-disruption-budget",
    description="Workloads with GPUs have a PodDisruptionBudget.",
    check=gpu_disruption_budget,
)
