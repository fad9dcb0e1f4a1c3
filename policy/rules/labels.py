"""Everything says what it belongs to."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from rules.rule import TEXTS, UNKNOWN, Config, Resource, ResourceRule, part

_PROVIDER: Final = "pulumi:providers:gcp"


def _default_labels(inputs: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Labels that the provider gives to all that it makes; providers hold them as JSON."""
    labels: Any = inputs.get("defaultLabels") or {}
    if isinstance(labels, str) and labels != UNKNOWN:
        labels = json.loads(labels)
    return cast("Mapping[str, Any] | str", labels)


def labels(resource: Resource, config: Config) -> Iterator[str]:
    """Kubernetes objects and providers of Google Cloud without the labels that are asked for."""
    found: Any
    if resource.type == _PROVIDER:
        found, asked = _default_labels(resource.inputs), config["googleCloud"]
    elif resource.is_kubernetes:
        found = part(resource.inputs, "metadata", "labels") or ()
        asked = config["kubernetes"]
    else:
        return
    missing: list[str] = (
        [] if found == UNKNOWN else [label for label in asked if label not in found]
    )
    if missing:
        yield (f"has no label {', '.join(missing)}: its owner and cost could not be attributed")


LABELS: Final = ResourceRule(
    name="labels",
    description="Objects and Google Cloud resources have the required labels.",
    check=labels,
    schema={
        "kubernetes": {
            **TEXTS,
            "description": "Labels required on every Kubernetes object",
            "default": ["app.kubernetes.io/managed-by", "app.kubernetes.io/part-of"],
        },
        "googleCloud": {
            **TEXTS,
            "description": "Labels that the Google Cloud provider must set on all resources",
            "default": ["pulumi-project", "pulumi-stack"],
        },
    },
)
