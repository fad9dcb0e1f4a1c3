"""The folder of one run: what its processes, which do not know each other, tell each other."""

import json
import os
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, final

VARIABLE: Final = "ENGINE_TEST_RUN"
"""Environment variable by which stand-ins find the folder."""


@final
@dataclass(frozen=True, kw_only=True)
class Operation:
    """One step of a stand-in.

    Attributes:
        who: `gcp`, `kubernetes` or `gateway`.
        what: such as `create`, `delete` or `programmed`.
        target: type and name, such as `HTTPRoute/inference-gateway`.
        start: seconds since the epoch.
        end: the same; equal to `start` for an instant.
        failed: why it failed, or "".
        name: the resource's name in the program; "" for what no program asked for.

    """

    who: str
    what: str
    target: str
    start: float
    end: float
    failed: str = ""
    name: str = ""

    @property
    def kind(self) -> str:
        """Kind of the target, such as `HTTPRoute`."""
        return self.target.partition("/")[0]


@final
@dataclass(frozen=True)
class RunFolder:
    """Paths of a run, and its log of operations."""

    path: Path

    @classmethod
    def from_environment(cls) -> Self:
        """The folder that the parent process named."""
        return cls(Path(os.environ[VARIABLE]))

    @property
    def cloud(self) -> Path:
        """A file for each object of the stand-in for Google Cloud."""
        return self._folder("cloud")

    @property
    def faults(self) -> Path:
        """A file for each fault that is to happen once."""
        return self._folder("faults")

    @property
    def charts(self) -> Path:
        """A folder for each upstream chart, named as in its registry, and version."""
        return self._folder("charts")

    @property
    def programs(self) -> Path:
        """First folder of PATH."""
        return self._folder("bin")

    @property
    def admin_kubeconfig(self) -> Path:
        """Kubeconfig of the control plane, as its owner has it."""
        return self.path / "kubeconfig"

    @property
    def latency(self) -> Mapping[str, float]:
        """Seconds by kind: how much longer a stand-in takes."""
        file = self.path / "latency.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def set_latency(self, seconds: Mapping[str, float]) -> None:
        """Slow the stand-ins down."""
        (self.path / "latency.json").write_text(json.dumps(dict(seconds)), encoding="utf-8")

    def _folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def _log(self) -> Path:
        return self.path / "operations.jsonl"

    def record(self, operation: Operation) -> None:
        """Append one line; lines this short are written whole, whoever else writes."""
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(vars(operation)) + "\n")

    @contextmanager
    def recorded(self, who: str, what: str, target: str, name: str = "") -> Generator[None]:
        """Record an operation with its duration, and why it failed."""
        start = time.time()
        failed = ""
        try:
            yield
        except Exception as error:
            failed = str(error) or type(error).__name__
            raise
        finally:
            self.record(
                Operation(
                    who=who,
                    what=what,
                    target=target,
                    start=start,
                    end=time.time(),
                    failed=failed,
                    name=name,
                )
            )

    def operations(self) -> list[Operation]:
        """Everything recorded, in the order in which it ended."""
        if not self._log.exists():
            return []
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [Operation(**json.loads(line)) for line in lines]
