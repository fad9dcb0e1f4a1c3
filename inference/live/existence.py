"""Whether what an interrupted update began to make is there, and under which id."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, final

from inference.live.errors import ApiError, ServiceError
from inference.live.google import DISABLED, Answer, Google
from inference.live.helm_releases import is_deployed
from inference.live.kinds import KINDS, RELEASE, Kind
from inference.live.kubectl import Kubectl
from inference.live.pending import Pending
from inference.live.session import Session

_NO_SUCH_KIND: Final = "doesn't have a resource type"
_PLACE: Final = "jsonpath={.metadata.namespace}/{.metadata.name}"
_BY_HAND: Final = "import it manually: the page of its type says how"


@final
class _Part(Answer):
    name: str = ""


@final
class _Found(Answer):
    """What a look-up gives; a router holds its NATs."""

    nats: tuple[_Part, ...] = ()


@final
class _Named(Answer):
    name: str
    display_name: str = ""
    user_labels: dict[str, str] = {}  # noqa: RUF012 pydantic copies it


def kubectl_by(configuration: Mapping[str, Any], session: Session) -> Kubectl:
    """The cluster of a Kubernetes provider, by its decrypted inputs."""
    return Kubectl(
        kubeconfig=configuration.get("kubeconfig"),
        context=configuration.get("context"),
        deadline=session.deadline,
    )


def _display_name(inputs: Mapping[str, Any]) -> str:
    board = json.loads(inputs.get("dashboardJson") or "{}")
    return str(inputs.get("displayName") or board.get("displayName", ""))


@final
class Existence:
    """Asks Google and the cluster."""

    def __init__(self, session: Session) -> None:
        """Ask nothing yet, not even for credentials."""
        self._session = session
        self._google: Google | None = None

    def id_of(self, one: Pending) -> str | None:
        """The id under which it exists; None when it does not.

        Raises:
            ServiceError: when that cannot be seen.
        """
        if one.type == RELEASE:
            kubectl = kubectl_by(one.configuration, self._session)
            place = one.inputs.get("namespace") or "default", str(one.inputs["name"])
            return "/".join(place) if is_deployed(kubectl, *place) else None
        return self._of_google(one, KINDS[one.type]) if one.type in KINDS else self._object(one)

    def _object(self, one: Pending) -> str | None:
        """An object of the cluster, by the kind and version that the program gave it."""
        group, _, version = str(one.inputs["apiVersion"]).rpartition("/")
        metadata: Mapping[str, str] = one.inputs.get("metadata") or {}
        namespace = metadata.get("namespace")
        kind = f"{one.inputs['kind']}.{version}.{group}"
        where = ["--namespace", namespace] if namespace else []
        options = ["--ignore-not-found", "--output", _PLACE, *where]
        kubectl = kubectl_by(one.configuration, self._session)
        try:
            return kubectl.run("get", kind, metadata["name"], *options).strip().lstrip("/") or None
        except ServiceError as error:
            if _NO_SUCH_KIND in str(error):
                return None
            raise

    def _of_google(self, one: Pending, kind: Kind) -> str | None:
        values = {**one.configuration, **one.inputs}
        if self._google is None:
            self._google = Google(str(values.get("project", "")), self._session)
        try:
            path = (kind.path or kind.id).format_map(values)
            if not kind.id:
                return self._by_name(self._google, one, kind, path)
            found = self._google.get(kind.service, path, _Found)
        except KeyError as error:
            raise ServiceError(f"its inputs have no {error} to look it up by", _BY_HAND) from None
        except ApiError as error:
            # Where its API is off, nothing was made.
            if error.status == HTTPStatus.NOT_FOUND or error.reason == DISABLED:
                return None
            raise
        if kind.part and values["name"] not in {part.name for part in found.nats}:
            return None
        return kind.id.format_map(values)

    def _by_name(self, google: Google, one: Pending, kind: Kind, path: str) -> str | None:
        wanted = _display_name(one.inputs)
        labels: Mapping[str, str] = one.inputs.get("userLabels") or {}
        found = [
            item.name
            for item in google.listed(kind.service, path, path.rpartition("/")[2], _Named)
            if item.display_name == wanted and labels.items() <= item.user_labels.items()
        ]
        if len(found) > 1:
            message = f"{len(found)} are named {wanted}: it is unknown which one the update created"
            raise ServiceError(message, _BY_HAND)
        return found[0] if found else None
