"""What the stand-ins and the tests tell each other of running Pods: a file for each."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, final

from harness.run_folder import RunFolder

_FOLDER: Final = "running"


@final
@dataclass(frozen=True, kw_only=True)
class RunningPod:
    """A Pod whose programs run.

    Attributes:
        name: its name.
        address: its loopback address.
        ports: local port by port of the Pod, of all its programs.
        processes: process id by container.
        draining: whether its server has had SIGTERM.

    """

    name: str
    address: str
    ports: Mapping[int, int]
    processes: Mapping[str, int]
    draining: bool = False


def announce(run: RunFolder, pod: RunningPod) -> None:
    """Write a Pod's file, whole at any moment."""
    folder = run.path / _FOLDER
    folder.mkdir(exist_ok=True)
    partial = folder / f".{pod.name}"
    partial.write_text(json.dumps(asdict(pod)), encoding="utf-8")
    partial.rename(folder / f"{pod.name}.json")


def withdraw(run: RunFolder, name: str) -> None:
    """Remove a Pod's file."""
    (run.path / _FOLDER / f"{name}.json").unlink(missing_ok=True)


def running_pods(run: RunFolder) -> dict[str, RunningPod]:
    """Every Pod whose programs run, by name."""
    found: dict[str, RunningPod] = {}
    for file in sorted((run.path / _FOLDER).glob("*.json")):
        try:
            values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        values["ports"] = {int(port): local for port, local in values["ports"].items()}
        pod = RunningPod(**values)
        found[pod.name] = pod
    return found
