"""Stand-in for the kubelets: a process of its own that runs what Pods consist of.

kwok gives a Pod its node and address. From there on this process starts its programs, tells the API
server when every container is ready, starts again what ended, keeps files from ConfigMaps up to
date, and when the Pod is deleted waits for its preStop time, ends its programs and then the Pod.
"""

import os
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any, Final, final

import requests
import yaml
from harness.api import Api, ApiError, NotFoundError, Object, persistent
from harness.nodes import connect
from harness.processes import Process
from harness.run_folder import RunFolder

from data_path.containers import Container, container, inside
from data_path.grpc_health import is_serving
from data_path.objects import entries, section
from data_path.pods import RunningPod, announce, withdraw

_POLL: Final = 0.1
_FILES_EVERY: Final = 0.5
"""Seconds between looks at ConfigMaps; a kubelet may take a minute."""
_PROBE_TIMEOUT: Final = 1
_COMMAND_EVERY: Final = 1
"""Seconds between runs of a probe that is a command."""
_SPREAD: Final = 0.3
"""Seconds in which Envoy plays a draining server before the real one gets SIGTERM."""
_TRANSITION: Final = "2026-01-01T00:00:00Z"


def _pre_stop(spec: Mapping[str, Any]) -> float:
    return float(section(spec, "lifecycle", "preStop", "sleep").get("seconds", 0))


@final
class PodRun:
    """One Pod from its address to its end."""

    def __init__(self, run: RunFolder, api: Api, pod: Object) -> None:
        """Start its programs."""
        self._run = run
        self._api = api
        self._pod = pod
        self._spec = pod["spec"]
        self._main = pod["spec"]["containers"][-1]
        self.name = str(pod["metadata"]["name"])
        self._folder = run.path / "pods" / self.name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ready = False
        self._command_due = 0.0
        self._ends: tuple[float, float] | None = None
        """When its programs get SIGTERM, and when SIGKILL."""
        self._draining = False
        self._told = False
        self.update_files()
        specs = [*entries(self._spec, "initContainers"), *self._spec["containers"]]
        credentials = self._credentials()
        self._containers = [container(pod, spec, self._folder, credentials) for spec in specs]
        self._processes = {one.name: self._start(one) for one in self._containers}
        self._announce()

    def _credentials(self) -> Path | None:
        """A kubeconfig with the Pod's ServiceAccount, if it is to have one."""
        if self._spec.get("automountServiceAccountToken") is False:
            return None
        namespace = self._pod["metadata"]["namespace"]
        account = self._spec.get("serviceAccountName", "default")
        token = persistent(lambda: self._api.account_token(account, namespace))
        access = yaml.safe_load(self._run.admin_kubeconfig.read_text(encoding="utf-8"))
        access["users"][0]["user"] = {"token": token}
        file = self._folder / "kubeconfig"
        file.write_text(yaml.safe_dump(access), encoding="utf-8")
        return file

    def update_files(self) -> None:
        """Write the files of its ConfigMaps, where they changed."""
        namespace = self._pod["metadata"]["namespace"]
        for volume in entries(self._spec, "volumes"):
            (self._folder / volume["name"]).mkdir(exist_ok=True)
            source = section(volume, "configMap")
            found = self._api.get("v1", "ConfigMap", source["name"], namespace) if source else None
            for name, text in section(found or {}, "data").items():
                file = self._folder / volume["name"] / name
                if not file.exists() or file.read_text(encoding="utf-8") != text:
                    file.write_text(text, encoding="utf-8")

    def _start(self, one: Container) -> Process:
        log = self._folder / f"{one.name}.log"
        return Process(one.command, log, {**os.environ, **one.variables}, one.folder)

    def _announce(self) -> None:
        ports = {port: local for one in self._containers for port, local in one.ports.items()}
        processes = {name: process.pid for name, process in self._processes.items()}
        address = str(self._pod["status"]["podIP"])
        pod = RunningPod(
            name=self.name,
            address=address,
            ports=ports,
            processes=processes,
            draining=self._draining,
        )
        announce(self._run, pod)

    def delete(self, grace: float) -> None:
        """Begin its end: `grace` seconds from now, at the latest."""
        if self._ends is None:
            now = time.monotonic()
            self._ends = (now + _pre_stop(self._main), now + grace)

    def step(self) -> bool:
        """Bring it one step further; False when it is gone."""
        if self._ends is not None:
            return self._end(*self._ends)
        for one in self._containers:
            if not self._processes[one.name].is_running:
                self._tell_ready(ready=False)
                self._processes[one.name] = self._start(one)
                self._announce()
        if not self._ready and self._is_ready():
            self._tell_ready(ready=True)
        return True

    def _end(self, terminate: float, kill: float) -> bool:
        main = self._processes[self._main["name"]]
        now = time.monotonic()
        if now >= terminate and not self._draining:
            self._draining = True
            self._announce()
        if now >= terminate + _SPREAD and not self._told:
            self._told = True
            with suppress(ProcessLookupError):
                main.send(SIGTERM)
        if main.is_running and now < kill:
            return True
        # Native sidecars end last.
        for process in self._processes.values():
            process.stop(SIGKILL)
        withdraw(self._run, self.name)
        with suppress(NotFoundError):
            persistent(lambda: self._api.finish(self._pod))
        return False

    def stop(self) -> None:
        """End its programs at once."""
        for process in self._processes.values():
            process.stop(SIGKILL)

    def _is_ready(self) -> bool:
        sidecars = entries(self._spec, "initContainers")
        return self._answers(self._main) and all(map(self._succeeds, sidecars))

    def _answers(self, spec: Mapping[str, Any]) -> bool:
        probe = section(spec, "readinessProbe")
        address = self._pod["status"]["podIP"]
        if "httpGet" in probe:
            port = spec["ports"][0]["containerPort"]
            url = f"http://{address}:{port}{probe['httpGet']['path']}"
            with suppress(requests.RequestException):
                return requests.get(url, timeout=_PROBE_TIMEOUT).ok
            return False
        if "grpc" in probe:
            asked = section(probe, "grpc")
            return is_serving(f"{address}:{asked['port']}", asked.get("service", ""))
        return True

    def _succeeds(self, spec: Mapping[str, Any]) -> bool:
        """Whether a sidecar's probe does, which is a command."""
        words = section(spec, "readinessProbe", "exec").get("command")
        if words is None:
            return True
        if time.monotonic() < self._command_due:
            return False
        self._command_due = time.monotonic() + _COMMAND_EVERY
        one = next(one for one in self._containers if one.name == spec["name"])
        process = self._processes[one.name].pid
        result = subprocess.run(  # noqa: S603 the Pod's
            inside(words, spec, self._folder, process),
            env={**os.environ, **one.variables},
            capture_output=True,
            check=False,
        )
        with (self._folder / "probes.log").open("ab") as log:
            log.write(result.stdout + result.stderr)
        return result.returncode == 0

    def _tell_ready(self, *, ready: bool) -> None:
        self._ready = ready
        conditions = [
            {"type": kind, "status": str(ready), "lastTransitionTime": _TRANSITION}
            for kind in ("ContainersReady", "Ready")
        ]
        kept = {"type": "Initialized", "status": "True", "lastTransitionTime": _TRANSITION}
        status = {"status": {"conditions": [kept, *conditions]}}
        with suppress(NotFoundError):
            persistent(lambda: self._api.patch(self._pod, status, status=True))


@final
class Kubelet:
    """Every Pod of the cluster."""

    def __init__(self, run: RunFolder, api: Api) -> None:
        self._run = run
        self._api = api
        self._pods: dict[str, PodRun] = {}
        self._files_due = 0.0

    def step(self) -> None:
        """One look at all Pods."""
        for pod in self._api.find_all("v1", "Pod"):
            metadata = pod["metadata"]
            uid = str(metadata["uid"])
            if "deletionTimestamp" in metadata:
                self._delete(uid, pod)
            elif uid not in self._pods and pod.get("status", {}).get("podIP"):
                self._pods[uid] = PodRun(self._run, self._api, pod)
        if time.monotonic() > self._files_due:
            self._files_due = time.monotonic() + _FILES_EVERY
            for one in self._pods.values():
                one.update_files()
        self._pods = {uid: one for uid, one in self._pods.items() if one.step()}

    def _delete(self, uid: str, pod: Object) -> None:
        if uid in self._pods:
            self._pods[uid].delete(float(pod["metadata"].get("deletionGracePeriodSeconds") or 0))
        else:
            with suppress(NotFoundError):
                self._api.finish(pod)


def main() -> None:
    """Play until the process is ended, through restarts of the API server."""
    run = RunFolder.from_environment()
    kubelet = Kubelet(run, connect(run))
    while True:
        with suppress(ApiError):
            kubelet.step()
        time.sleep(_POLL)


if __name__ == "__main__":
    main()
