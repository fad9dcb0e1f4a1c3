"""`inference load` through the data path, on servers that are as slow as one measured on a GPU.

No request can be answered sooner than such a server answers, on a busy machine much later: bounds
are either half of what it takes or far beyond, and how near a prediction comes is only reported.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from data_path.stack import DataPath, data_path
from harness.toolchain import ROOT, TOOLCHAIN

from inference.config.finding import PROJECT
from inference.derive.measured import FOLDER, Point, parse
from inference.derive.replay import Lengths

_MODEL: Final = "Qwen/Qwen3-32B"
_LENGTHS: Final = Lengths(input=8192, output=128, shared_prefix=0.75)
_REPLICAS: Final = 1
_SECONDS: Final = 30
_WIDEST: Final = 0.29
"""Standard deviation over mean; the simulator takes less than 30 %."""
_P95: Final = 1.645
"""Standard deviations from the mean to the 95th percentile of a normal distribution."""
_LEAST: Final = 0.7
"""Of a predicted latency, in a sample of some 30 requests."""
_BEYOND: Final = 1000


def _slowest_rate() -> Point:
    """The measured load at the lowest rate, which few cores can play."""
    content = json.loads((FOLDER / "qwen3-32b.h200.json").read_text(encoding="utf-8"))
    return min(parse(content).by_lengths()[_LENGTHS], key=lambda point: point.rate)


_POINT: Final = _slowest_rate()
_MODEL_SETTINGS: Final[Mapping[str, Any]] = {
    "name": "qwen",
    "model": _MODEL,
    "servedName": _MODEL,
    "replicas": _REPLICAS,
    "gpu": {"accelerator": "nvidia-h200-141gb", "count": 1},
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataPath]:
    """A stack whose simulated servers have the latencies of the measured one."""
    mean = _POINT.first_token_p95 / (1 + _P95 * _WIDEST)
    slow = [
        f"--time-to-first-token={mean:.1f}ms",
        f"--time-to-first-token-std-dev={mean * _WIDEST:.1f}ms",
        # The load tool's gap between tokens is the mean of a request's: a spread would vanish.
        f"--inter-token-latency={_POINT.inter_token_p95:.1f}ms",
    ]
    with data_path(tmp_path_factory.mktemp("load")) as started:
        simulated = {**_MODEL_SETTINGS, "engine": "simulator", "extraArgs": slow}
        started.scenario.engine.change("models", [simulated])
        started.scenario.engine.up()
        yield started


def _stack(folder: Path, first_token_ms: float) -> Path:
    """The stack that the simulated servers stand for, with an objective."""
    sections = {
        "cluster": {"mode": "existing", "context": "kind-inference"},
        "gateway": {"className": "agentgateway", "wait": False},
        "models": [dict(_MODEL_SETTINGS)],
        "slo": {"timeToFirstTokenP95Ms": first_token_ms, "interTokenP95Ms": _BEYOND},
        "traffic": {
            "requestsPerSecond": round(_POINT.rate * _REPLICAS, 2),
            "inputTokens": _LENGTHS.input,
            "outputTokens": _LENGTHS.output,
            "sharedPrefix": _LENGTHS.shared_prefix,
            "peakFactor": 1,
        },
    }
    file = folder / "Pulumi.measured.yaml"
    config = {f"{PROJECT}:{key}": value for key, value in sections.items()}
    file.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    return file


def _inference(*words: str) -> tuple[int, dict[str, Any]]:
    """Run a command with its JSON."""
    tool = TOOLCHAIN / "load" / "bin"
    result = subprocess.run(  # noqa: S603 the command itself
        [sys.executable, "-m", "inference", *words, "--json"],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{os.environ['PATH']}{os.pathsep}{tool}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout, result.stderr
    return result.returncode, json.loads(result.stdout)


def test_load_shows_what_was_predicted_beside_what_it_measures(
    path: DataPath, tmp_path: Path, report: Callable[[str], None]
) -> None:
    file = _stack(tmp_path, round(_POINT.first_token_p95 / 2))
    options = ["--config", str(file), "--url", path.url, "--seconds", str(_SECONDS), "--record"]
    ended, content = _inference("load", *options)
    for line in content["lines"]:
        report(f"{line['name']}: {line['message']}")

    lines = {line["objective"]: line for line in content["lines"] if "objective" in line}
    first, between = lines["timeToFirstTokenP95Ms"], lines["interTokenP95Ms"]
    assert ended == 1
    assert (first["status"], between["status"]) == ("problem", "ok")
    assert first["predicted"] == pytest.approx(_POINT.first_token_p95, rel=0.01)
    assert between["predicted"] == pytest.approx(_POINT.inter_token_p95, rel=0.01)
    assert first["measured"] >= _LEAST * first["predicted"]
    assert between["measured"] >= _LEAST * between["predicted"]
    _, plan = _inference("plan", "--config", str(file))
    assert plan["capacity"][0]["measuredHere"]
