"""Rules about names, which are unique where something is found by them."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from inference.catalog.releases import CRD_RELEASE
from inference.config.finding import set_command
from inference.config.rules.rule import BrokenRule

if TYPE_CHECKING:
    from inference.config.settings import Settings


def _repeated(settings: "Settings") -> Iterator[BrokenRule]:
    models = settings.models
    split = {one.served_name for one in settings.gateway.splits}
    for path, what, values in (
        ("models", "model names", [model.name for model in models]),
        ("nodePools", "node pool names", [pool.name for pool in settings.node_pools]),
        ("priorityClasses", "priority class names", [c.name for c in settings.priority_classes]),
        ("models", "objective names", [o.name for m in models for o in m.objectives]),
        ("models", "served names", [n for m in models for n in m.served_names if n not in split]),
    ):
        repeated = sorted(value for value, count in Counter(values).items() if count > 1)
        if repeated:
            yield BrokenRule(
                path=path,
                message=f"{what} must be unique in a stack, but {', '.join(repeated)} is repeated",
                fix=f"give each its own name below `{path}` in the stack file",
            )


def _names(settings: "Settings") -> Iterator[BrokenRule]:
    names = [model.name for model in settings.models]
    for index, name in enumerate(names):
        path = f"models[{index}].name"
        if name == CRD_RELEASE:
            yield BrokenRule(
                path=path,
                message=f"{name} is the name of the Helm release of the CRDs",
                fix=set_command(path, "NAME"),
            )
        if name.removesuffix("-epp") in names and name.endswith("-epp"):
            yield BrokenRule(
                path=path,
                message=f"{name} is the name of another model's picker",
                fix=set_command(path, "NAME"),
            )


def broken(settings: "Settings") -> Iterator[BrokenRule]:
    """Rules that names break."""
    yield from _repeated(settings)
    yield from _names(settings)
