"""Checks of the built plan itself: two resources of one name, and values that the API refuses.

Whatever the settings were, what would be sent is looked at, one object after the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from inference.catalog.kubernetes import OBJECT_TYPES, RELEASE_TYPE
from inference.config import Finding, RefusedError, Settings
from inference.derive.names import picker_name
from inference.offline.recorder import SECRET, UNKNOWN, Registration
from inference.offline.schemas import refused

_POOL_CHARTS: Final = ("inferencepool", "llm-d-router")
_ROUTER_CHART: Final = "body-based-routing"
"""Parts of charts' names."""
_CLUSTER_SCOPED: Final = frozenset(
    {"Namespace", "ClusterRole", "ClusterRoleBinding", "PriorityClass", "APIService"}
)
_PLACES: Final = ("location", "region", "zone", "cluster", "router", "service")
_NAMES: Final = ("name", "accountId", "sloId", "serviceId")

Objects = Mapping[str, Any]


def _known(value: object) -> bool:
    return isinstance(value, str) and value not in {UNKNOWN, SECRET}


def _mapping(value: object) -> Objects:
    return cast("Objects", value) if isinstance(value, dict) else {}


def _group(type_: str) -> str:
    """API group and kind, without the version, in which one object may be read as another."""
    group, _, kind = type_.removeprefix(OBJECT_TYPES).partition(":")
    return f"{group.rpartition('/')[0]}/{kind}"


def _of_release(inputs: Objects) -> Iterator[tuple[str, ...]]:
    name, namespace = inputs.get("name"), str(inputs.get("namespace", "default"))
    if not _known(name):
        return
    yield ("release", namespace, str(name))
    chart, made = str(inputs.get("chart")), None
    if any(part in chart for part in _POOL_CHARTS):
        made = picker_name(str(name))
    elif _ROUTER_CHART in chart:
        made = _mapping(_mapping(inputs.get("values")).get("bbr")).get("name", name)
    if made is not None:
        yield ("apps/Deployment", namespace, made)
        yield ("core/Service", namespace, made)


def _of_object(resource: Registration) -> Iterator[tuple[str, ...]]:
    metadata = _mapping(resource.inputs.get("metadata"))
    name, namespace = metadata.get("name"), metadata.get("namespace", "default")
    if not _known(name):
        return
    scoped = resource.kind in _CLUSTER_SCOPED
    yield (_group(resource.type), "" if scoped else str(namespace), str(name))


def _identities(resource: Registration) -> Iterator[tuple[str, ...]]:
    """What a resource would be called where it is built; nothing where that is not known yet."""
    if not resource.custom or resource.read:
        return
    if resource.type == RELEASE_TYPE:
        yield from _of_release(resource.inputs)
    elif resource.type.startswith(OBJECT_TYPES):
        yield from _of_object(resource)
    elif resource.type.startswith("gcp:"):
        name = next((resource.inputs[key] for key in _NAMES if key in resource.inputs), None)
        places = [str(resource.inputs.get(key, "")) for key in _PLACES]
        if _known(name):
            yield (resource.type, *places, str(name))


def _same_names(resources: Sequence[Registration]) -> Iterator[Finding]:
    seen: dict[tuple[str, ...], Registration] = {}
    for resource in resources:
        for identity in _identities(resource):
            other = seen.setdefault(identity, resource)
            if other is not resource:
                place = " in ".join(filter(None, (identity[-1], " ".join(identity[1:-1]).strip())))
                yield Finding(
                    id="built.same-name",
                    path=f"{resource.kind} {resource.name}",
                    message=f"would be {place}, as is {other.kind} {other.name}: the second one is "
                    "rejected",
                    fix="give one of them another name in the stack file",
                )


def check_built(resources: Sequence[Registration], settings: Settings) -> None:
    """Refuse a plan of which one resource cannot be made.

    Raises:
        RefusedError: with every such resource.
    """
    found = [*_same_names(resources), *refused(resources, settings)]
    if found:
        raise RefusedError(found)
