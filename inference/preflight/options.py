"""Considered options: each machine of the catalog for a model, chosen or why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import final

from inference.catalog.machines import MACHINES, Capacity, Machine
from inference.config import Settings
from inference.config.models import Model
from inference.config.node_pools import NodePool
from inference.derive.engines import runs_on
from inference.derive.memory import GpuMemory, gpu_memory
from inference.derive.offers import offered
from inference.derive.placement import capacities, machine_for, pools_for
from inference.preflight.autopilot import missing_version, other_counts


class Verdict(StrEnum):
    """What speaks for a machine."""

    CHOSEN = "chosen"
    POSSIBLE = "possible"
    AGAINST = "against"


@final
@dataclass(frozen=True, kw_only=True)
class Option:
    """A machine for one model, and the reason: what is left spare, or what is missing."""

    machine: Machine
    verdict: Verdict
    reason: str


def _on(model: Model, machine: Machine) -> Model:
    """The model as it would be on another accelerator."""
    gpu = model.gpu.model_copy(update={"accelerator": machine.accelerator.name})
    return model.model_copy(update={"gpu": gpu})


def _spare(memory: GpuMemory | None, machine: Machine, model: Model) -> str:
    replicas = machine.gpus // model.gpu.count
    left = machine.gpus - replicas * model.gpu.count
    place = f"{replicas} replica{'s' if replicas > 1 else ''} per node"
    lost = f", {left} GPUs unused" if left else ""
    if memory is None:
        return f"{place}{lost}; memory unknown"
    text = f"{place}{lost}; {memory.cache:.0f} GiB per GPU for the KV cache"
    if memory.request is None or memory.requests is None:
        return text
    return f"{text}, {memory.requests:.1f} requests of {memory.request.context} tokens"


def _wanted(settings: Settings, model: Model) -> tuple[frozenset[Capacity], frozenset[str]]:
    """Capacities and zones that the stack asks for, for this model."""
    pools: tuple[NodePool, ...] = pools_for(settings, model) or settings.pools
    if pools and not model.gpu.by_class:
        zones = frozenset(zone for pool in pools for zone in pool.zones)
        return frozenset(pool.capacity for pool in pools), zones
    return frozenset(capacities(settings, model)), frozenset()


def _autopilot(settings: Settings, model: Model, machine: Machine) -> str | None:
    name = machine.accelerator.name
    counts = other_counts(name, model.gpu.count)
    if counts:
        return f"Autopilot allows {', '.join(map(str, counts))} {name} per Pod"
    version = missing_version(settings, name)
    return (
        f"Autopilot version: needs GKE {version}, which the cluster may not have"
        if version
        else None
    )


def _memory(model: Model, machine: Machine) -> str | None:
    memory = gpu_memory(_on(model, machine))
    return f"memory: {memory.lacks}" if memory and memory.lacks else None


def _place(settings: Settings, model: Model, machine: Machine) -> str | None:
    wanted, zones = _wanted(settings, model)
    offer = offered(machine)
    if not wanted & set(offer.capacities):
        asked = ", ".join(sorted(wanted))
        return f"capacity: not offered as {asked}, only {', '.join(offer.capacities)}"
    if zones and len(offer.lacks(zones)) == len(zones):
        return f"zone: not known to be in {', '.join(sorted(zones))}"
    return None


def _against(settings: Settings, model: Model, machine: Machine) -> str | None:
    """The first reason against a machine; None where there is none."""
    if not machine.holds(model.gpu.count):
        noun = machine.accelerator.kind.noun
        return f"a node has {machine.gpus} of its {noun}s, a replica needs {model.gpu.count}"
    if not runs_on(model.engine, machine.accelerator):
        return f"{model.engine.label} does not run on it"
    autopilot = _autopilot(settings, model, machine) if settings.cluster.is_autopilot else None
    return autopilot or _memory(model, machine) or _place(settings, model, machine)


def options(settings: Settings, model: Model) -> Iterator[Option]:
    """Every machine of the catalog, those chosen first, then the possible ones."""
    pools = pools_for(settings, model)
    chosen = {pool.machine_type for pool in pools} or (
        {machine_for(settings, model).name} if model.gpu.by_class or not settings.pools else set()
    )
    found: list[Option] = []
    for machine in MACHINES.values():
        reason = _against(settings, model, machine)
        spare = _spare(gpu_memory(_on(model, machine)), machine, model)
        if machine.name in chosen:
            verdict = Verdict.CHOSEN
            text = f"{spare}; but {reason}" if reason else spare
        else:
            verdict = Verdict.AGAINST if reason else Verdict.POSSIBLE
            text = reason or spare
        found.append(Option(machine=machine, verdict=verdict, reason=text))
    yield from sorted(found, key=lambda option: list(Verdict).index(option.verdict))
