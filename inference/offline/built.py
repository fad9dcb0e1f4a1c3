"""Checks of the built plan itself: two resources of one name, and values that the API refuses.

Whatever the settings were, what would be sent is looked at, one object after the other.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from inference.config import Finding, RefusedError, Severity
from inference.offline.recorder import SECRET, UNKNOWN, Registration

_KUBERNETES: Final = "kubernetes:"
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_CORE: Final = "kubernetes:core/v1:"
_OF_CHARTS: Final = (
    ("body-based-routing", ("{bbr}",)),
    ("inferencepool", ("{name:.40}-epp",)),
    ("llm-d-router", ("{name:.40}-epp",)),
)
"""What charts name their Deployment and Service, by a part of the chart's own name."""
_CLUSTER_SCOPED: Final = frozenset(
    {"Namespace", "ClusterRole", "ClusterRoleBinding", "PriorityClass", "APIService"}
)
_PLACES: Final = ("location", "region", "zone", "cluster", "router", "service")
_NAMES: Final = ("name", "accountId", "sloId", "serviceId")
_LABEL_VALUE: Final = re.compile(r"(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")
_SUBDOMAIN: Final = re.compile(
    r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
)
_LABEL: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_QUANTITY: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
_IMAGE: Final = re.compile(r"[^\s@]+(?:@sha256:[0-9a-f]{64})?")
_LONGEST_LABEL: Final = 63
_LONGEST_NAME: Final = 253
_RBAC: Final = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
"""Kinds whose names may hold colons."""

Objects = Mapping[str, Any]


def _known(value: object) -> bool:
    return isinstance(value, str) and value not in {UNKNOWN, SECRET}


def _mapping(value: object) -> Objects:
    return cast("Objects", value) if isinstance(value, dict) else {}


def _group(type_: str) -> str:
    """API group and kind, without the version, in which one object may be read as another."""
    group, _, kind = type_.removeprefix(_KUBERNETES).partition(":")
    return f"{group.rpartition('/')[0]}/{kind}"


def _of_release(inputs: Objects) -> Iterator[tuple[str, ...]]:
    name, namespace = inputs.get("name"), str(inputs.get("namespace", "default"))
    if not _known(name):
        return
    yield ("release", namespace, str(name))
    bbr = _mapping(_mapping(inputs.get("values")).get("bbr")).get("name", name)
    for part, names in _OF_CHARTS:
        if part in str(inputs.get("chart")):
            for pattern in names:
                made = pattern.format(name=name, bbr=bbr)
                yield ("apps/Deployment", namespace, made)
                yield ("core/Service", namespace, made)


def _of_object(resource: Registration) -> Iterator[tuple[str, ...]]:
    metadata = _mapping(resource.inputs.get("metadata"))
    name, namespace = metadata.get("name"), metadata.get("namespace", "default")
    if not _known(name):
        return
    scoped = resource.kind in _CLUSTER_SCOPED
    group = (
        _group(resource.type).replace("/", "core/", 1)
        if resource.type.startswith(_CORE)
        else _group(resource.type)
    )
    yield (group, "" if scoped else str(namespace), str(name))


def _identities(resource: Registration) -> Iterator[tuple[str, ...]]:
    """What a resource would be called where it is built; nothing where that is not known yet."""
    if not resource.custom or resource.read:
        return
    if resource.type == _RELEASE:
        yield from _of_release(resource.inputs)
    elif resource.type.startswith(_KUBERNETES):
        yield from _of_object(resource)
    elif resource.type.startswith("gcp:"):
        name = next((resource.inputs[key] for key in _NAMES if key in resource.inputs), None)
        places = [str(resource.inputs.get(key, "")) for key in _PLACES]
        if _known(name):
            yield (resource.type, *places, str(name))


def _finding(identifier: str, resource: Registration, message: str, fix: str) -> Finding:
    return Finding(
        id=identifier,
        severity=Severity.ERROR,
        path=f"{resource.kind} {resource.name}",
        message=message,
        fix=fix,
    )


def _same_names(resources: Sequence[Registration]) -> Iterator[Finding]:
    seen: dict[tuple[str, ...], Registration] = {}
    for resource in resources:
        for identity in _identities(resource):
            other = seen.setdefault(identity, resource)
            if other is not resource:
                place = " in ".join(filter(None, (identity[-1], " ".join(identity[1:-1]).strip())))
                yield _finding(
                    "built.same-name",
                    resource,
                    f"would be {place}, as {other.kind} {other.name} is: the second one is refused",
                    "give one of them another name in the stack file",
                )


def _fields(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each value below an object with its path, keys joined by dots."""
    yield path, value
    if isinstance(value, dict):
        for key, part in cast("Objects", value).items():
            yield from _fields(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, part in enumerate(cast("list[object]", value)):
            yield from _fields(part, f"{path}[{index}]")


def _grammar(path: str) -> tuple[re.Pattern[str], int, str] | None:
    """What a field must be, by where it stands in any object."""
    parent, _, key = path.rpartition(".")
    if parent.endswith(("labels", "matchLabels", "nodeSelector")):
        return _LABEL_VALUE, _LONGEST_LABEL, "value of a label"
    if parent.endswith(("requests", "limits")) or key == "sizeLimit":
        return _QUANTITY, _LONGEST_LABEL, "quantity"
    if key == "image":
        return _IMAGE, 4096, "image reference"
    return None


def _wrong_values(resource: Registration) -> Iterator[Finding]:
    if not resource.custom or not resource.type.startswith(_KUBERNETES):
        return
    if resource.type == _RELEASE:
        return
    name = _mapping(resource.inputs.get("metadata")).get("name")
    pattern = _LABEL if resource.kind in {"Service", "Namespace"} else _SUBDOMAIN
    longest = _LONGEST_LABEL if pattern is _LABEL else _LONGEST_NAME
    wrong_name = _known(name) and (not pattern.fullmatch(str(name)) or len(str(name)) > longest)
    if wrong_name and resource.kind not in _RBAC:
        yield _finding(
            "built.refused-by-api",
            resource,
            f"metadata.name {str(name)!r} is no name that the API server takes",
            "use lower-case letters, digits and dashes in the stack file",
        )
    for path, value in _fields(resource.inputs):
        grammar = _grammar(path)
        if grammar is None or not isinstance(value, str) or not _known(value):
            continue
        pattern, longest, word = grammar
        if not pattern.fullmatch(value) or len(value) > longest:
            yield _finding(
                "built.refused-by-api",
                resource,
                f"{path} {value!r} is no {word}: the API server would refuse the object",
                "change the value in the stack file",
            )


def check_built(resources: Sequence[Registration]) -> None:
    """Refuse a plan of which one resource cannot be made.

    Raises:
        RefusedError: with every such resource.

    """
    found = list(_same_names(resources))
    for resource in resources:
        found += _wrong_values(resource)
    if found:
        raise RefusedError(found)
