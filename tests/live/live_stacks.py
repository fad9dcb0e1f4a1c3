"""Stack files, programs and runs of the command line that the tests of `live` share."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from inference.cli import main
from inference.config.finding import PROJECT as NAMESPACE

_AT_ONCE: Final = 0.2
HF_TOKEN: Final = "hf_aTokenThatNobodyMaySee"  # noqa: S105 of a server on loopback
LLAMA: Final = "meta-llama/Llama-3.1-8B-Instruct"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command gave."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object that stdout is."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def lines(self) -> dict[str, dict[str, Any]]:
        """Lines of the JSON object by their names."""
        lines: list[dict[str, Any]] = self.json["lines"]
        by_name = {line["name"]: line for line in lines}
        assert len(by_name) == len(lines)
        return by_name


class LiveStack:
    """A stack file, the programs on PATH, and the command line with both."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self._programs = folder / "bin"
        self._programs.mkdir()
        self.file = folder / "Pulumi.mine.yaml"
        self.forbidden: list[str] = [HF_TOKEN]
        monkeypatch.setenv("PATH", f"{self._programs}:/usr/bin:/bin")
        for name in ("HF_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "OPENAI_API_KEY"):
            monkeypatch.delenv(name, raising=False)
        self.write({})

    def write(self, sections: Mapping[str, Any], project: str = "test-project") -> None:
        """Write the stack file."""
        named: dict[str, Any] = {"models": [{}], **sections}
        config = {f"{NAMESPACE}:{key}": value for key, value in named.items()}
        content = {"config": {"gcp:project": project, **config}}
        self.file.write_text(json.dumps(content), encoding="utf-8")

    def program(self, name: str, script: str) -> None:
        """Put a shell script on PATH."""
        file = self._programs / name
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)

    def give_up_on(self, path: str) -> None:
        """Have requests for a path time out at once, while others have all the time they need."""
        send = httpx.Client.request

        def request(
            client: httpx.Client,
            method: str,
            url: str,
            **options: Any,  # noqa: ANN401 what httpx takes
        ) -> httpx.Response:
            if url.endswith(path):
                options["timeout"] = _AT_ONCE
            return send(client, method, url, **options)

        self._monkeypatch.setattr(httpx.Client, "request", request)

    def run(self, command: str, arguments: Sequence[str] = ()) -> Outcome:
        """Run a command on the stack file. No token may appear in what it prints."""
        status = main([command, "--config", str(self.file), *arguments])
        out, err = self._capsys.readouterr()
        for secret in self.forbidden:
            assert secret not in out + err
        assert "Traceback" not in out + err
        return Outcome(status=status, out=out, err=err)
