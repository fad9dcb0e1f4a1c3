"""Writes the schemas by which a plan's Kubernetes objects are checked.

    python -m scripts.kubernetes_schemas VERSION SWAGGER CRD_FILE...

SWAGGER is `api/openapi-spec/swagger.json` of the Go module k8s.io/kubernetes at VERSION, which the
file does not name, each CRD_FILE a CustomResourceDefinition.
Of both only what a validator decides by is kept; rules in CEL are left to the API server. The
OpenAPI of Kubernetes says types alone: what its API server's own code asks of values is added from
the table `_VALUES`.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from inference.catalog.images import REFERENCE_PATTERN
from inference.catalog.limits import DNS_CHARACTERS, LABEL_CHARACTERS, PORT, PRIORITY
from inference.config.yaml_loader import SafeLoader

Schema = dict[str, Any]
_TARGET: Final = Path(__file__).resolve().parents[1] / "inference/catalog/kubernetes_schemas.json"
_KINDS: Final = (
    "apiregistration.k8s.io/v1/APIService",
    "apps/v1/Deployment",
    "autoscaling/v2/HorizontalPodAutoscaler",
    "core/v1/ConfigMap",
    "core/v1/Namespace",
    "core/v1/PersistentVolumeClaim",
    "core/v1/Secret",
    "core/v1/Service",
    "core/v1/ServiceAccount",
    "networking.k8s.io/v1/NetworkPolicy",
    "policy/v1/PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1/ClusterRole",
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
    "rbac.authorization.k8s.io/v1/Role",
    "rbac.authorization.k8s.io/v1/RoleBinding",
    "scheduling.k8s.io/v1/PriorityClass",
)
"""Kubernetes' own kinds that the program makes."""
_KEPT: Final = frozenset(
    [
        "$ref",
        "type",
        "properties",
        "required",
        "items",
        "additionalProperties",
        "enum",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ]
)
_NOT_WRITTEN: Final = frozenset({"status", "managedFields"})

_LABEL: Final = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_PART: Final = "[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?"


def _text(title: str, pattern: str, longest: int | None = None) -> Schema:
    """What a text must be: findings say that it is no `title`."""
    limit = {"maxLength": longest} if longest else {}
    return {"title": title, "pattern": f"^({pattern})$"} | limit


_QUALIFIED: Final = _text(
    "name of a label", rf"({_SUBDOMAIN}/)?{_PART}", DNS_CHARACTERS + 1 + LABEL_CHARACTERS
)
_QUANTITY: Final = _text("quantity", r"[+-]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
_LABELS: Final = {
    "propertyNames": _QUALIFIED,
    "additionalProperties": _text("value of a label", f"({_PART})?", LABEL_CHARACTERS),
}
_KEY: Final = _text("name of a file", r"\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*", DNS_CHARACTERS)
_DATA: Final = {"propertyNames": _KEY}
_NO_NUL: Final = _text("text without NUL", r"[^\x00]*")
_NAME: Final = _text("name", _SUBDOMAIN, DNS_CHARACTERS)
_SHORT_NAME: Final = _text("name", _LABEL)
_IMAGE: Final = _text("image reference", REFERENCE_PATTERN)
_PORT: Final = {"minimum": 1, "maximum": PORT}
_VALUES: Final[Mapping[str, Schema]] = {
    "ConfigMap.data": _DATA,
    "Container.args[]": _NO_NUL,
    "Container.command[]": _NO_NUL,
    "Container.image": _IMAGE,
    "Container.name": _SHORT_NAME,
    "ConfigMapKeySelector.key": _KEY,
    "ContainerPort.containerPort": _PORT,
    "ContainerPort.hostPort": _PORT,
    "DeploymentSpec.replicas": {"minimum": 0},
    "EnvVar.name": _text("name of a variable", r"[\x20-\x3c\x3e-\x7e]+"),
    "EnvVar.value": _NO_NUL,
    "ImageVolumeSource.reference": _IMAGE,
    "LabelSelector.matchLabels": _LABELS,
    "LocalObjectReference.name": _NAME,
    "ObjectMeta.annotations": {"propertyNames": _QUALIFIED},
    "ObjectMeta.labels": _LABELS,
    "ObjectMeta.name": _text("name", "[^/%]+", DNS_CHARACTERS),
    "ObjectMeta.namespace": _SHORT_NAME,
    "PersistentVolumeClaimVolumeSource.claimName": _NAME,
    "PodSpec.nodeSelector": _LABELS,
    "PodSpec.priorityClassName": _NAME,
    "PodSpec.serviceAccountName": _NAME,
    "PodSpec.terminationGracePeriodSeconds": {"minimum": 0},
    "PriorityClass.value": {"maximum": PRIORITY},
    "Probe.failureThreshold": {"minimum": 1},
    "Probe.initialDelaySeconds": {"minimum": 0},
    "Probe.periodSeconds": {"minimum": 1},
    "Probe.timeoutSeconds": {"minimum": 1},
    "Quantity": _QUANTITY,
    "Secret.data": _DATA,
    "Secret.stringData": _DATA,
    "SecretKeySelector.key": _KEY,
    "SecretVolumeSource.secretName": _NAME,
    "ServicePort.port": _PORT,
    "Toleration.effect": {"enum": ["", "NoSchedule", "PreferNoSchedule", "NoExecute"]},
    "Toleration.key": {"anyOf": [_QUALIFIED, {"maxLength": 0}]},
    "Toleration.operator": {"enum": ["", "Exists", "Equal"]},
    "Volume.name": _SHORT_NAME,
    "VolumeMount.mountPath": _text("path of a mount", "[^:]+"),
}
"""Further rules, by the last part of a definition's name and a field of it; `[]` is each item."""
_NAMES: Final[Mapping[str, Schema]] = {
    "apps/v1/Deployment": _NAME,
    "cloud.google.com/v1/ComputeClass": _NAME,
    "core/v1/ConfigMap": _NAME,
    "core/v1/Namespace": _SHORT_NAME,
    "core/v1/Secret": _NAME,
    "core/v1/Service": _text("name", "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"),
    "core/v1/ServiceAccount": _NAME,
    "scheduling.k8s.io/v1/PriorityClass": _NAME,
}
"""Names of kinds that are narrower than those of all."""
_INTEGERS: Final = {"int32": 2**31, "int64": 2**63}


def _cleaned(schema: Schema, *, properties: bool = False) -> Schema:
    """A schema of OpenAPI as a validator takes it; `properties` for a mapping of names to some."""
    if properties:
        return {key: _cleaned(of) for key, of in schema.items() if key not in _NOT_WRITTEN}
    result: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            result[key] = _cleaned(value, properties=True)
        elif key in _KEPT:
            result[key] = _cleaned(cast("Schema", value)) if isinstance(value, dict) else value
    limit = _INTEGERS.get(schema.get("format", ""))
    if limit:
        result = {"minimum": -limit, "maximum": limit - 1} | result
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        result["type"] = ["integer", "string"]
    if "properties" in result and not schema.get("x-kubernetes-preserve-unknown-fields"):
        result.setdefault("additionalProperties", False)
    return result


def _with_values(name: str, schema: Schema) -> Schema:
    """A definition of Kubernetes with what its table adds."""
    short = name.rpartition(".")[2]
    schema |= _VALUES.get(short, {})
    for key, field in schema.get("properties", {}).items():
        if key == "value" and short == "PriorityClass":
            del field["maximum"]
        added = _VALUES.get(f"{short}.{key}", {})
        if "$ref" in field and added:
            raise ValueError(f"{short}.{key} is a reference: name its definition")
        field.update(added)
        if f"{short}.{key}[]" in _VALUES:
            field["items"] |= _VALUES[f"{short}.{key}[]"]
    if short == "Quantity":
        schema["type"] = ["string", "number"]
    return schema


def _own(swagger: Mapping[str, Any]) -> tuple[Schema, Schema]:
    """Definitions of Kubernetes that its kinds need, and each kind's."""
    all_of, kinds, found = swagger["definitions"], dict[str, Any](), dict[str, Any]()

    def follow(reference: str) -> None:
        name = reference.rpartition("/")[2]
        if name not in found:
            found[name] = _with_values(name, _cleaned(all_of[name]))
            for below in re.findall(r'"\$ref": "([^"]+)"', json.dumps(found[name])):
                follow(below)

    for name, schema in all_of.items():
        for each in schema.get("x-kubernetes-group-version-kind", ()):
            kind = f"{each['group'] or 'core'}/{each['version']}/{each['kind']}"
            if kind in _KINDS:
                follow(name)
                kinds[kind] = {"$ref": f"#/definitions/{name}"}
    return found, kinds


def _custom(document: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    spec = document["spec"]
    for version in spec["versions"]:
        schema = _cleaned(version["schema"]["openAPIV3Schema"])
        metadata = "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
        schema["properties"]["metadata"] = {"$ref": metadata}
        yield f"{spec['group']}/{version['name']}/{spec['names']['kind']}", schema


def schemas(version: str, swagger: Mapping[str, Any], documents: list[Mapping[str, Any]]) -> Schema:
    """All schemas, as the file holds them."""
    definitions, kinds = _own(swagger)
    for document in documents:
        kinds.update(_custom(document))
    for kind, pattern in _NAMES.items():
        named = {"properties": {"metadata": {"properties": {"name": pattern}}}}
        kinds[kind] = {"allOf": [kinds.get(kind, {}), named]}
    return {
        "kubernetes": version,
        "definitions": dict(sorted(definitions.items())),
        "kinds": dict(sorted(kinds.items())),
    }


def main(version: str, swagger: str, *files: str) -> None:
    """Write the catalog's file, a line for each definition and kind."""
    documents = [yaml.load(Path(file).read_bytes(), Loader=SafeLoader) for file in files]  # noqa: S506 safe
    made = schemas(version, json.loads(Path(swagger).read_bytes()), documents)
    text = json.dumps(made, separators=(",", ":")).replace(':{"io.', ':{\n"io.')
    text = re.sub(r'(\}),("(?:io\.k8s|[a-z0-9.-]+/v1[a-z0-9]*/)[^"]*":)', r"\1,\n\2", text)
    _TARGET.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
