"""What vLLM 0.32 says of its start: memory by part, and when it came to each step."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, final

_NUMBER: Final = r"([\d.,]+)"
_FIGURES: Final[tuple[tuple[str, str], ...]] = (
    ("loadingGib", rf"Model loading took {_NUMBER} GiB"),
    ("loadingSeconds", rf"Model loading took [\d.]+ GiB memory and {_NUMBER} seconds"),
    ("compileSeconds", rf"torch\.compile took {_NUMBER} s in total"),
    ("profileSeconds", rf"Initial profiling/warmup run took {_NUMBER} s"),
    ("graphGib", rf"CUDA graph pool memory: {_NUMBER} GiB \(actual\)"),
    ("graphEstimateGib", rf"GiB \(actual\), {_NUMBER} GiB \(estimated\)"),
    ("availableCacheGib", rf"Available KV cache memory: {_NUMBER} GiB"),
    ("cacheTokens", rf"GPU KV cache size: {_NUMBER} tokens"),
    ("concurrency", rf"Maximum concurrency for [\d,]+ tokens per request: {_NUMBER}x"),
    ("context", rf"Maximum concurrency for {_NUMBER} tokens per request"),
    ("captureSeconds", rf"Graph capturing finished in {_NUMBER} secs"),
    ("engineInitSeconds", rf"init engine \(.*\) took {_NUMBER} s"),
    ("freeAtStartGib", rf"Free memory on device \({_NUMBER}/"),
    ("totalGib", rf"Free memory on device \([\d.]+/{_NUMBER} GiB\)"),
    ("usableGib", rf"Desired GPU memory utilization is \([\d.]+, {_NUMBER} GiB\)"),
    ("consumedGib", rf"Actual usage is {_NUMBER} GiB for consumed memory"),
    ("peakActivationGib", rf"{_NUMBER} GiB for peak activation"),
)
_STEPS: Final[tuple[tuple[str, str], ...]] = (
    ("arguments", r"non-default args"),
    ("engine", r"Initializing a V1 LLM engine"),
    ("load", r"Starting to load model"),
    ("loaded", r"Model loading took"),
    ("compiled", r"torch\.compile took"),
    ("graphsEstimated", r"Available KV cache memory"),
    ("captured", r"CUDA graph pool memory"),
    ("initialized", r"init engine \("),
    ("listening", r"Application startup complete"),
)


@final
@dataclass(frozen=True, kw_only=True)
class LogLine:
    """A line of the log, and the seconds from the start until it was written."""

    at: float
    text: str


def figures(lines: Iterable[LogLine]) -> dict[str, float]:
    """Figures by name. Of several GPUs and of what is said twice, the largest."""
    found: dict[str, float] = {}
    for line in lines:
        for name, pattern in _FIGURES:
            match = re.search(pattern, line.text)
            if match:
                value = float(match[1].replace(",", "").rstrip("."))
                found[name] = max(found.get(name, value), value)
    return found


def steps(lines: Sequence[LogLine]) -> dict[str, float]:
    """Seconds from the start until each step was first spoken of."""
    found: dict[str, float] = {}
    for line in lines:
        for name, pattern in _STEPS:
            if name not in found and re.search(pattern, line.text):
                found[name] = round(line.at, 1)
    return found
