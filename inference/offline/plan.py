"""The plan of a stack, and its JSON: the interface described in the README."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, final

from inference.derive.capacity import Capacity, capacity
from inference.derive.cost import Cost, cost
from inference.derive.needs import Needs, needs
from inference.findings import as_json
from inference.offline.built import check_built
from inference.offline.images import images_json
from inference.offline.money import capacity_json, cost_json
from inference.offline.recorder import Registration
from inference.offline.runner import Run
from inference.offline.timeline import Step, Timeline, timeline


def waves(resources: Sequence[Registration]) -> Mapping[str, int]:
    """Wave by URN: 0 for what waits for nothing, else one after the last it waits for.

    Everything in a wave can be made in parallel. A component is in the wave of its first child.
    """
    result: dict[str, int] = {}
    by_urn = {resource.urn: resource for resource in resources}
    for resource in resources:
        # A program can only depend on what it has registered before, so one pass is enough.
        if resource.custom:
            before = [result[urn] for urn in resource.waits_for if urn in result]
            result[resource.urn] = max(before, default=-1) + 1
    for resource in reversed(resources):
        # Children are registered after their component, so backwards they come first.
        own = result.setdefault(resource.urn, 0)
        parent = by_urn.get(resource.parent)
        if parent is not None and not parent.custom:
            result[parent.urn] = min(result.get(parent.urn, own), own)
    return result


@final
@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would be built, in what order, how long it takes and what it needs."""

    run: Run
    waves: Mapping[str, int]
    timeline: Timeline
    needs: Needs
    cost: Cost
    capacity: tuple[Capacity, ...]
    """Of the models that have traffic and latencies to keep."""


def make_plan(run: Run) -> Plan:
    """Everything that a plan shows of one run of the program.

    Raises:
        RefusedError: when a resource cannot be made as it stands in the plan.
    """
    settings = run.settings
    check_built(run.resources, settings)
    found = (capacity(settings, model) for model in settings.models)
    return Plan(
        run=run,
        waves=waves(run.resources),
        timeline=timeline(run),
        needs=needs(settings),
        cost=cost(settings),
        capacity=tuple(each for each in found if each is not None),
    )


def _resource(resource: Registration, wave: int) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "parent": resource.parent or None,
        "provider": resource.provider or None,
        "dependsOn": list(resource.depends_on),
        "wave": wave,
        "inputs": resource.inputs,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "resources": list(step.resources),
        "waitsFor": list(step.waits_for),
        "startMinute": round(step.start, 1),
        "minutes": round(step.minutes, 1),
        "level": step.level,
        "critical": step.critical,
    }


def plan_json(plan: Plan) -> dict[str, Any]:
    """The JSON object of a plan."""
    run = plan.run
    return {
        "stack": run.stack,
        "findings": [as_json(finding, run.stack) for finding in run.findings],
        "resources": [_resource(r, plan.waves[r.urn]) for r in run.resources],
        "outputs": run.outputs,
        "timeline": {
            "steps": [_step(step) for step in plan.timeline.steps],
            "totalMinutes": round(plan.timeline.total_minutes, 1),
        },
        "needs": asdict(plan.needs),
        "cost": cost_json(plan.cost),
        "capacity": capacity_json(plan.capacity),
        "images": images_json(run.settings),
    }


REFUSED: Final[Mapping[str, Any]] = {
    "stack": "",
    "findings": [],
    "resources": [],
    "outputs": {},
    "timeline": {"steps": [], "totalMinutes": 0},
    "needs": {"gpus": [], "quotas": [], "roles": [], "apis": []},
    "cost": {
        "currency": "USD",
        "hourly": None,
        "monthly": None,
        "perMillionOutputTokens": None,
        "lines": [],
        "unpriced": [],
    },
    "capacity": [],
    "images": [],
}
"""The same keys for a stack that was refused: nothing is planned."""
