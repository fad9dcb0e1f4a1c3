"""Helm's own record of releases, which stands in Secrets of the cluster.

A Helm that was interrupted leaves a revision `pending-…`, after which it refuses every operation
("another operation is in progress"); one that failed before the state knew of the release leaves a
name that cannot be used again. Taking such a revision out of the record deletes no object of the
release: the next update takes them over, as they carry its name.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, final

from inference.live.kubectl import Kubectl

_OWNER: Final = "owner=helm"
_PENDING: Final = "pending-"
_FAILED: Final = "failed"
_DEPLOYED: Final = "deployed"
_LABELS: Final = 'jsonpath={range .items[*]}{.metadata.labels}{"\\n"}{end}'
"""The labels alone, one object a line: the Secrets hold whole manifests."""


@final
@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision of a release, as Helm's labels on its Secret give it."""

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


def revisions(kubectl: Kubectl, namespace: str) -> list[Revision]:
    """Every revision in a namespace.

    Raises:
        ServiceError: when the cluster does not say.
    """
    arguments = ["--namespace", namespace, "--selector", _OWNER, "--output", _LABELS]
    lines = kubectl.run("get", "secrets", *arguments).splitlines()
    found = [json.loads(line) for line in lines if line.strip()]
    return [
        Revision(
            namespace=namespace,
            release=labels["name"],
            number=int(labels["version"]),
            status=labels["status"],
        )
        for labels in found
    ]


def is_deployed(kubectl: Kubectl, namespace: str, release: str) -> bool:
    """Whether Helm has finished a revision of a release."""
    return any(
        revision.release == release and revision.status == _DEPLOYED
        for revision in revisions(kubectl, namespace)
    )


def stuck(
    found: Iterable[Revision], recorded: frozenset[str], ours: frozenset[str]
) -> list[Revision]:
    """Revisions at which Helm would refuse the next update.

    Args:
        found: revisions of a cluster, which others may use as well.
        recorded: ids of the releases that Pulumi's state has.
        ours: ids of the releases that the stack makes.
    """
    return [
        revision
        for revision in found
        if revision.id in ours
        and (
            revision.status.startswith(_PENDING)
            or (revision.status == _FAILED and revision.id not in recorded)
        )
    ]


def forget(kubectl: Kubectl, revision: Revision) -> None:
    """Take a revision out of the record; the release's objects stay.

    Raises:
        ServiceError: when the cluster does not do it.
    """
    kubectl.run("delete", "secret", revision.secret, "--namespace", revision.namespace)
