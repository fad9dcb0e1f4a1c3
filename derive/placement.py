"""Which machine a model's Pods run on and how many GPUs are to spare."""

from dataclasses import dataclass
from math import floor
from typing import final

from catalog.machines import Capacity, Machine, smallest_machine
from config.models import Model
from config.node_pools import NodePool
from config.settings import Settings


def pools_for(settings: Settings, model: Model) -> tuple[NodePool, ...]:
    """The node pools whose nodes can hold a replica of `model`."""
    return tuple(
        pool
        for pool in settings.pools
        if pool.machine.accelerator.name == model.gpu.accelerator
        and pool.machine.gpus >= model.gpu.count
    )


def machine_for(settings: Settings, model: Model) -> Machine:
    """The smallest machine that a replica may land on.

    In a cluster whose node pools are not ours it is the smallest machine of the catalog that has
    the GPUs, which is what Autopilot provisions.
    """
    pools = pools_for(settings, model)
    if pools:
        return min((pool.machine for pool in pools), key=lambda machine: machine.gpus)
    machine = smallest_machine(model.gpu.accelerator, model.gpu.count)
    if machine is None:
        # config.models.Gpu refuses an accelerator and count that no machine has.
        message = f"no machine for {model.gpu}"
        raise AssertionError(message)
    return machine


def uses_spot(settings: Settings, model: Model) -> bool:
    """Whether an Autopilot Pod must ask for Spot: by choice, or as the machine exists only so."""
    if model.gpu.capacity is not None:
        return model.gpu.capacity is Capacity.SPOT
    return Capacity.ON_DEMAND not in machine_for(settings, model).capacities


def slots(settings: Settings, model: Model) -> int:
    """Replicas of `model` that all its node pools hold at their largest, other models aside.

    GPUs of one replica are on one node, so a node's remainder is lost.
    """
    return sum(
        pool.max_nodes * floor(pool.machine.gpus / model.gpu.count)
        for pool in pools_for(settings, model)
    )


def spare_gpus(settings: Settings, model: Model) -> int:
    """GPUs left in the pools of `model` when every model on them has all its replicas."""
    pools = pools_for(settings, model)
    held = sum(pool.max_nodes * pool.machine.gpus for pool in pools)
    used = sum(
        other.replicas * other.gpu.count
        for other in settings.models
        if set(pools_for(settings, other)) & set(pools)
    )
    return held - used


@final
@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How a Deployment replaces its Pods."""

    max_surge: int
    max_unavailable: int


def rollout(settings: Settings, model: Model) -> Rollout:
    """A surge replica where a GPU is free for it, else one replica at a time is taken down.

    A surge replica without a free GPU stays Pending and the roll-out deadlocks (facts section 1).
    Autopilot makes a node for it. In an existing Standard cluster nothing is known of spare GPUs.
    """
    if settings.cluster.is_autopilot:
        return Rollout(max_surge=1, max_unavailable=0)
    fits = (
        spare_gpus(settings, model) >= model.gpu.count and slots(settings, model) > model.replicas
    )
    return Rollout(max_surge=int(fits), max_unavailable=int(not fits))
