"""A stack of the program with everything that answers its requests: what a test starts with."""

import os
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import requests
from harness.api import Api
from harness.engine import environment
from harness.processes import Process, wait_for
from harness.scenario import Scenario, scenario
from harness.stages import PodPlay, running, stage
from harness.toolchain import ROOT

from data_path.gateway import gateway_ports
from data_path.network import PodNetwork
from data_path.pods import RunningPod, running_pods
from data_path.servers import models

_HOST: Final = "127.0.0.1"
_PATH: Final = os.pathsep.join(
    [str(ROOT), str(ROOT / "tests" / "engine"), str(ROOT / "tests" / "datapath")]
)
_START: Final = 120
"""Seconds; servers and syncers are Python and Go programs that start side by side on few cores."""


def _stages() -> list[dict[str, Any]]:
    """Kwok gives Pods their address alone: the stand-in for the kubelet does the rest."""
    waiting = {".metadata.deletionTimestamp": "DoesNotExist", ".status.podIP": "DoesNotExist"}
    return [stage("address", waiting, next={"statusTemplate": running(ready=False)})]


@final
@dataclass(frozen=True, kw_only=True)
class DataPath:
    """A stack and the way to its models."""

    scenario: Scenario
    url: str
    """Where the Gateway answers."""
    round_robin_url: str
    """Where the same model servers answer in turn, without routes and picker."""

    @property
    def api(self) -> Api:
        """The cluster's API."""
        return self.scenario.api

    def servers(self, model: str) -> dict[str, RunningPod]:
        """Running model servers by Pod."""
        running_now = running_pods(self.scenario.run)
        names = {pod["metadata"]["name"] for pod in self.scenario.pods(model)}
        return {name: pod for name, pod in running_now.items() if name in names}

    def ready_servers(self, model: str) -> dict[str, RunningPod]:
        """Those of them that the API server knows as ready, and that nobody deleted."""
        ready = {
            pod["metadata"]["name"]
            for pod in self.scenario.pods(model)
            if "deletionTimestamp" not in pod["metadata"]
            for condition in pod["status"].get("conditions", ())
            if condition["type"] == "Ready" and condition["status"] == "True"
        }
        return {name: pod for name, pod in self.servers(model).items() if name in ready}

    def complete_servers(self, model: str, count: int) -> dict[str, RunningPod]:
        """Wait until that many servers are ready and have every adapter of the stack file.

        Raises:
            TimeoutError: when they are not in time.

        """
        lora = self.scenario.engine.section("models")[0]["lora"]
        adapters = {adapter["name"] for adapter in lora["adapters"]}

        def found() -> dict[str, RunningPod] | None:
            running_now = self.ready_servers(model)
            try:
                whole = all(models(pod) >= adapters for pod in running_now.values())
            except requests.RequestException:
                return None
            return running_now if whole and len(running_now) == count else None

        return wait_for("servers with all adapters", found, _START)

    def change(self, **settings: Any) -> None:  # noqa: ANN401 any YAML
        """Change the stack's first model, without an update."""
        models = self.scenario.engine.section("models")
        models[0].update(settings)
        self.scenario.engine.change("models", models)


@contextmanager
def data_path(folder: Path, stack: str = "local") -> Generator[DataPath]:
    """Start everything for a stack, before its first update."""
    with ExitStack() as running_parts:
        network = PodNetwork()
        running_parts.callback(network.close)
        play = PodPlay(cidr=network.cidr, stages=_stages())
        started = running_parts.enter_context(scenario(folder, stack, play))
        variables = {**os.environ, **environment(started.run), "PYTHONPATH": _PATH}
        for name in ("gateway", "kubelet"):
            command = [sys.executable, "-m", f"data_path.{name}"]
            process = Process(command, folder / f"{name}.log", variables)
            running_parts.callback(process.stop)
        ports = wait_for("Envoy's ports", lambda: _ports(folder))
        yield DataPath(
            scenario=started,
            url=f"http://{_HOST}:{ports['gateway']}",
            round_robin_url=f"http://{_HOST}:{ports['roundRobin']}",
        )


def _ports(folder: Path) -> dict[str, int] | None:
    try:
        return gateway_ports(folder)
    except (FileNotFoundError, ValueError):
        return None
