"""Child processes that never outlive the tests, and waiting for conditions."""

import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar, final

_POLL: Final = 0.05
_STOP: Final = 10
_STARTER: Final = ThreadPoolExecutor(1)
"""Starts every child: to the kernel, a child's parent is the thread that started it."""
LESS_COLLECTING: Final = {"GOGC": "400"}
"""Variables for programs in Go that live for seconds: memory they have, and processors are few."""
_PORTS: Final = iter(random.sample(range(10_000, 32_768), 22_768))
"""Above those of Pods, below those that Linux gives to outgoing connections."""
_T = TypeVar("_T")


class StartError(Exception):
    """A process ended before it was ready."""


def free_port() -> int:
    """A port that nobody listens on, given once by this process: it may be bound much later.

    The kernel's own choice (port 0) comes again while nobody has bound it, and may be taken by an
    outgoing connection in between; these are below its range.

    Raises:
        StartError: when none is found.

    """
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            return port
    message = "no port is free"
    raise StartError(message)


def wait_for(what: str, probe: Callable[[], _T | None], seconds: float = 60) -> _T:
    """Ask until the answer is true.

    Raises:
        TimeoutError: when it is not within `seconds`.

    """
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            message = f"waited {seconds:g} s for {what}"
            raise TimeoutError(message)
        time.sleep(_POLL)


def _bound_to_parent(command: Sequence[str]) -> list[str]:
    """The kernel ends the child when its parent dies, however that dies (util-linux's setpriv)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *command] if setpriv else list(command)


@final
class Process:
    """A running program whose output goes to a file."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = Path(command[0]).name
        self.log = log
        with log.open("ab") as output:
            self._process = _STARTER.submit(
                subprocess.Popen,
                _bound_to_parent(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=folder,
            ).result()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raise when it has ended.

        Raises:
            StartError: with the end of its output.

        """
        if not self.is_running:
            tail = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
            message = f"{self.name} ended with {self._process.returncode}:\n{tail}"
            raise StartError(message)

    def wait_until(self, what: str, probe: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for a condition while it runs.

        Raises:
            StartError: when it ends before.
            TimeoutError: when it takes longer.

        """

        def alive() -> bool:
            self.check()
            return probe()

        wait_for(f"{self.name}: {what}", alive, seconds)

    def send(self, how: signal.Signals) -> None:
        """Send it a signal; one that has ended gets none."""
        self._process.send_signal(how)

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = _STOP) -> None:
        """End it and wait for its end, at most `seconds` until it is killed."""
        if self.is_running:
            self.send(how)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
