"""The rehearsal of its page, command by command, on the stack as it is committed.

What needs a container runtime, the Internet or Pulumi's Python language host is done by the tests'
own parts instead, and said so at the end of the run; every other command runs as it is written.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pytest
from data_path.stack import DataPath, data_path
from harness.toolchain import ROOT

_STACK: Final = "local"
_FORWARDED: Final = "http://127.0.0.1:8080"
"""Where the page's port-forward makes the Gateway answer."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataPath]:
    """A cluster with the Gateway API and a controller, without the stack."""
    with data_path(tmp_path_factory.mktemp("rehearsal"), _STACK) as started:
        yield started


def commands() -> list[str]:
    """The commands of the rehearsal."""
    page = (ROOT / "docs" / "rehearsal.md").read_text(encoding="utf-8")
    block = re.search(r"^<!-- rehearsal -->\n```sh\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    assert block, "the page has no rehearsal"
    return block.group(1).strip().splitlines()


def _nothing(_: DataPath) -> None:
    """It was done when the cluster was started."""


def _up(cluster: DataPath) -> None:
    steps = cluster.scenario.engine.up().steps
    assert set(steps.values()) == {"create"}


_REPLACED: Final[Mapping[str, tuple[str, Callable[[DataPath], None]]]] = {
    "kind create cluster": ("the test control plane, with kubelet and network played", _nothing),
    "kubectl apply --server-side --filename https://": ("the Gateway API of its module", _nothing),
    "helm install": ("Envoy, configured from the program's routes", _nothing),
    "pulumi stack init": ("the real engine's Automation API", _nothing),
    "pulumi up": ("the real engine's Automation API, with the program inline", _up),
    "kubectl port-forward": ("the port on which that Envoy listens", _nothing),
}


def test_the_page_leads_to_answered_requests(
    cluster: DataPath, report: Callable[[str], None]
) -> None:
    ran: list[str] = []
    for command in commands():
        stand_in = next((key for key in _REPLACED if command.startswith(key)), None)
        if stand_in:
            what, act = _REPLACED[stand_in]
            act(cluster)
            report(f"by {what}: {command}")
            continue
        words = shlex.split(command.replace(_FORWARDED, cluster.url))
        result = subprocess.run(  # noqa: S603 the page's
            words,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "120"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        ran.append(command)
        report(f"as written: {command}")
        for line in result.stdout.splitlines():
            report(f"    {line.rstrip()}")
    assert any("inference smoke" in command for command in ran)
