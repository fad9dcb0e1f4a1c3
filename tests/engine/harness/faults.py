"""Faults that a test orders and a stand-in carries out, each once."""

import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import final

from harness.run_folder import RunFolder


class Harm(StrEnum):
    """What goes wrong."""

    ERROR = "error"
    """The provider reports an error and does nothing."""
    KILL_ENGINE = "kill-engine"
    """The engine is killed after the object was made, before it hears of it."""
    KILL_HELM = "kill-helm"
    """Helm is killed while it installs or upgrades, which its record then says indefinitely."""


@final
@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is to go wrong, and when.

    Attributes:
        name: of the fault.
        harm: what goes wrong.
        kind: at a resource of this kind; for Helm, at the release of this name.
        ordinal: at the create call of this number.

    """

    name: str
    harm: Harm
    kind: str = ""
    ordinal: int = 0


class InjectedError(Exception):
    """The error that a fault ordered."""


def order(run: RunFolder, fault: Fault) -> None:
    """Let a fault happen at the next call that it fits."""
    (run.faults / f"{fault.name}.json").write_text(json.dumps(vars(fault)), encoding="utf-8")


def pending(run: RunFolder) -> list[str]:
    """Names of faults that have not happened."""
    return [file.stem for file in run.faults.glob("*.json")]


def revoke(run: RunFolder) -> None:
    """Let no fault happen that has not happened yet."""
    for file in run.faults.glob("*.json"):
        file.unlink()


def next_ordinal(run: RunFolder) -> int:
    """Number of this create call among all of the run, from 1 on, whichever plugin it came to."""
    descriptor = os.open(run.path / "creates", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        os.write(descriptor, b".")
        return os.lseek(descriptor, 0, os.SEEK_CUR)
    finally:
        os.close(descriptor)


def reset_ordinal(run: RunFolder) -> None:
    """Count create calls from 1 again."""
    (run.path / "creates").unlink(missing_ok=True)


def _taken(file: Path) -> bool:
    """Whether the fault is this caller's: a rename succeeds once."""
    with suppress(FileNotFoundError):
        file.rename(file.with_suffix(".done"))
        return True
    return False


def _due(run: RunFolder, harm: Harm, kind: str, ordinal: int) -> bool:
    for file in run.faults.glob("*.json"):
        with suppress(FileNotFoundError):
            fault = Fault(**json.loads(file.read_text(encoding="utf-8")))
            fits = fault.kind == kind or (fault.ordinal > 0 and ordinal >= fault.ordinal)
            if fault.harm == harm and fits and _taken(file):
                return True
    return False


def fail_if_ordered(run: RunFolder, kind: str, ordinal: int) -> None:
    """Raise where an error is ordered for this call.

    Raises:
        InjectedError: where it is.

    """
    if _due(run, Harm.ERROR, kind, ordinal):
        message = f"Error 503: the backend for {kind} is not available just now"
        raise InjectedError(message)


def kill_if_ordered(run: RunFolder, kind: str, ordinal: int) -> None:
    """Kill the engine, this plugin's parent, and the plugin, where that is ordered."""
    if _due(run, Harm.KILL_ENGINE, kind, ordinal):
        os.kill(os.getppid(), signal.SIGKILL)
        os._exit(1)


def helm_is_to_die(run: RunFolder, release: str) -> bool:
    """Whether this call of Helm, for a release, is to be killed."""
    return _due(run, Harm.KILL_HELM, release, 0)
