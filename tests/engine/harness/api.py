"""The API of the test's cluster. The client library has no types, so it is used here alone."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar, cast, final

from kubernetes import config, dynamic
from kubernetes.dynamic import exceptions
from kubernetes.dynamic.resource import ResourceList
from urllib3.exceptions import HTTPError

Object = Mapping[str, Any]
_BUSY: Final = frozenset({429, 503})
_RETRIES: Final = 60
_RETRY_DELAY: Final = 0.5
_MERGE: Final = "application/merge-patch+json"
_FORCE: Final = "pulumi.com/patchForce"
_T = TypeVar("_T")


class ApiError(Exception):
    """The API server refused something; the message is its own."""


@final
class NotFoundError(ApiError):
    """There is no such object, or no such kind."""


@final
class ConflictError(ApiError):
    """There is one already, or someone else owns the field."""


@final
class UnavailableError(ApiError):
    """The API server does not answer, or is starting."""


def _called(call: Callable[[], _T]) -> _T:
    """Run a call of the client, its errors sorted."""
    try:
        return call()
    except HTTPError as error:
        raise UnavailableError(str(error)) from error
    except (exceptions.NotFoundError, exceptions.ResourceNotFoundError) as error:
        raise NotFoundError(str(error)) from error
    except exceptions.ConflictError as error:
        raise ConflictError(error.summary()) from error
    except exceptions.DynamicApiError as error:
        busy = cast("Any", error).status in _BUSY
        kind = UnavailableError if busy else ApiError
        raise kind(error.summary()) from error


def persistent(call: Callable[[], _T]) -> _T:
    """Try again while the API server does not answer, as client-go and GKE do.

    Raises:
        ApiError: what the API server refuses, and UnavailableError after half a minute.

    """
    for _ in range(_RETRIES):
        try:
            return call()
        except UnavailableError:
            time.sleep(_RETRY_DELAY)
    return call()


@final
class Api:
    """Objects of any kind, as plain mappings. Safe for several threads."""

    def __init__(self, kubeconfig: Path, discovery: Path) -> None:
        """Connect by a kubeconfig; `discovery` is a file to keep the server's kinds in."""
        self._kubeconfig = kubeconfig
        self._discovery = discovery
        # The client's discovery is not made for several threads.
        self._lock = Lock()

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 the client's
        """Made at the first call, as making it asks the server for its version."""
        connection = config.new_client_from_config(str(self._kubeconfig))
        return dynamic.DynamicClient(connection, cache_file=str(self._discovery))

    def _kind(self, api_version: str, kind: str) -> Any:  # noqa: ANN401 the client's
        with self._lock:
            return _called(lambda: self._client.resources.get(api_version=api_version, kind=kind))

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        """Whether objects of a kind live in namespaces.

        Raises:
            ApiError: as all methods do.

        """
        return bool(self._kind(api_version, kind).namespaced)

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """An object; None where there is none, or no such kind."""
        try:
            resource = self._kind(api_version, kind)
            found = _called(lambda: resource.get(name=name, namespace=namespace))
        except NotFoundError:
            return None
        return cast("Object", found.to_dict())

    def find_all(self, api_version: str, kind: str, selector: str = "") -> list[Object]:
        """Objects of a kind in all namespaces, by labels; none where there is no such kind."""
        try:
            resource = self._kind(api_version, kind)
            found = _called(lambda: resource.get(label_selector=selector))
        except NotFoundError:
            return []
        return cast("list[Object]", found.to_dict()["items"])

    def create(self, body: Object) -> None:
        """Make an object."""
        resource = self._kind(body["apiVersion"], body["kind"])
        namespace = body["metadata"].get("namespace")
        _called(lambda: resource.create(body=dict(body), namespace=namespace))

    def apply(
        self, body: Object, namespace: str | None, manager: str, *, dry_run: bool = False
    ) -> Object:
        """Apply an object on the server's side; fields of others are taken when it says so."""
        annotations = body["metadata"].get("annotations") or {}
        resource = self._kind(body["apiVersion"], body["kind"])
        options = {"dry_run": "All"} if dry_run else {}
        applied = _called(
            lambda: resource.server_side_apply(
                body=dict(body),
                name=body["metadata"]["name"],
                namespace=namespace,
                field_manager=manager,
                force_conflicts=annotations.get(_FORCE) == "true",
                **options,
            )
        )
        return cast("Object", applied.to_dict())

    def patch(self, live: Object, body: Object, *, status: bool = False) -> None:
        """Merge something into an object, or into its status."""
        resource = self._kind(live["apiVersion"], live["kind"])
        metadata = live["metadata"]
        _called(
            lambda: (resource.status if status else resource).patch(
                body=dict(body),
                name=metadata["name"],
                namespace=metadata.get("namespace"),
                content_type=_MERGE,
            )
        )

    def delete(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> None:
        """Ask for an object's deletion in the foreground; it may live on for a while."""
        resource = self._kind(api_version, kind)
        options = {"propagationPolicy": "Foreground"}
        _called(lambda: resource.delete(name=name, namespace=namespace, body=options))

    def finish(self, live: Object) -> None:
        """Take a Pod that was deleted away for good, as its kubelet does when it has ended."""
        resource, metadata = self._kind(live["apiVersion"], live["kind"]), live["metadata"]
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
        place = {"name": metadata["name"], "namespace": metadata["namespace"]}
        _called(lambda: resource.delete(**place, body=options))

    def account_token(self, name: str, namespace: str) -> str:
        """A token of a ServiceAccount, as its Pods have it."""
        resource = self._kind("v1", "ServiceAccount")
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        answer = _called(
            lambda: resource.token.create(body=request, name=name, namespace=namespace)
        )
        return str(answer.status.token)

    def kinds(self) -> Iterator[tuple[str, str]]:
        """API version and kind of everything that can be listed."""
        with self._lock:
            every = list(self._client.resources.search(preferred=True))
        for resource in every:
            # The search gives each kind's list as well.
            if not isinstance(resource, ResourceList) and "list" in resource.verbs:
                yield str(resource.group_version), str(resource.kind)
