"""Whether what an interrupted update began to make is there, and under which id."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, final

from inference.catalog.kubernetes import RELEASE_TYPE
from inference.live.errors import ApiError, ServiceError
from inference.live.google import DISABLED, Google, GoogleModel
from inference.live.helm_releases import is_deployed
from inference.live.inventory import Item
from inference.live.kinds import KINDS, Kind
from inference.live.kubectl import Kubectl
from inference.live.pending import Pending
from inference.live.session import Session

_NO_SUCH_KIND: Final = "doesn't have a resource type"
_PLACE: Final = "jsonpath={.metadata.namespace}/{.metadata.name}"
_BY_HAND: Final = "import it manually: the page of its type says how"


@final
class _Found(GoogleModel):
    """What a look-up gives; a router holds its NATs."""

    nats: tuple[Mapping[str, Any], ...] = ()


def kubectl_by(configuration: Mapping[str, Any], session: Session) -> Kubectl:
    """The cluster of a Kubernetes provider, by its decrypted inputs."""
    return Kubectl(
        kubeconfig=configuration.get("kubeconfig"),
        context=configuration.get("context"),
        deadline=session.deadline,
    )


def id_of(one: Pending, session: Session, google: Callable[[str], Google]) -> str | None:
    """The id under which it exists; None when it does not.

    Args:
        one: what the update began to make.
        session: by whose deadline the cluster is asked.
        google: asks Google about a project.

    Raises:
        ServiceError: when that cannot be seen.
    """
    if one.type in KINDS:
        return _of_google(one, KINDS[one.type], google)
    kubectl = kubectl_by(one.configuration, session)
    if one.type != RELEASE_TYPE:
        return _object(one, kubectl)
    place = one.inputs.get("namespace") or "default", str(one.inputs["name"])
    return "/".join(place) if is_deployed(kubectl, *place) else None


def _object(one: Pending, kubectl: Kubectl) -> str | None:
    """An object of the cluster, by the kind and version that the program gave it."""
    group, _, version = str(one.inputs["apiVersion"]).rpartition("/")
    metadata: Mapping[str, str] = one.inputs.get("metadata") or {}
    namespace = metadata.get("namespace")
    kind = f"{one.inputs['kind']}.{version}.{group}"
    where = ["--namespace", namespace] if namespace else []
    options = ["--ignore-not-found", "--output", _PLACE, *where]
    try:
        return kubectl.run("get", kind, metadata["name"], *options).strip().lstrip("/") or None
    except ServiceError as error:
        if _NO_SUCH_KIND in str(error):
            return None
        raise


def _of_google(one: Pending, kind: Kind, google: Callable[[str], Google]) -> str | None:
    values = {**one.configuration, **one.inputs}
    project = google(str(values.get("project", "")))
    try:
        path = (kind.path or kind.id).format_map(values)
        if not kind.id:
            return _by_name(project, one, kind, path)
        found = project.read(kind.service, path, _Found)
    except KeyError as error:
        raise ServiceError(f"its inputs have no {error} to look it up by", _BY_HAND) from None
    except ApiError as error:
        # Where its API is off, nothing was made.
        if error.status == HTTPStatus.NOT_FOUND or error.reason == DISABLED:
            return None
        raise
    if kind.part and values["name"] not in {part["name"] for part in found.nats}:
        return None
    return kind.id.format_map(values)


def _by_name(google: Google, one: Pending, kind: Kind, path: str) -> str | None:
    board = json.loads(one.inputs.get("dashboardJson") or "{}")
    wanted = one.inputs.get("displayName") or board.get("displayName", "")
    labels: Mapping[str, str] = one.inputs.get("userLabels") or {}
    found = [
        item.full
        for item in google.read_all(kind.service, path, path.rpartition("/")[2], Item)
        if item.display_name == wanted and labels.items() <= item.labels.items()
    ]
    if len(found) > 1:
        message = f"{len(found)} are named {wanted}: it is unknown which one the update created"
        raise ServiceError(message, _BY_HAND)
    return found[0] if found else None
