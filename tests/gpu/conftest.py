"""A rendered model server on this machine's GPUs, for each stack of `cases`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpu_cases import CASES, ROOT, Case
from measurement.machine import gpus
from measurement.record import start, started
from measurement.rendered import Rendered, read
from prediction import model_of, predict
from running import Running


def _render(stack: Path, out: Path) -> Rendered:
    command = [sys.executable, "-m", "inference", "render", "--config", str(stack), "--out"]
    subprocess.run([*command, str(out)], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 our own
    return read(out)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The server of a case, ready; skipped where there are too few GPUs."""
    case: Case = request.param
    found = len(gpus())
    if found < case.gpus:
        pytest.skip(f"{case.name} needs {case.gpus} GPUs, and there are {found}")
    work = tmp_path_factory.mktemp(case.name)
    stack = case.write(work)
    rendered = _render(stack, work / "rendered")
    server = start(rendered, work / "server")
    try:
        ready = server.wait_until_ready(rendered.startup)
        yield Running(
            case=case,
            rendered=rendered,
            server=server,
            start=started(server, ready),
            predicted=predict(model_of(stack)),
            work=work / "server",
        )
    finally:
        server.process.kill()
