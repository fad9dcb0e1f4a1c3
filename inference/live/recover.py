"""`inference recover`: take up what an interrupted update made but did not record.

A killed update leaves a lock, which `pulumi cancel` removes, and creations without an end: their
objects may exist while the state does not know them, so the next update meets "already exists".
This command shows them, asks, writes them into the state under the ids that their inputs determine,
and refreshes, which drops what was never made.

Should the kill have cut off a side file of the state, at which Pulumi does nothing more at all,
that file goes first: see `live.file_backend`.

A Helm that lost its cluster in the middle leaves a revision which Helm then takes for an operation
in progress; the command takes it out of Helm's record. It builds nothing and deletes no object.
"""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from rich.console import Console

from inference.config.settings import Settings
from inference.config.stack_file import StackFile
from inference.live.adoption import (
    CLUSTER_PROVIDER,
    Interrupted,
    adopted,
    inputs_of_provider,
    interrupted,
)
from inference.live.errors import ServiceError
from inference.live.file_backend import cut_off_side_files
from inference.live.helm_history import Revision
from inference.live.programs import run
from inference.live.report import Line, ok, problem, unknown
from inference.live.session import Session
from inference.live.stuck_releases import Stuck, find_stuck

_REFRESH_SECONDS: Final = 1800
"""A refresh asks for every resource, of a cluster that may be slow to answer."""


def _export(stack: str, *options: str) -> dict[str, Any]:
    fix = "pulumi login; pulumi stack ls shows the stacks there are"
    arguments = ["stack", "export", "--stack", stack, *options]
    content: dict[str, Any] = json.loads(run("pulumi", arguments, fix))
    return content


def _readable(
    stack: str, agree: Callable[[Sequence[Line]], bool]
) -> tuple[dict[str, Any] | None, list[Line]]:
    """The state, and what was done so that Pulumi reads it; None where that was not agreed to.

    Raises:
        ServiceError: when Pulumi cannot read it for another reason.

    """
    try:
        return _export(stack), []
    except ServiceError:
        cut_off = cut_off_side_files(stack)
        if not cut_off:
            raise
    planned = [
        problem(
            file.name,
            f"a kill cut off {file}: Pulumi reads no state of this stack, which is whole beside it",
            f"rm '{file}'",
        )
        for file in cut_off
    ]
    if not agree(planned):
        return None, planned
    for file in cut_off:
        file.unlink()
    done = [ok(file.name, "removed; Pulumi needs none to read the state") for file in cut_off]
    return _export(stack), done


def _import(stack: str, content: Mapping[str, Any]) -> None:
    locked = f"if no other update runs: pulumi cancel --stack {stack}, then this command again"
    with tempfile.TemporaryDirectory() as folder:
        # A state is for its owner alone, and gone afterwards.
        file = Path(folder) / "state.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(content), encoding="utf-8")
        run("pulumi", ["stack", "import", "--stack", stack, "--file", str(file)], locked)


def _refresh(stack: str) -> None:
    fix = f"fix what it says, then: pulumi refresh --stack {stack}"
    arguments = ["refresh", "--yes", "--skip-preview", "--stack", stack]
    with Console(stderr=True).status(f"Refreshing stack {stack} ..."):
        run("pulumi", arguments, fix, seconds=_REFRESH_SECONDS)


def _planned(one: Interrupted, stack: str) -> Line:
    if one.operation != "creating":
        return ok(one.name, f"{one.operation} was interrupted; the state has it already")
    if not one.id:
        message = f"creating was interrupted, and no id of a {one.type} follows from its inputs"
        return unknown(
            one.name, message, "should it exist, `pulumi import` takes it up: see its type's page"
        )
    command = f"inference recover --stack {stack} --yes"
    return problem(one.name, f"creating was interrupted; may exist as {one.id}", command)


def _done(one: Interrupted, known: frozenset[str], stack: str) -> Line:
    if not one.id:
        return _planned(one, stack)
    if one.urn in known:
        return ok(one.name, f"adopted as {one.id}")
    return ok(one.name, "had not been made; the next update makes it")


def _urns(deployment: Mapping[str, Any]) -> frozenset[str]:
    resources = cast("Sequence[Mapping[str, Any]]", deployment.get("resources") or [])
    return frozenset(str(resource["urn"]) for resource in resources)


def _planned_revision(revision: Revision, stack: str) -> Line:
    message = (
        f"revision {revision.number} of the Helm release is left {revision.status}: Helm would "
        "refuse the next update"
    )
    return problem(revision.id, message, f"inference recover --stack {stack} --yes")


def _stuck(stack: str, settings: Settings, recorded: Mapping[str, Any]) -> Stuck:
    decrypted = _export(stack, "--show-secrets")["deployment"]
    return find_stuck(settings, recorded, inputs_of_provider(decrypted, CLUSTER_PROVIDER))


def recover(
    stack: StackFile, settings: Settings, session: Session, agree: Callable[[Sequence[Line]], bool]
) -> list[Line]:
    """Adopt what an interrupted update made; a line for each of its operations.

    Args:
        stack: whose state it is.
        settings: of the stack, which name its Helm releases.
        agree: shows the lines of what would be adopted, and says whether to go on.

    """
    name = stack.name
    mended: list[Line] = []
    try:
        exported, mended = _readable(name, agree)
        if exported is None:
            return mended
        operations = interrupted(exported["deployment"])
        releases = _stuck(name, settings, exported["deployment"])
        asked = [releases.unasked] if releases.unasked else []
        if not operations and not releases.revisions:
            return [
                *mended,
                *asked,
                ok("state", f"has no interrupted operation: pulumi up --stack {name}"),
            ]
        planned = [
            *asked,
            *(_planned(one, name) for one in operations),
            *(_planned_revision(one, name) for one in releases.revisions),
        ]
        if not agree(planned):
            return planned
        exported["deployment"] = adopted(exported["deployment"], operations)
        # First, and even where it changes nothing: it fails while another update runs.
        _import(name, exported)
        releases.forget()
        _refresh(name)
        known = _urns(_export(name)["deployment"])
    except ServiceError as error:
        return [*mended, problem("state", str(error), error.fix)]
    return [
        *mended,
        *asked,
        *(_done(one, known, name) for one in operations),
        *(ok(one.id, f"{one.status} taken out of Helm's record") for one in releases.revisions),
        ok("state", f"has no interrupted operation any more: pulumi up --stack {name}"),
    ]
