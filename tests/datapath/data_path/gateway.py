"""Stand-in for the gateway controller's other half: a process that keeps Envoy configured.

Beside `harness.gateway_controller`, which writes the status of Gateways and routes, this one makes
them work: HTTPRoutes, InferencePools and the pools' pickers as the API server has them become the
configuration of an Envoy. It also plays the network in which Pods have addresses.
"""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, final

import yaml
from harness.api import Api, ApiError, Object
from harness.nodes import connect
from harness.processes import Process, free_port
from harness.run_folder import RunFolder

from data_path.containers import ENVIRONMENT
from data_path.envoy import bootstrap, clusters, listeners, server_routes
from data_path.envoy_routes import envoy_routes
from data_path.pods import RunningPod, running_pods

_POLL: Final = 0.05
_API_EVERY: Final = 0.5
_POOL_API: Final = "inference.networking.k8s.io/v1"
_GATEWAY_API: Final = "gateway.networking.k8s.io/v1"


@final
class Gateway:
    """One Envoy."""

    def __init__(self, run: RunFolder, api: Api) -> None:
        """Start Envoy, still without listeners."""
        self._run = run
        self._api = api
        self._folder = run.path / "envoy"
        self._folder.mkdir()
        self._written: dict[str, Any] = {}
        self._routes: Sequence[Mapping[str, Any]] = ()
        self._pools: Sequence[Object] = ()
        self._due = 0.0
        self._ports = {name: free_port() for name in ("gateway", "roundRobin", "admin")}
        self._write("listeners", [])
        self._write("clusters", [])
        file = self._folder / "envoy.yaml"
        configuration = bootstrap(self._ports["admin"], str(self._folder))
        file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
        command = [str(ENVIRONMENT / "bin" / "envoy"), "--config-path", str(file)]
        options = ["--concurrency", "1", "--use-dynamic-base-id", "--drain-time-s", "1"]
        self._envoy = Process([*command, *options], run.path / "envoy.log")
        (run.path / "gateway.json").write_text(json.dumps(self._ports), encoding="utf-8")

    def _write(self, name: str, resources: list[dict[str, Any]]) -> None:
        """Replace a file if it is to change; Envoy sees files that are moved in."""
        if self._written.get(name) == resources:
            return
        version = str(time.time())
        text = json.dumps({"version_info": version, "resources": resources})
        partial = self._folder / f".{name}"
        partial.write_text(text, encoding="utf-8")
        partial.rename(self._folder / f"{name}.yaml")
        self._written[name] = resources

    def step(self) -> None:
        """Bring Envoy's configuration up to date."""
        self._envoy.check()
        if time.monotonic() > self._due:
            self._due = time.monotonic() + _API_EVERY
            self._routes = envoy_routes(self._api.find_all(_GATEWAY_API, "HTTPRoute"))
            self._pools = self._api.find_all(_POOL_API, "InferencePool")
        pods = running_pods(self._run)
        pickers = {
            str(pool["metadata"]["name"]): address
            for pool in self._pools
            if (address := self._picker(pool, pods))
        }
        servers: list[tuple[str, int]] = []
        for pool in self._pools:
            port = int(pool["spec"]["targetPorts"][0]["number"])
            for pod in pods.values():
                if port in pod.ports:
                    servers.append((pod.address, port))
                    self._write(pod.name, [server_routes(pod, port)])
        # Clusters first: a listener may name only what exists.
        self._write("clusters", clusters(pickers, pods.values(), servers))
        folder = str(self._folder)
        found = listeners(self._ports, self._routes, pods.values(), servers, folder)
        self._write("listeners", found)

    def _picker(self, pool: Object, pods: Mapping[str, RunningPod]) -> tuple[str, int] | None:
        """Address of a pool's picker, by the Service that the pool names."""
        reference = pool["spec"]["endpointPickerRef"]
        port = int(reference["port"]["number"])
        for pod in pods.values():
            # A Service selects its Pods by labels; the chart names them after it.
            if pod.name.startswith(f"{reference['name']}-") and port in pod.ports:
                return pod.address, port
        return None


def main() -> None:
    """Keep Envoy configured until the process is ended, through restarts of the API server."""
    run = RunFolder.from_environment()
    gateway = Gateway(run, connect(run))
    while True:
        with suppress(ApiError):
            gateway.step()
        time.sleep(_POLL)


def gateway_ports(folder: Path) -> dict[str, int]:
    """Ports of a run: `gateway`, `roundRobin` and `admin`."""
    return json.loads((folder / "gateway.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
