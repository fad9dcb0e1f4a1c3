"""Runs guidellm, the load tool, and reads its report.

Not imported but started, so that neither it nor what it needs has to be installed to use the rest.
"""

import json
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final, final

from pydantic import AliasPath, BaseModel, ConfigDict, Field

from inference.config.finding import refuse
from inference.live.programs import ProgramError, run
from inference.live.targets import Target

_TOOL: Final = "guidellm"
_REQUIREMENTS: Final = "requirements/load.txt"
_PROMPTS: Final = 2000
"""Prompts for a load whose number of requests is not known before; then they begin again."""
_SPARE: Final = 1.3
"""Prompts for each request that is to be sent: arrivals come by chance."""
_WORDS: Final = tuple(
    "the of and to in is that it was for on are as with they be at one have this from or had by "  # noqa: SIM905 a list of texts is longer
    "but some what there we can out other were all your when up use word how said each she which "
    "do their time if will way about many then them would write like so these her long make".split()
)
"""Words that are one token to every tokenizer of the catalog's models."""
_FAILED: Final = "inference smoke shows whether the model responds"
_MARGIN_SECONDS: Final = 300
"""For the tool's start and its report; after that it is taken to hang."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


@final
class _Distribution(_Part):
    count: int = 0
    total_sum: float = 0
    p95: float = Field(ge=0, allow_inf_nan=False, validation_alias=AliasPath("percentiles", "p95"))


def _answered(metric: str) -> _Distribution:
    """Field of a metric, of the requests that were answered."""
    return Field(validation_alias=AliasPath("metrics", metric, "successful"))


@final
class _Benchmark(_Part):
    first: _Distribution = _answered("time_to_first_token_ms")
    between: _Distribution = _answered("inter_token_latency_ms")
    tokens: _Distribution = _answered("output_token_count")
    answered: int = Field(validation_alias=AliasPath("request_totals", "successful"))
    failed: int = Field(validation_alias=AliasPath("request_totals", "errored"))
    duration: float


@final
class _Report(_Part):
    benchmarks: tuple[_Benchmark]


@final
@dataclass(frozen=True, kw_only=True)
class Load:
    """How much is asked of the stack."""

    seconds: float
    requests_per_second: float | None
    """Rate at which requests arrive by chance, whether or not earlier ones were answered; None
    for a number of callers of whom each waits for its answer."""
    concurrency: int
    """That number."""
    input_tokens: int
    output_tokens: int
    shared_prefix: float
    """Share of a prompt that all begin with."""


@final
@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured of one model; None for what was not."""

    first_token_ms: float | None
    inter_token_ms: float | None
    error_rate: float | None
    """Of requests that were answered or failed; not of those that the end cut off."""
    tokens_per_second: float | None
    requests_per_second: float | None
    """Requests that were answered."""


def find_tool() -> str:
    """The path of the tool, beside this Python or on PATH.

    Raises:
        RefusedError: when it is nowhere.
    """
    path = shutil.which(_TOOL, path=str(Path(sys.executable).parent)) or shutil.which(_TOOL)
    if path is None:
        refuse(
            "live.no-load-tool",
            "",
            f"{_TOOL}, which generates the load, is missing",
            f"{sys.executable} -m pip install --requirement {_REQUIREMENTS}",
        )
    return path


def prompts(load: Load) -> str:
    """Prompts that differ after their shared part, so that no server has the rest cached."""
    source = random.Random(load.input_tokens)  # noqa: S311 words, not a secret
    shared = round(load.input_tokens * load.shared_prefix)
    prefix = "".join(f"{word} " for word in source.choices(_WORDS, k=shared))
    count = _PROMPTS
    if load.requests_per_second is not None:
        count = ceil(load.requests_per_second * load.seconds * _SPARE) + 1
    lines = (
        {
            "prompt": f"{prefix}{number}. "
            + " ".join(source.choices(_WORDS, k=max(1, load.input_tokens - shared - 3))),
            "output_tokens_count": load.output_tokens,
        }
        for number in range(count)
    )
    return "\n".join(map(json.dumps, lines))


def _measured(found: _Benchmark) -> Measured:
    requests, seconds = found.answered + found.failed, found.duration
    tokens = found.tokens
    # Of what was counted 0 times, the report says 0, which would pass for very fast.
    return Measured(
        first_token_ms=found.first.p95 if found.first.count else None,
        inter_token_ms=found.between.p95 if found.between.count else None,
        error_rate=found.failed / requests if requests else None,
        tokens_per_second=tokens.total_sum / seconds if tokens.count and seconds > 0 else None,
        requests_per_second=found.answered / seconds if seconds > 0 else None,
    )


def measure(tool: str, target: Target, load: Load) -> Measured:
    """Load one model and measure it.

    Raises:
        ServiceError: when there is no report.
    """
    with tempfile.TemporaryDirectory() as name:
        file, report = Path(name) / "prompts.jsonl", Path(name) / "benchmarks.json"
        file.write_text(prompts(load), encoding="utf-8")
        rate = load.requests_per_second
        options = {
            "--target": target.url.removesuffix("/v1"),
            "--model": target.name,
            "--data": str(file),
            "--rate-type": "concurrent" if rate is None else "poisson",
            "--rate": str(load.concurrency) if rate is None else f"{rate:g}",
            "--max-seconds": f"{load.seconds:g}",
            "--backend-args": json.dumps({"headers": dict(target.headers)}),
            "--output-path": str(report),
            "--output-sampling": "0",
        }
        parts = [part for option in options.items() for part in option]
        quiet = ["--disable-progress", "--disable-console-outputs"]
        seconds = load.seconds + _MARGIN_SECONDS
        run(tool, ["benchmark", "run", *parts, *quiet], _FAILED, seconds=seconds)
        try:
            (benchmark,) = _Report.model_validate_json(report.read_bytes()).benchmarks
        except (OSError, ValueError):
            message = f"the report of {_TOOL} cannot be read"
            raise ProgramError(message, f"reinstall {_REQUIREMENTS}") from None
    return _measured(benchmark)
