"""The state of a stack, as the engine itself reads and changes it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from inference.config.finding import PROJECT
from inference.config.stack_file import ROOT
from inference.live.programs import run
from inference.progress import showing

_SECONDS: Final = 1800
"""A refresh asks for every resource, of a cluster that may be slow to answer."""
_UNATTENDED: Final = ("--yes", "--skip-preview")


def export(stack: str, *options: str) -> dict[str, Any]:
    """The deployment: resources, and operations without an end.

    Raises:
        ServiceError: when the engine cannot read it.
    """
    fix = "pulumi login; pulumi stack ls lists the existing stacks"
    content = json.loads(run("pulumi", ["stack", "export", "--stack", stack, *options], fix))
    deployment: dict[str, Any] = content["deployment"]
    return deployment


def forget_creations(stack: str) -> None:
    """Refresh, and drop the creations that have no end. Fails while another update runs.

    Raises:
        ServiceError: when the engine does not do it.
    """
    arguments = ["refresh", "--clear-pending-creates", *_UNATTENDED, "--stack", stack]
    fix = f"if no other update is running: pulumi cancel --stack {stack}, then rerun this command"
    with showing("refreshing the stack"):
        run("pulumi", arguments, fix, seconds=_SECONDS)


def import_resources(stack: str, document: Mapping[str, Any]) -> None:
    """Take what exists into the state.

    The document stays beside Pulumi.yaml should the engine fail: the state knows of it no more.

    Raises:
        ServiceError: when the engine does not do it.
    """
    file = ROOT / f"recover-{stack}.json"
    file.write_text(json.dumps(document, indent=2), encoding="utf-8")
    options = [*_UNATTENDED, "--protect=false", "--generate-code=false", "--stack", stack]
    arguments = ["import", "--file", str(file), *options]
    fix = f"fix what it reports, then: pulumi {' '.join(arguments)}"
    with showing("importing what exists"):
        run("pulumi", arguments, fix, seconds=_SECONDS)
    file.unlink()


def _is_whole(side_file: Path) -> bool:
    try:
        json.loads(side_file.read_bytes())
    except ValueError:
        return False
    return True


def cut_off_side_files(stack: str) -> Sequence[Path]:
    """Side files of a state in files (`pulumi login --local`) that Pulumi cannot read.

    Beside a stack's state stands `STACK.json.attrs`, with the state's content type. Pulumi writes
    it in place, the state itself by renaming: an engine that is killed in between leaves a whole
    state and a side file that is cut off, and every command, `pulumi cancel` among them, says
    `failed to load checkpoint: EOF`. Pulumi takes a state without a side file. Source: gocloud.dev
    blob/fileblob/attrs.go, and tried with Pulumi 3.259. Buckets have none.

    Raises:
        ServiceError: when Pulumi does not say where the state is.
    """
    where: str = json.loads(run("pulumi", ["whoami", "--json"], "pulumi login"))["url"]
    url = urlsplit(where)
    if url.scheme != "file":
        return []
    # `file://~` is what `pulumi login --local` means, and has the tilde for a host.
    backend = Path(unquote(url.netloc + url.path)).expanduser()
    states = backend / ".pulumi" / "stacks" / PROJECT
    return [file for file in sorted(states.glob(f"{stack}.json*.attrs")) if not _is_whole(file)]
