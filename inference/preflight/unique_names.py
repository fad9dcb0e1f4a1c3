"""Names by which something is found: no two the same, and none that the program takes itself."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from inference.catalog.google_rules import DNS_LABELS, GKE_CONTROLLERS
from inference.catalog.limits import KUBERNETES_NAMES, LABELS
from inference.config import Finding, Settings
from inference.config.finding import edit, set_command
from inference.config.models import Model
from inference.derive.body_routing import has_body_router
from inference.derive.names import (
    CRD_RELEASE,
    STACK_LABELS,
    authorization_names,
    gateway_address,
    internal_address,
    picker_name,
    router_name,
)
from inference.preflight.registry import error, refusal

NAMES_REPEATED: Final = refusal(
    id="names.repeated",
    cause="Two models, node pools, priority classes, objectives, adapters or volumes of a model, "
    "maintenance exclusions, addresses or served names have the same name.",
    consequence="One would replace the other, or the API rejects the second.",
    fix="Give each a unique name.",
    source=KUBERNETES_NAMES,
)
NAMES_TAKEN: Final = refusal(
    id="names.taken",
    cause="A model has the name of another Helm release or Deployment in the stack: that of the "
    "CRDs, or of another model's endpoint picker.",
    consequence="Helm rejects the second release, or the two overwrite each other's objects.",
    fix="Give the model another name.",
    source=KUBERNETES_NAMES,
)
NAMES_MODEL_IS_ROUTER: Final = refusal(
    id="names.model-is-router",
    cause="A model has the name of the body-based router.",
    consequence="The Helm release and Deployment would exist twice: the second one is rejected.",
    fix="Give the model or the Gateway another name.",
    source=GKE_CONTROLLERS,
)
NAMES_SAME_AUTHORIZATION: Final = error(
    id="names.same-authorization",
    cause="Two hostnames lead to the same DNS authorization name, as it is cut at 63 characters "
    "and has hyphens for dots.",
    consequence="Certificate Manager rejects the second one.",
    fix="Use a shorter cluster name, or other hostnames.",
    source=DNS_LABELS,
)
NAMES_RESERVED_LABEL: Final = refusal(
    id="names.reserved-label",
    cause="`labels` has a key that Google sets, or that identifies the stack's resources.",
    consequence="Google rejects it, or `inference leftovers` no longer finds what the stack left "
    "behind.",
    fix="Give the label another key.",
    source=LABELS,
)
_GOOGLES_LABELS: Final = "goog"


Named = Sequence[tuple[str, str]]
"""Key by which each of some things is named, and its name."""


def _named(settings: Settings) -> Iterator[tuple[str, Named]]:
    """What some things are, and their names."""
    models = settings.models
    split = {one.served_name for one in settings.gateway.splits}
    yield "model names", _listed("models", models)
    yield "node pool names", _listed("nodePools", settings.node_pools)
    yield "priority class names", _listed("priorityClasses", settings.priority_classes)
    objectives = [
        one
        for index, model in enumerate(models)
        for one in _listed(f"models[{index}].objectives", model.objectives)
    ]
    yield "objective names", objectives
    served = [one for index, model in enumerate(models) for one in _served(index, model)]
    yield "served names", [one for one in served if one[1] not in split]
    if settings.gateway.internal:
        cluster = settings.cluster.name
        first = settings.network.address or gateway_address(cluster)
        second = settings.gateway.internal_address or internal_address(cluster)
        addresses = [("network.address", first), ("gateway.internalAddress", second)]
        yield "names of the Gateways' addresses", addresses
    exclusions = settings.cluster.maintenance.exclusions
    yield "exclusion names", _listed("cluster.maintenance.exclusions", exclusions)
    for index, model in enumerate(models):
        adapters = model.lora.adapters if model.lora else ()
        yield "adapter names", _listed(f"models[{index}].lora.adapters", adapters)
        yield "volume names", _listed(f"models[{index}].volumes", model.volumes)


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


def _listed(path: str, things: Sequence[_HasName]) -> Named:
    return [(f"{path}[{index}].name", one.name) for index, one in enumerate(things)]


def _served(index: int, model: Model) -> Iterator[tuple[str, str]]:
    """What requests may name; adapters each once, as one named twice is told where it stands."""
    path = f"models[{index}]"
    yield f"{path}.servedName", model.served_model_name
    yield from ((f"{path}.aliases[{n}]", alias) for n, alias in enumerate(model.aliases))
    adapters = model.lora.adapters if model.lora else ()
    base, named = model.served_model_name, model.engine.adapter_name
    each = {named(base, one.name): n for n, one in enumerate(adapters)}
    yield from ((f"{path}.lora.adapters[{n}].name", name) for name, n in each.items())


def _repeated(settings: Settings) -> Iterator[Finding]:
    for what, named in _named(settings):
        first = {name: index for index, (_, name) in reversed([*enumerate(named)])}
        others, repeated = dict[str, str](), set[str]()
        for index, (key, name) in enumerate(named):
            if index > first[name]:
                # SGLang's adapters have their base model's name before theirs.
                others[key] = f"{name.rpartition(':')[2]}-{index}"
                repeated.add(name)
        if others:
            yield NAMES_REPEATED.finding(
                next(iter(others)),
                f"{what} must be unique, but {', '.join(sorted(repeated))} is repeated",
                edit(others),
            )


def _taken(settings: Settings) -> Iterator[Finding]:
    pickers = {picker_name(model.name) for model in settings.models}
    routers = {router_name(settings)} if has_body_router(settings) else set[str]()
    for index, model in enumerate(settings.models):
        path = f"models[{index}].name"
        if model.name == CRD_RELEASE:
            message = f"{model.name} is the name of the CRDs' Helm release"
            yield NAMES_TAKEN.to_set(path, message, f"model-{index}")
        if model.name in pickers:
            message = f"{model.name} is the name of another model's picker"
            yield NAMES_TAKEN.to_set(path, message, f"model-{index}")
        if model.name in routers:
            yield NAMES_MODEL_IS_ROUTER.to_set(
                path,
                f"{model.name} is the name of the router of Gateway {settings.gateway.name}: its "
                "Helm release would exist twice",
                f"model-{index}",
            )


def _authorizations(settings: Settings) -> Iterator[Finding]:
    tls = settings.gateway.tls
    if tls is None or not tls.is_managed:
        return
    hostnames = settings.gateway.hostnames
    seen: dict[str, str] = {}
    for domain, name in authorization_names(settings.cluster.name, hostnames).items():
        other = seen.setdefault(name, domain)
        if other != domain:
            index = [host.removeprefix("*.") for host in hostnames].index(domain)
            yield NAMES_SAME_AUTHORIZATION.finding(
                f"gateway.hostnames[{index}]",
                f"the authorizations of {other} and {domain} would both be named {name}",
                set_command(f"gateway.hostnames[{index}]", "HOSTNAME")
                + ", or set a certificate: "
                + set_command("gateway.tls.certificate", "NAME"),
            )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about names and label keys."""
    yield from _repeated(settings)
    yield from _taken(settings)
    yield from _authorizations(settings)
    taken = sorted(
        key for key in settings.labels if key in STACK_LABELS or key.startswith(_GOOGLES_LABELS)
    )
    if taken:
        yield NAMES_RESERVED_LABEL.finding(
            "labels",
            f"{', '.join(taken)}: labels with that name are set by Google, or identify the "
            "stack's resources",
            edit({f"labels.{key}": None for key in taken}) + ", or use another name",
        )
