"""`live recover`: take up what an interrupted update made but did not record.

A killed update leaves a lock, which `pulumi cancel` removes, and creations without an end: their
objects may exist while the state does not know them, so the next update meets "already exists".
This command shows them, asks, writes them into the state under the ids that their inputs determine,
and refreshes, which drops what was never made. It builds and deletes nothing.
"""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from rich.console import Console

from live.adoption import Interrupted, adopted, interrupted
from live.errors import ServiceError
from live.programs import run
from live.report import Line, ok, problem, unknown
from stack_files.stack_file import StackFile

_REFRESH_SECONDS: Final = 1800
"""A refresh asks for every resource, of a cluster that may be slow to answer."""


def _export(stack: str) -> dict[str, Any]:
    mend = "pulumi login; pulumi stack ls shows the stacks there are"
    content: dict[str, Any] = json.loads(run("pulumi", ["stack", "export", "--stack", stack], mend))
    return content


def _import(stack: str, content: Mapping[str, Any]) -> None:
    locked = f"if no other update runs: pulumi cancel --stack {stack}, then this command again"
    with tempfile.TemporaryDirectory() as folder:
        # A state is for its owner alone, and gone afterwards.
        file = Path(folder) / "state.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(content), encoding="utf-8")
        run("pulumi", ["stack", "import", "--stack", stack, "--file", str(file)], locked)


def _refresh(stack: str) -> None:
    mend = f"mend what it says, then: pulumi refresh --stack {stack}"
    arguments = ["refresh", "--yes", "--skip-preview", "--stack", stack]
    with Console(stderr=True).status(f"Refreshing stack {stack} ..."):
        run("pulumi", arguments, mend, seconds=_REFRESH_SECONDS)


def _planned(one: Interrupted, stack: str) -> Line:
    if one.operation != "creating":
        return ok(one.name, f"{one.operation} was interrupted; the state has it already")
    if not one.id:
        message = f"creating was interrupted, and no id of a {one.type} follows from its inputs"
        return unknown(
            one.name, message, "should it exist, `pulumi import` takes it up: see its type's page"
        )
    command = f"python -m live recover --stack {stack} --yes"
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


def recover(stack: StackFile, agree: Callable[[Sequence[Line]], bool]) -> list[Line]:
    """Adopt what an interrupted update made; a line for each of its operations.

    Args:
        stack: whose state it is.
        agree: shows the lines of what would be adopted, and says whether to go on.

    """
    name = stack.name
    try:
        exported = _export(name)
        found = interrupted(exported["deployment"])
        if not found:
            return [ok("state", f"has no interrupted operation: pulumi up --stack {name}")]
        planned = [_planned(one, name) for one in found]
        if not agree(planned):
            return planned
        exported["deployment"] = adopted(exported["deployment"], found)
        _import(name, exported)
        _refresh(name)
        known = _urns(_export(name)["deployment"])
    except ServiceError as error:
        return [problem("state", str(error), error.mend)]
    return [
        *(_done(one, known, name) for one in found),
        ok("state", f"has no interrupted operation any more: pulumi up --stack {name}"),
    ]
