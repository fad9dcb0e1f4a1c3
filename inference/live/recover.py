"""`inference recover`: take up what an interrupted update made but did not record.

A killed update leaves a lock, which `pulumi cancel` removes, and creations without an end: their
objects may exist while the state does not know them, so the next update meets "already exists".
This command looks which of them exist, shows them, asks, lets the engine drop what it has no end
of, and imports what is there. It also takes out of Helm's record what makes Helm refuse the next
update (`helm_releases`), and a side file of the state that a kill cut off (`engine_state`). It
builds nothing, deletes no object, and leaves every change of the state to the engine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Final, final

from inference.catalog.kubernetes import OBJECT_TYPES, RELEASE_TYPE
from inference.config.settings import Settings
from inference.config.stack_file import StackFile
from inference.derive.names import CRD_NAMESPACE, CRD_RELEASE
from inference.live import engine_state
from inference.live.checks import failed
from inference.live.errors import ServiceError
from inference.live.existence import id_of, kubectl_by
from inference.live.google import Google
from inference.live.helm_releases import Revision, forget, revisions, stuck
from inference.live.kinds import KINDS, NOT_IMPORTED
from inference.live.kubectl import Kubectl
from inference.live.pending import (
    Pending,
    ids_of,
    import_document,
    inputs_of_provider,
    pending,
    urns,
)
from inference.live.report import Line, Status, ok, problem, unknown
from inference.live.session import Deadline, Session

_UNSEEN: Final = "whether it was created could not be determined, so nothing is changed: "
_CLUSTER_PROVIDER: Final = "pulumi:providers:kubernetes"
Agree = Callable[[Sequence[Line]], bool]
"""Shows the lines of what would be done, and says whether to go on."""


@final
@dataclass(frozen=True, kw_only=True)
class _Found:
    """What the kill left, as far as it was looked at."""

    operations: Sequence[Pending]
    existing: Mapping[str, str]
    """Id by URN of the creations whose objects are there."""
    unseen: Mapping[str, Line]
    """By URN, why that could not be seen; going on would lose what is not known."""
    revisions: Sequence[Revision]
    kubectl: Kubectl | None
    asked: Sequence[Line]
    """Why Helm could not be asked. A cluster that is not there yet has no releases."""


def _readable(stack: str, agree: Agree) -> tuple[dict[str, Any] | None, list[Line]]:
    """The state, and what was done so that Pulumi reads it; None where that was not agreed to.

    Raises:
        ServiceError: when Pulumi cannot read it for another reason.
    """
    try:
        return engine_state.export(stack, "--show-secrets"), []
    except ServiceError:
        cut_off = engine_state.cut_off_side_files(stack)
        if not cut_off:
            raise
    planned = [
        problem(
            file.name,
            f"a kill truncated {file}: Pulumi cannot read this stack's state, of which an intact "
            "copy is beside it",
            f"rm '{file}'",
        )
        for file in cut_off
    ]
    if not agree(planned):
        return None, planned
    for file in cut_off:
        file.unlink()
    done = [ok(file.name, "removed; Pulumi does not need it to read the state") for file in cut_off]
    return engine_state.export(stack, "--show-secrets"), done


def _imported(one: Pending) -> bool:
    return one.creating and (one.type in KINDS or one.type.startswith(OBJECT_TYPES))


def _stopped(name: str, error: ServiceError, before: str = "") -> Line:
    """The line of an error after which nothing more is done; `before` it, what is not known."""
    line = failed(name, error)
    status = Status.UNKNOWN if line.unreachable else Status.PROBLEM
    return replace(line, status=status, message=f"{before}{line.message}")


def _look(deployment: Mapping[str, Any], settings: Settings, session: Session) -> _Found:
    operations = pending(deployment)
    google = cache(partial(Google, session=session))
    existing: dict[str, str] = {}
    unseen: dict[str, Line] = {}
    for one in filter(_imported, operations):
        try:
            identity = id_of(one, session, google)
        except ServiceError as error:
            unseen[one.urn] = _stopped(one.name, error, _UNSEEN)
        else:
            existing |= {one.urn: identity} if identity else {}
    configuration = inputs_of_provider(deployment, _CLUSTER_PROVIDER)
    kubectl = None if configuration is None else kubectl_by(configuration, session)
    found: list[Revision] = []
    asked: list[Line] = []
    if kubectl is not None:
        try:
            found = _stuck(kubectl, deployment, settings)
        except ServiceError as error:
            message = f"its record is unknown: {error}"
            asked.append(replace(failed("Helm", error), message=message))
    return _Found(
        operations=operations,
        existing=existing,
        unseen=unseen,
        revisions=found,
        kubectl=kubectl,
        asked=asked,
    )


def _stuck(kubectl: Kubectl, deployment: Mapping[str, Any], settings: Settings) -> list[Revision]:
    names = {(settings.namespace, model.name) for model in settings.models}
    names.add((CRD_NAMESPACE, CRD_RELEASE))
    namespaces = sorted({namespace for namespace, _ in names})
    return stuck(
        [one for namespace in namespaces for one in revisions(kubectl, namespace)],
        recorded=ids_of(deployment, RELEASE_TYPE),
        ours=frozenset("/".join(name) for name in names),
    )


def _planned(one: Pending, found: _Found, stack: str) -> Line:
    if one.urn in found.unseen:
        return found.unseen[one.urn]
    if not one.creating:
        return ok(one.name, f"{one.operation} was interrupted; it is already in the state")
    if one.type in NOT_IMPORTED:
        return ok(one.name, f"creating was interrupted: {NOT_IMPORTED[one.type]}")
    if not _imported(one):
        message = f"creating was interrupted, and it is unknown how to look up a {one.type}"
        fix = "if it exists, use `pulumi import`: see the page of its type"
        return unknown(one.name, message, fix)
    if one.urn not in found.existing:
        return ok(one.name, "had not been created; the next update creates it")
    message = f"was created but not recorded: {found.existing[one.urn]}"
    return problem(one.name, message, f"inference recover --stack {stack} --yes")


def _planned_revision(revision: Revision, stack: str) -> Line:
    message = (
        f"revision {revision.number} of the Helm release is still {revision.status}: Helm would "
        "refuse the next update"
    )
    return problem(revision.id, message, f"inference recover --stack {stack} --yes")


def _repair(found: _Found, stack: str, session: Session) -> None:
    # First, and even where it changes nothing: it fails while another update runs.
    engine_state.forget_creations(stack)
    for revision in found.revisions:
        if found.kubectl is not None:
            # The time for the answer of the one who was asked does not count.
            deadline = Deadline(session.deadline.seconds)
            forget(replace(found.kubectl, deadline=deadline), revision)
    if found.revisions:
        # What was read before, Helm had still in its record.
        engine_state.forget_creations(stack)
    existing = [
        (one, found.existing[one.urn]) for one in found.operations if one.urn in found.existing
    ]
    if existing:
        engine_state.import_resources(stack, import_document(existing))


def _done(one: Pending, found: _Found, known: frozenset[str], stack: str) -> Line:
    if one.urn not in found.existing:
        return _planned(one, found, stack)
    identity = found.existing[one.urn]
    if one.urn in known:
        return ok(one.name, f"imported as {identity}")
    return problem(one.name, f"exists as {identity}, but was not imported", "pulumi import")


def recover(stack: StackFile, settings: Settings, session: Session, agree: Agree) -> list[Line]:
    """Import what an interrupted update made; a line for each of its operations.

    Args:
        stack: whose state it is.
        settings: of the stack, which name its Helm releases.
        session: whose deadline is that of the look-ups.
        agree: shows the lines of what would be done, and says whether to go on.
    """
    name = stack.name
    lines: list[Line] = []
    try:
        deployment, lines = _readable(name, agree)
        if deployment is None:
            return lines
        session = replace(session, deadline=Deadline(session.deadline.seconds))
        found = _look(deployment, settings, session)
        if not (found.operations or found.revisions):
            rest = ok("state", f"has no interrupted operation: pulumi up --stack {name}")
            return [*lines, *found.asked, rest]
        planned = [
            *found.asked,
            *(_planned(one, found, name) for one in found.operations),
            *(_planned_revision(one, name) for one in found.revisions),
        ]
        if found.unseen or not agree(planned):
            return [*lines, *planned]
        _repair(found, name, session)
        known = urns(engine_state.export(name))
    except ServiceError as error:
        return [*lines, _stopped("state", error)]
    return [
        *lines,
        *found.asked,
        *(_done(one, found, known, name) for one in found.operations),
        *(ok(one.id, f"{one.status} removed from Helm's record") for one in found.revisions),
        ok("state", f"no longer has an interrupted operation: pulumi up --stack {name}"),
    ]
