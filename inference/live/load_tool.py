"""Runs guidellm, the load tool, and reads its report.

Not imported but started, so that neither it nor what it needs has to be installed to use the rest.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.live.errors import ServiceError, refused
from inference.live.targets import Target

_TOOL: Final = "guidellm"
_REQUIREMENTS: Final = "requirements/load.txt"
_PROMPTS: Final = 256
_SENTENCES: Final = 16
_OUTPUT_TOKENS: Final = 128
_MARGIN_SECONDS: Final = 300
"""For the tool's start and its report; after that it is taken to hang."""
_LONGEST_WORDS: Final = 200


@final
class ToolError(ServiceError):
    """The tool gave no report."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


@final
class _Percentiles(_Part):
    p95: float = Field(ge=0, allow_inf_nan=False)


@final
class _Distribution(_Part):
    count: int = 0
    total_sum: float = 0
    percentiles: _Percentiles


@final
class _ByOutcome(_Part):
    successful: _Distribution


@final
class _Metrics(_Part):
    time_to_first_token_ms: _ByOutcome
    inter_token_latency_ms: _ByOutcome
    output_token_count: _ByOutcome


@final
class _Totals(_Part):
    successful: int = 0
    errored: int = 0


@final
class _Benchmark(_Part):
    metrics: _Metrics
    request_totals: _Totals
    duration: float


@final
class _Report(_Part):
    benchmarks: tuple[_Benchmark, ...]


@final
@dataclass(frozen=True, kw_only=True)
class Load:
    """How much is asked of the stack."""

    seconds: float
    concurrency: int


@final
@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured of one model; None for what was not."""

    requests: int
    """Requests that were answered or failed; not those that the end cut off."""
    first_token_ms: float | None
    inter_token_ms: float | None
    error_rate: float | None
    tokens_per_second: float | None


def find_tool() -> str:
    """The path of the tool, beside this Python or on PATH.

    Raises:
        RefusedError: when it is nowhere.

    """
    path = shutil.which(_TOOL, path=str(Path(sys.executable).parent)) or shutil.which(_TOOL)
    if path is None:
        identifier, message = "live.no-load-tool", f"{_TOOL}, which makes the load, is missing"
        fix = f"{sys.executable} -m pip install --requirement {_REQUIREMENTS}"
        raise refused(identifier, "", message, fix)
    return path


def _prompts() -> str:
    """Prompts that begin differently, so that no server has them cached."""
    lines = [
        {
            "prompt": f"{number}. Why is the sky blue? " + "Explain it step by step. " * _SENTENCES,
            "output_tokens_count": _OUTPUT_TOKENS,
        }
        for number in range(_PROMPTS)
    ]
    return "\n".join(map(json.dumps, lines))


def _run(command: list[str], seconds: float) -> None:
    try:
        result = subprocess.run(  # noqa: S603 arguments are ours, and there is no shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds + _MARGIN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"{_TOOL} did not end {_MARGIN_SECONDS} s after it should have"
        raise ToolError(message, "look at the model servers, and try again") from None
    except OSError as error:
        message = f"{command[0]} cannot be run: {error.strerror}"
        raise ToolError(message, f"install {_REQUIREMENTS} anew") from None
    if result.returncode:
        words = [line.strip() for line in result.stderr.splitlines() if line.strip()]
        last = words[-1][:_LONGEST_WORDS] if words else "without a word"
        message = f"{_TOOL} failed: {last}"
        raise ToolError(message, "inference smoke shows whether the model answers")


def _measured(benchmark: _Benchmark) -> Measured:
    metrics, totals = benchmark.metrics, benchmark.request_totals
    requests = totals.successful + totals.errored
    first = metrics.time_to_first_token_ms.successful
    between = metrics.inter_token_latency_ms.successful
    tokens = metrics.output_token_count.successful
    # Of what was counted 0 times, the report says 0, which would pass for very fast.
    return Measured(
        requests=requests,
        first_token_ms=first.percentiles.p95 if first.count else None,
        inter_token_ms=between.percentiles.p95 if between.count else None,
        error_rate=totals.errored / requests if requests else None,
        tokens_per_second=tokens.total_sum / benchmark.duration
        if tokens.count and benchmark.duration > 0
        else None,
    )


def measure(tool: str, target: Target, load: Load) -> Measured:
    """Load one model and measure it.

    Raises:
        ToolError: when there is no report.

    """
    with tempfile.TemporaryDirectory() as name:
        prompts, report = Path(name) / "prompts.jsonl", Path(name) / "benchmarks.json"
        prompts.write_text(_prompts(), encoding="utf-8")
        options = {
            "--target": target.url.removesuffix("/v1"),
            "--model": target.name,
            "--data": str(prompts),
            "--rate-type": "concurrent",
            "--rate": str(load.concurrency),
            "--max-seconds": f"{load.seconds:g}",
            "--backend-args": json.dumps({"headers": dict(target.headers)}),
            "--output-path": str(report),
            "--output-sampling": "0",
        }
        parts = [part for option in options.items() for part in option]
        quiet = ["--disable-progress", "--disable-console-outputs"]
        _run([tool, "benchmark", "run", *parts, *quiet], load.seconds)
        try:
            (benchmark,) = _Report.model_validate_json(report.read_bytes()).benchmarks
        except (OSError, ValidationError, ValueError):
            message = f"the report of {_TOOL} cannot be read"
            raise ToolError(message, f"install {_REQUIREMENTS} anew") from None
    return _measured(benchmark)
