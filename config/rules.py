"""Rules between sections. Each says which key breaks it, and all broken ones are told at once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from catalog.machines import Capacity, machines_with
from catalog.releases import CRD_RELEASE
from config.cluster import ClusterMode
from config.finding import PROJECT, set_command
from config.models import Model

if TYPE_CHECKING:
    from config.settings import Settings

STACK_LABELS = ("pulumi-project", "pulumi-stack")
"""Labels by which what a stack made is found."""
_GOOGLES_LABELS = "goog"
_AUTOPILOT_CAPACITIES = frozenset({Capacity.ON_DEMAND, Capacity.SPOT})
_FALLBACK_CAPACITIES = _AUTOPILOT_CAPACITIES | {Capacity.FLEX_START}


@final
@dataclass(frozen=True, kw_only=True)
class BrokenRule:
    """A rule that the sections together break; `path` is the key to change."""

    path: str
    message: str
    fix: str


@final
class BrokenRulesError(ValueError):
    """All rules that a configuration breaks; pydantic carries it in its own error."""

    def __init__(self, rules: Sequence[BrokenRule]) -> None:
        """Carry the rules."""
        self.rules = tuple(rules)
        super().__init__("; ".join(rule.message for rule in rules))


def _node_pools(settings: "Settings") -> Iterator[BrokenRule]:
    if settings.node_pools and settings.cluster.mode is not ClusterMode.STANDARD:
        yield BrokenRule(
            path="nodePools",
            message=f"does not apply to cluster mode {settings.cluster.mode}: only a Standard "
            "cluster of this stack has node pools",
            fix=f"pulumi config rm {PROJECT}:nodePools",
        )
    region = settings.gcp.region
    for index, pool in enumerate(settings.node_pools):
        outside = [zone for zone in pool.zones if not zone.startswith(f"{region}-")]
        if outside:
            path = f"nodePools[{index}].zones"
            yield BrokenRule(
                path=path,
                message=f"{', '.join(outside)} lies outside region {region}: GKE would refuse the "
                "pool",
                fix=f"name zones of {region}, or {set_command('gcp:region', 'REGION')}",
            )


def _location(settings: "Settings") -> Iterator[BrokenRule]:
    region = settings.gcp.region
    if settings.location != region and not settings.location.startswith(f"{region}-"):
        yield BrokenRule(
            path="cluster.location",
            message=f"{settings.location} is not in gcp:region {region}, where the Gateway's "
            "address and proxies are: the Gateway could not use them",
            fix=set_command("cluster.location", region),
        )


def _capacity(settings: "Settings", index: int, model: Model) -> Iterator[BrokenRule]:
    capacity, path = model.gpu.capacity, f"models[{index}].gpu.capacity"
    if capacity is None:
        return
    if not settings.cluster.is_autopilot:
        yield BrokenRule(
            path=path,
            message="would be ignored: outside Autopilot the node pool has the capacity",
            fix=f"pulumi config rm --path '{PROJECT}:{path}'",
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


def _select_nodes(settings: "Settings", index: int, model: Model) -> Iterator[BrokenRule]:
    elsewhere = not settings.cluster.is_created and not settings.cluster.is_autopilot
    if not model.gpu.select_nodes and not elsewhere:
        path = f"models[{index}].gpu.selectNodes"
        yield BrokenRule(
            path=path,
            message="is false, but GKE finds the nodes of a Pod by its selector: replicas could "
            "land on other GPUs, or stay Pending",
            fix=f"pulumi config rm --path '{PROJECT}:{path}'",
        )


def _fallback(settings: "Settings", index: int, model: Model) -> Iterator[BrokenRule]:
    fallback, path = model.gpu.fallback, f"models[{index}].gpu.fallback"
    if not fallback:
        return
    remove = f"pulumi config rm --path '{PROJECT}:{path}'"
    if not settings.cluster.is_autopilot:
        yield BrokenRule(
            path=path,
            message="would be ignored: outside Autopilot a second node pool is the fallback",
            fix=remove,
        )
        return
    tried = (model.gpu.capacity, *fallback)
    if model.gpu.capacity is None or len(set(tried)) < len(tried):
        yield BrokenRule(
            path=path,
            message="comes after `capacity`, which must be given, and each capacity once",
            fix=f"{set_command(f'models[{index}].gpu.capacity', 'spot')}, or {remove}",
        )
    offered = machines_with(model.gpu.accelerator, model.gpu.count)[0].capacities
    missing = sorted(set(fallback) - (offered & _FALLBACK_CAPACITIES))
    if missing:
        yield BrokenRule(
            path=path,
            message=f"{', '.join(missing)}: {model.gpu.count} {model.gpu.accelerator} cannot be "
            "had so on Autopilot",
            fix=remove,
        )


def _network(settings: "Settings") -> Iterator[BrokenRule]:
    network, created = settings.network, settings.cluster.is_created
    for key, value in (("vpc", network.vpc), ("podRange", network.pod_range)):
        if value is not None and not created:
            path = f"network.{key}"
            yield BrokenRule(
                path=path,
                message="would be ignored: an existing cluster has its network and ranges",
                fix=f"pulumi config rm --path '{PROJECT}:{path}'",
            )


def _secure_boot(settings: "Settings") -> Iterator[BrokenRule]:
    path = "security.secureBoot"
    if settings.security.secure_boot and settings.cluster.mode is not ClusterMode.STANDARD:
        yield BrokenRule(
            path=path,
            message="would be ignored: it is for nodes of a Standard cluster of this stack, and "
            "Autopilot's always start securely",
            fix=f"pulumi config rm --path '{PROJECT}:{path}'",
        )


def _labels(settings: "Settings") -> Iterator[BrokenRule]:
    taken = sorted(
        key for key in settings.labels if key in STACK_LABELS or key.startswith(_GOOGLES_LABELS)
    )
    if taken:
        yield BrokenRule(
            path="labels",
            message=f"{', '.join(taken)}: labels of that name are set by Google, or tell the "
            "stack's resources from others",
            fix="give it another name below `labels` in the stack file",
        )


def _repeated(settings: "Settings") -> Iterator[BrokenRule]:
    models = settings.models
    for path, what, values in (
        ("models", "model names", [model.name for model in models]),
        ("nodePools", "node pool names", [pool.name for pool in settings.node_pools]),
        ("priorityClasses", "priority class names", [c.name for c in settings.priority_classes]),
        ("models", "objective names", [o.name for m in models for o in m.objectives]),
        ("models", "served names", [name for m in models for name in m.served_names]),
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


def broken_rules(settings: "Settings") -> Iterator[BrokenRule]:
    """Every rule between sections that the settings break."""
    yield from _node_pools(settings)
    yield from _location(settings)
    yield from _network(settings)
    yield from _secure_boot(settings)
    yield from _labels(settings)
    for index, model in enumerate(settings.models):
        yield from _capacity(settings, index, model)
        yield from _fallback(settings, index, model)
        yield from _select_nodes(settings, index, model)
    yield from _repeated(settings)
    yield from _names(settings)
    if not settings.models:
        yield BrokenRule(
            path="models",
            message="is empty: there would be nothing to serve",
            fix="name a model below `models` in the stack file, or leave `models` out",
        )
