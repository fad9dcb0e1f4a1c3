"""When a Pod with adapters is ready: the probe's own program, against a server that lacks some."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final, final

import pytest
import yaml

from components.serving.lora_syncer import READY_SCRIPT
from inference.derive.syncer import LoraAdapters, adapters_config

_DEADLINE: Final = 60
Probe = Callable[[], tuple[int, str]]


@final
class _Server(ThreadingHTTPServer):
    """Answers as a model server that has these adapters."""

    adapters: set[str]

    @property
    def port(self) -> int:
        return self.server_address[1]


@final
class _Models(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        names = ("base", *self.server.adapters)
        body = json.dumps({"data": [{"id": name} for name in names]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 as in the base class
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[_Server]:
    found = _Server(("127.0.0.1", 0), _Models)
    found.adapters = set()
    Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def probe(server: _Server, tmp_path: Path) -> Probe:
    """What the kubelet runs: its exit status and what it says."""
    wanted = LoraAdapters(base_model="base", sources={"food": "a/b", "cad": "c/d"}, retired=["old"])
    config = tmp_path / "configmap.yaml"
    config.write_text(yaml.safe_dump(adapters_config("llama", server.port, wanted)))
    command = [sys.executable, str(READY_SCRIPT), str(config), str(tmp_path)]

    def run() -> tuple[int, str]:
        arguments = [*command, str(tmp_path / "log"), str(_DEADLINE)]
        found = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603
        return found.returncode, found.stdout + found.stderr

    return run


def test_ready_with_every_adapter_and_from_then_on(server: _Server, probe: Probe) -> None:
    server.adapters = {"food"}
    assert probe() == (1, "not loaded yet: cad\n")
    server.adapters = {"food", "cad"}
    assert probe() == (0, "")
    # An adapter that is added later is loaded while the server answers for the others.
    server.adapters = {"food"}
    assert probe() == (0, "")


def test_a_bad_adapter_keeps_a_pod_out_for_a_time_only(
    server: _Server, probe: Probe, tmp_path: Path
) -> None:
    server.adapters = {"food"}
    assert probe()[0] == 1
    long_ago = time.time() - _DEADLINE
    os.utime(tmp_path / "answered", (long_ago, long_ago))
    assert probe() == (0, "")
    assert (tmp_path / "log").read_text() == "ready without cad: not loaded in 60 s\n"


def test_a_server_that_starts_anew_has_to_load_them_anew(
    server: _Server, probe: Probe, tmp_path: Path
) -> None:
    server.adapters = {"food", "cad"}
    assert probe() == (0, "")
    server.shutdown()
    server.server_close()
    status, words = probe()
    assert (status, "the server does not answer" in words) == (1, True)
    assert not (tmp_path / "ready").exists()
