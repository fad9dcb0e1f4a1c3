"""Starts a rendered container's own command on this machine, and stops it."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, final

from measurement.calls import call
from measurement.rendered import Container, Rendered
from measurement.server_log import LogLine

RANDOM_WEIGHTS: Final = "--load-format=dummy"
"""The one argument that is not rendered."""
_LAST_WORDS: Final = 10.0
"""Seconds in which what a dead process wrote is read to its end."""
_FROM_MACHINE: Final = frozenset({"LD_LIBRARY_PATH"})
"""Variables that name places of the image."""


@final
class ServerError(Exception):
    """The server ended, or did not become ready."""


def local_environment(container: Container, volumes: Path) -> dict[str, str]:
    """The container's variables, with folders of volumes below `volumes` instead of in the root."""
    found: dict[str, str] = {}
    for name, value in container.environment.items():
        if name in _FROM_MACHINE:
            continue
        mount = next((m for m in container.mounts.values() if f"{value}/".startswith(f"{m}/")), "")
        found[name] = f"{volumes}{value}" if mount else value
    return found


@final
class Process:
    """A process that leads a session of its own, and what it has written so far."""

    def __init__(
        self, command: list[str], folder: Path, environment: Mapping[str, str], log: Path
    ) -> None:
        self.lines: list[LogLine] = []
        self.started = time.monotonic()
        self._log = log
        self._process = subprocess.Popen(  # noqa: S603 rendered by this program
            command,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        output = self._process.stdout
        if output is None:
            return
        with output, self._log.open("w", encoding="utf-8") as file:
            for text in output:
                line = LogLine(at=time.monotonic() - self.started, text=text.rstrip())
                self.lines.append(line)
                file.write(f"{line.at:8.1f} {line.text}\n")
                file.flush()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def text(self) -> str:
        """All that it wrote."""
        return "\n".join(line.text for line in list(self.lines))

    def terminate(self) -> None:
        """Send SIGTERM to the process alone, as the kubelet does."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> int | None:
        """Its exit code; None when it still runs after so long."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """End it and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(_LAST_WORDS)


@final
class Server:
    """A model server: the rendered command, arguments and variables.

    The folder of the model stands below the working directory under its repository's name, and so
    do those of the adapters: no rendered argument or ConfigMap need be changed to find them.
    """

    def __init__(self, rendered: Rendered, work: Path, log: Path) -> None:
        self.rendered = rendered
        self.url = f"http://127.0.0.1:{rendered.port}"
        self.command = [
            *rendered.server.command,
            *rendered.server.arguments,
            RANDOM_WEIGHTS,
        ]
        volumes = work / "volumes"
        for mount in rendered.server.mounts.values():
            (volumes / mount.lstrip("/")).mkdir(parents=True, exist_ok=True)
        environment = local_environment(rendered.server, volumes)
        self.process = Process(self.command, work, {**environment, "HF_HUB_OFFLINE": "1"}, log)

    def wait_until_ready(self, seconds: float) -> float:
        """Seconds from the start until /health answered 200.

        Raises:
            ServerError: when it ended before, or took longer.

        """
        while time.monotonic() - self.process.started < seconds:
            if call(f"{self.url}/health", timeout=1).status == 200:
                return time.monotonic() - self.process.started
            if self.process.exit_code is not None:
                message = f"the server ended with {self.process.exit_code}"
                raise ServerError(message)
            time.sleep(0.5)
        message = f"the server was not ready after {seconds:g} s"
        raise ServerError(message)
