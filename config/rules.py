"""Rules between sections. Each says which key breaks it, and all broken ones are told at once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from catalog.machines import Capacity, machines_with
from catalog.releases import CRD_RELEASE
from config.cluster import ClusterMode
from config.finding import PROJECT, set_command
from config.gateway import Routing
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


def _routing(settings: "Settings") -> Iterator[BrokenRule]:
    gateway = settings.gateway
    served = {model.name: set(model.served_names) for model in settings.models}
    default = gateway.default_model
    if default is not None and default not in served:
        yield BrokenRule(
            path="gateway.defaultModel",
            message=f"{default} is no model of this stack, so requests could not go there",
            fix=set_command("gateway.defaultModel", settings.models[0].name),
        )
    for index, split in enumerate(gateway.splits):
        path = f"gateway.splits[{index}]"
        named = {share.model for share in split.models}
        serving = {name for name, names in served.items() if split.served_name in names}
        if named != serving:
            yield BrokenRule(
                path=f"{path}.models",
                message=f"{split.served_name} is divided between {', '.join(sorted(named))}, but "
                f"served by {', '.join(sorted(serving)) or 'none'}: a request that reaches a model "
                "under a name it does not serve is answered 404",
                fix=f"name those models, with weight 0 for none of the requests, or give each "
                f"`servedName: {split.served_name}`",
            )
    names = Counter(split.served_name for split in gateway.splits)
    if any(count > 1 for count in names.values()):
        yield BrokenRule(
            path="gateway.splits",
            message="a served name is divided twice: only one division could hold",
            fix="keep one entry for each `servedName` in the stack file",
        )
    if gateway.splits and gateway.routing is Routing.PATH:
        yield BrokenRule(
            path="gateway.splits",
            message="does not go with routing path, where the path names one model",
            fix=set_command("gateway.routing", Routing.BODY.value),
        )


def _internal(settings: "Settings") -> Iterator[BrokenRule]:
    gateway = settings.gateway
    ignored = {
        "internal": gateway.internal and gateway.is_internal,
        "internalAddress": gateway.internal_address is not None and not gateway.internal,
        "globalAccess": gateway.global_access and not gateway.has_internal,
    }
    for key, is_ignored in ignored.items():
        if is_ignored:
            path = f"gateway.{key}"
            yield BrokenRule(
                path=path,
                message="would be ignored: the Gateway is internal already"
                if key == "internal"
                else "would be ignored: no internal Gateway is asked for by gateway.internal",
                fix=f"pulumi config rm --path '{PROJECT}:{path}'",
            )


def _secret_manager(settings: "Settings") -> Iterator[BrokenRule]:
    path = "huggingFaceSecretManager"
    if settings.hugging_face_secret_manager is None:
        return
    if settings.hugging_face_secret is not None:
        yield BrokenRule(
            path=path,
            message="stands beside huggingFaceSecret: servers can take the token from one place",
            fix=f"remove `{path}` or `huggingFaceSecret` from the stack file",
        )
    if not settings.on_gke:
        yield BrokenRule(
            path=path,
            message="needs GKE, whose Secret Manager add-on mounts the secret",
            fix=f"remove `{path}` from the stack file, and name a Secret in `huggingFaceSecret`",
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
    yield from _internal(settings)
    if settings.models:
        yield from _routing(settings)
    yield from _secret_manager(settings)
    if not settings.models:
        yield BrokenRule(
            path="models",
            message="is empty: there would be nothing to serve",
            fix="name a model below `models` in the stack file, or leave `models` out",
        )
