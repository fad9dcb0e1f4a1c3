"""Rules about the nodes that a model asks for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inference.catalog.machines import Capacity, machines_with
from inference.config.finding import remove_command, set_command
from inference.config.models import Model
from inference.config.rules.rule import BrokenRule

if TYPE_CHECKING:
    from inference.config.settings import Settings

_AUTOPILOT_CAPACITIES = frozenset({Capacity.ON_DEMAND, Capacity.SPOT})
_FALLBACK_CAPACITIES = _AUTOPILOT_CAPACITIES | {Capacity.FLEX_START}


def _capacity(settings: "Settings", index: int, model: Model) -> Iterator[BrokenRule]:
    capacity, path = model.gpu.capacity, f"models[{index}].gpu.capacity"
    if capacity is None:
        return
    if not settings.cluster.is_autopilot:
        yield BrokenRule(
            path=path,
            message="would be ignored: outside Autopilot the node pool has the capacity",
            fix=remove_command(path),
        )
        return
    offered = machines_with(model.gpu.accelerator, model.gpu.count)[0].capacities
    possible = sorted(_AUTOPILOT_CAPACITIES & offered)
    if capacity not in possible:
        yield BrokenRule(
            path=path,
            message=f"is {capacity}, but {model.gpu.count} {model.gpu.accelerator} can be had on "
            f"Autopilot only as {' or '.join(possible)}",
            fix=set_command(path, possible[-1]),
        )


def _fallback(settings: "Settings", index: int, model: Model) -> Iterator[BrokenRule]:
    fallback, path = model.gpu.fallback, f"models[{index}].gpu.fallback"
    if not fallback:
        return
    removal = remove_command(path)
    if not settings.cluster.is_autopilot:
        yield BrokenRule(
            path=path,
            message="would be ignored: outside Autopilot a second node pool is the fallback",
            fix=removal,
        )
        return
    tried = (model.gpu.capacity, *fallback)
    if model.gpu.capacity is None or len(set(tried)) < len(tried):
        yield BrokenRule(
            path=path,
            message="comes after `capacity`, which must be given, and each capacity once",
            fix=f"{set_command(f'models[{index}].gpu.capacity', 'spot')}, or {removal}",
        )
    offered = machines_with(model.gpu.accelerator, model.gpu.count)[0].capacities
    missing = sorted(set(fallback) - (offered & _FALLBACK_CAPACITIES))
    if missing:
        yield BrokenRule(
            path=path,
            message=f"{', '.join(missing)}: {model.gpu.count} {model.gpu.accelerator} cannot be "
            "had so on Autopilot",
            fix=removal,
        )


def _select_nodes(settings: "Settings", index: int, model: Model) -> Iterator[BrokenRule]:
    elsewhere = not settings.cluster.is_created and not settings.cluster.is_autopilot
    if not model.gpu.select_nodes and not elsewhere:
        path = f"models[{index}].gpu.selectNodes"
        yield BrokenRule(
            path=path,
            message="is false, but GKE finds the nodes of a Pod by its selector: replicas could "
            "land on other GPUs, or stay Pending",
            fix=remove_command(path),
        )


def broken(settings: "Settings") -> Iterator[BrokenRule]:
    """Rules that a model's `gpu` section breaks."""
    for index, model in enumerate(settings.models):
        yield from _capacity(settings, index, model)
        yield from _fallback(settings, index, model)
        yield from _select_nodes(settings, index, model)
