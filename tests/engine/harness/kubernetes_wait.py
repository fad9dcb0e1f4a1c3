"""When the kubernetes provider takes an object for ready."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

import jsonpath

WAIT_FOR: Final = "pulumi.com/waitFor"
_TOKEN_SECRET: Final = "kubernetes.io/service-account-token"  # noqa: S105 a Secret's type


def _condition(live: Mapping[str, Any], text: str) -> bool:
    wanted, _, status = text.partition("=")
    conditions = cast("list[Mapping[str, Any]]", live.get("status", {}).get("conditions", []))
    return any(
        condition["type"] == wanted and condition["status"] == (status or "True")
        for condition in conditions
    )


def _path(live: Mapping[str, Any], text: str) -> bool:
    path, _, value = text.rpartition("}=") if "}=" in text else (text.rstrip("}"), "", "")
    found = jsonpath.findall("$" + path.lstrip("{"), dict(live))
    return value in found if value else bool(found)


def _holds(live: Mapping[str, Any], text: str) -> bool:
    kind, _, rest = text.partition("=")
    if kind == "condition":
        return _condition(live, rest)
    if kind.startswith("jsonpath"):
        return _path(live, rest)
    message = f"{WAIT_FOR} does not take {text}"
    raise ValueError(message)


def _annotated(live: Mapping[str, Any], text: str) -> bool:
    every = cast("list[str]", json.loads(text)) if text.startswith("[") else [text]
    return all(_holds(live, one) for one in every)


def _deployment(live: Mapping[str, Any]) -> bool:
    status, wanted = live.get("status", {}), live["spec"].get("replicas", 1)
    return (
        status.get("observedGeneration", 0) >= live["metadata"]["generation"]
        and status.get("updatedReplicas", 0) == wanted
        and status.get("availableReplicas", 0) >= wanted
        and status.get("replicas", 0) == wanted
    )


def is_ready(live: Mapping[str, Any]) -> bool:
    """Whether an object needs no more waiting."""
    annotation = live["metadata"].get("annotations", {}).get(WAIT_FOR)
    if annotation:
        return _annotated(live, annotation)
    if live["kind"] == "Deployment":
        return _deployment(live)
    if live["kind"] == "Secret" and live.get("type") == _TOKEN_SECRET:
        return "token" in live.get("data", {})
    return True
