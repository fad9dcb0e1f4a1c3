"""Helm's own record of releases, which stands in Secrets of the cluster.

A Helm that was interrupted leaves a revision `pending-…`, after which it refuses every operation
("another operation is in progress"); one that failed before the state knew of the release leaves a
name that cannot be used again. Taking such a revision out of the record deletes no object of the
release: the next update takes them over, as they carry its name.
"""
# The client library has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError

from live.errors import ServiceError, UnreachableError

_OWNER: Final = "owner=helm"
_PENDING: Final = "pending-"
_FAILED: Final = "failed"
_SECONDS: Final = 30
_MEND: Final = "see that kubectl reaches the cluster, then this command again"


@final
@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision of a release, as Helm's labels on its Secret tell it."""

    namespace: str
    release: str
    number: int
    status: str
    """`deployed`, `superseded`, `failed`, `pending-install`, `pending-upgrade` …"""

    @property
    def id(self) -> str:
        """Id of the release in Pulumi's state."""
        return f"{self.namespace}/{self.release}"

    @property
    def secret(self) -> str:
        """Name of the Secret that records it (Helm's storage driver `secret`)."""
        return f"sh.helm.release.v1.{self.release}.v{self.number}"


def stuck(
    revisions: Iterable[Revision], recorded: frozenset[str], ours: frozenset[str]
) -> list[Revision]:
    """Revisions that stand in the way of the next update.

    Args:
        revisions: of a cluster, which others may use as well.
        recorded: ids of the releases that Pulumi's state has.
        ours: ids of the releases that the stack makes.

    """
    return [
        revision
        for revision in revisions
        if revision.id in ours
        and (
            revision.status.startswith(_PENDING)
            or (revision.status == _FAILED and revision.id not in recorded)
        )
    ]


def _revision(labels: Mapping[str, str], namespace: str) -> Revision:
    return Revision(
        namespace=namespace,
        release=labels["name"],
        number=int(labels["version"]),
        status=labels["status"],
    )


@final
class History:
    """The record of one cluster."""

    def __init__(self, kubeconfig: str | None, context: str | None) -> None:
        """Connect as the Kubernetes provider does.

        Args:
            kubeconfig: its text, or the path of a file; the user's own when None.
            context: of the kubeconfig; its current one when None.

        Raises:
            ServiceError: when it cannot be read, or its credentials cannot be had.

        """
        try:
            if kubeconfig is not None and "\n" in kubeconfig:
                access = yaml.safe_load(kubeconfig)
                connection = config.new_client_from_config_dict(access, context=context)
            else:
                connection = config.new_client_from_config(kubeconfig, context=context)
        except (ConfigException, OSError, yaml.YAMLError) as error:
            message = f"the kubeconfig cannot be used: {type(error).__name__}"
            raise ServiceError(message, _MEND) from None
        self._api = client.CoreV1Api(connection)

    def revisions(self, namespaces: Sequence[str]) -> list[Revision]:
        """Every revision in some namespaces.

        Raises:
            ServiceError: when the cluster does not tell.

        """
        found: list[Revision] = []
        for namespace in namespaces:
            try:
                listed: Any = self._api.list_namespaced_secret(
                    namespace, label_selector=_OWNER, _request_timeout=_SECONDS
                )
            except ApiException as error:
                message = f"the cluster refused to list Secrets: {error.reason}"
                raise ServiceError(message, _MEND) from None
            except HTTPError as error:
                message = f"the cluster gave no answer: {type(error).__name__}"
                raise UnreachableError(message, _MEND) from None
            found += [_revision(item.metadata.labels, namespace) for item in listed.items]
        return found

    def forget(self, revision: Revision) -> None:
        """Take a revision out of the record; the release's objects stay.

        Raises:
            ServiceError: when the cluster does not do it.

        """
        try:
            self._api.delete_namespaced_secret(
                revision.secret, revision.namespace, _request_timeout=_SECONDS
            )
        except ApiException as error:
            message = f"the cluster refused to delete Secret {revision.secret}: {error.reason}"
            raise ServiceError(message, _MEND) from None
        except HTTPError as error:
            message = f"the cluster gave no answer: {type(error).__name__}"
            raise UnreachableError(message, _MEND) from None
