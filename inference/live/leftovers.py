"""`inference leftovers`: what a destroyed stack still has in its project, and so pays for."""

from collections.abc import Iterator
from dataclasses import replace
from shlex import quote
from typing import Final, final

from inference.config.settings import Settings
from inference.config.stack_file import StackFile
from inference.live.account import project_of
from inference.live.buckets import kept_buckets
from inference.live.checks import Check, failed, look
from inference.live.endpoints import COMPUTE, CONTAINER
from inference.live.errors import ApiError, CredentialsError, MalformedError, ServiceError
from inference.live.google import DISABLED, Google, GoogleModel
from inference.live.inventory import (
    COMPUTE_KINDS,
    GROUPS,
    OTHER_KINDS,
    RESERVATION,
    ComputeKind,
    Item,
    OtherKind,
    Resource,
)
from inference.live.ownership import Owner, Ownership, ownership
from inference.live.report import Line, ok, problem, unknown
from inference.live.session import Session

_WAITING: Final = frozenset({"ACCEPTED", "CREATING"})
_QUEUED: Final = "queued request"


@final
class _Cluster(GoogleModel):
    name: str
    location: str = ""


@final
class _Clusters(GoogleModel):
    clusters: tuple[_Cluster, ...] = ()
    missing_zones: tuple[str, ...] = ()


@final
class _Request(GoogleModel):
    name: str
    state: str = ""


def _clusters(google: Google) -> _Clusters:
    """The project's clusters; where GKE was never enabled, there are none."""
    path = f"projects/{google.project}/locations/-/clusters"
    try:
        return google.read(CONTAINER, path, _Clusters)
    except ApiError as error:
        if error.reason != DISABLED:
            raise
        return _Clusters()


@final
class _Search:
    """A search of one project for what one stack left."""

    def __init__(self, google: Google, stack: str, settings: Settings) -> None:
        self._google = google
        self._stack = stack
        self._settings = settings
        self._unlisted: Line | None = None
        try:
            self._clusters = _clusters(google)
            names = tuple(cluster.name for cluster in self._clusters.clusters)
        except (ApiError, MalformedError) as error:
            self._clusters = _Clusters()
            self._unlisted = failed("clusters", error)
            names = ("a cluster that could not be listed",)
        self._ownership: Ownership = ownership(stack, settings, names)
        self._reservations = {pool.reservation for pool in settings.pools if pool.reservation}

    def checks(self) -> Iterator[Check]:
        yield Check(name="cluster", look=self._own_cluster)
        for kind in COMPUTE_KINDS:
            yield Check(name=kind.name, look=lambda kind=kind: self._left(kind))
        yield Check(name=_QUEUED, look=self._queued)
        for kind in OTHER_KINDS:
            yield Check(name=kind.name, look=lambda kind=kind: self._in_list(kind))
        yield from kept_buckets(self._google, self._stack, self._settings)

    def _own_cluster(self) -> Iterator[Line]:
        if self._unlisted is not None:
            yield self._unlisted
            return
        if self._clusters.missing_zones:
            silent = ", ".join(self._clusters.missing_zones)
            yield unknown("clusters", f"{silent} did not respond", "try again later")
        left = [c for c in self._clusters.clusters if c.name == self._ownership.cluster]
        for cluster in left:
            name = f"cluster {cluster.location}/{cluster.name}"
            fix = f"pulumi destroy --stack {quote(self._stack)}"
            yield problem(name, "still exists, with everything in it", fix)
        if not left:
            yield ok("cluster", "none is left")

    def _all(self, kind: ComputeKind) -> tuple[list[Resource], tuple[str, ...]]:
        path = f"projects/{self._google.project}/aggregated/{kind.collection}"
        return self._google.read_everywhere(COMPUTE, path, kind.collection, Resource)

    def _left(self, kind: ComputeKind) -> Iterator[Line]:
        found, silent = self._all(kind)
        for scope in silent:
            name = f"{kind.name} {scope.rpartition('/')[2]}"
            yield unknown(name, "did not answer", "try again later")
        lines = [line for resource in found for line in self._judged(kind, resource)]
        yield from lines
        if not lines and not silent:
            yield ok(kind.name, "none is left")

    def _judged(self, kind: ComputeKind, resource: Resource) -> Iterator[Line]:
        name = f"{kind.name} {resource.shown}"
        fix = (
            f"gcloud compute {kind.command} delete {resource.name} {resource.flag} "
            f"--project {self._google.project}"
        )
        if kind.name == RESERVATION and resource.name in self._reservations:
            message = "was used by the stack but does not belong to it, and its machines are billed"
            yield problem(name, message, f"if nothing else uses it: {fix}")
            return
        scope, where = resource.place
        region = where if scope == "regions" else ""
        owner = self._ownership.of(resource.name, resource.labels, kind.collection, region)
        if owner is Owner.STACK:
            yield problem(name, "is left", fix)
        elif owner is Owner.PERHAPS:
            others = ", ".join(self._ownership.others)
            message = f"has a name from this stack, but may be in use by {others}"
            yield unknown(name, message, f"if none of them uses it: {fix}")

    def _queued(self) -> Iterator[Line]:
        """Requests for Flex-start capacity, which make machines as soon as there are any."""
        groups, _ = self._all(GROUPS)
        left = False
        for group in groups:
            if self._ownership.of(group.name, group.labels) is not Owner.STACK:
                continue
            scope, where = group.place
            path = f"projects/{self._google.project}/{scope}/{where}/instanceGroupManagers"
            requests = self._google.read_all(
                COMPUTE, f"{path}/{group.name}/resizeRequests", "items", _Request
            )
            for request in requests:
                if request.state in _WAITING:
                    left = True
                    yield problem(
                        f"{_QUEUED} {group.shown}/{request.name}",
                        "is still waiting for machines",
                        f"gcloud compute instance-groups managed resize-requests cancel "
                        f"{group.name} --resize-requests {request.name} {group.flag} "
                        f"--project {self._google.project}",
                    )
        if not left:
            yield ok(_QUEUED, "none is left")

    def _in_list(self, kind: OtherKind) -> Iterator[Line]:
        """What a list of its own has; where its API was never enabled, there is none."""
        project = self._google.project
        found: list[Item] = []
        try:
            path = f"projects/{project}/{kind.path}"
            found = list(
                self._google.read_all(kind.service, path, kind.key or kind.collection, Item)
            )
        except ApiError as error:
            if error.reason != DISABLED:
                raise
        own = [one for one in found if self._ownership.has(kind.collection, one)]
        for one in own:
            shown = f"{one.location or 'global'}/{one.display_name or one.name}"
            yield problem(f"{kind.name} {shown}", "is left", kind.delete(one, project))
        if not own:
            yield ok(kind.name, "none is left")


def leftovers(stack: StackFile, settings: Settings, session: Session) -> list[Line]:
    """What is left, kind by kind.

    Raises:
        RefusedError: when the stack names no project, but needs one.
    """
    if not settings.needs_project:
        return [ok("Google Cloud", "the stack creates nothing there")]
    project = project_of(settings)
    try:
        search = _Search(Google(project, session), stack.name, settings)
    except CredentialsError as error:
        # Nothing was asked, so nothing is known to be left.
        line = unknown("Google Cloud", str(error), error.fix)
        return [replace(line, unreachable=True)]
    except ServiceError as error:
        return [failed("Google Cloud", error)]
    return list(look(list(search.checks())))
