"""Everything says what it belongs to."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from rules.rule import TEXTS, UNKNOWN, Config, Resource, ResourceRule, part

_PROVIDER: Final = "pulumi:providers:gcp"


def _known(labels: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 any JSON
    """Labels, which providers hold as JSON; None where a preview cannot know them."""
    if labels == UNKNOWN:
        return None
    found = json.loads(labels) if isinstance(labels, str) else labels
    return {} if found is None else cast("Mapping[str, Any]", found)


def labels(resource: Resource, config: Config) -> Iterator[str]:
    """Kubernetes objects and providers of Google Cloud without the labels that are asked for."""
    if resource.type == _PROVIDER:
        given, asked = resource.inputs.get("defaultLabels"), config["googleCloud"]
    elif resource.is_kubernetes:
        given, asked = part(resource.inputs, "metadata", "labels"), config["kubernetes"]
    else:
        return
    found = _known(given)
    missing = [label for label in asked if found is not None and label not in found]
    if missing:
        yield f"has no label {', '.join(missing)}: its owner and cost could not be attributed"


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
