"""Series of load points: rates that rise until the first token comes too late."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

from measurement.calls import call, samples
from measurement.load import OpenLoop, Traffic

LATE_MS: Final = 2000.0
"""A rate is too high when the 95th percentile of the first token's time is above this."""
LENGTHS: Final = ((1024, 256), (4096, 512), (512, 512), (8192, 128))
SHARED: Final = 0.75
FIRST: Final = 0.6
"""The first rate as a share of the predicted one, at which the first token comes too late."""
_FACTOR: Final = 1.3


@final
@dataclass(frozen=True, kw_only=True)
class Budget:
    """How long points may take. Seconds."""

    window: float = 8.0
    longest_window: float = 15.0
    requests: int = 30
    """As many arrivals are wanted in a window, where it need not be too long for that."""
    settle: float = 4.0
    longest_settle: float = 12.0
    series: float = 75.0
    """For all points of one kind of traffic."""
    only: tuple[str, ...] = ()
    """Names of the kinds of traffic to measure; all when empty."""

    def seconds(self, rate: float) -> float:
        """The length of a window at a rate."""
        return max(self.window, min(self.longest_window, self.requests / rate))


def _late(point: dict[str, Any]) -> bool:
    first = point["ttftMs"]["p95"]
    return first is None or first > LATE_MS


def _request_seconds(point: dict[str, Any], traffic: Traffic) -> float:
    first, between = point["ttftMs"]["p50"] or 0, point["interTokenMs"]["p50"] or 0
    return (first + between * traffic.output_tokens) / 1000


async def _idle(port: int) -> None:
    """Wait until nothing runs, a few seconds at most."""
    for _ in range(20):
        answer = await asyncio.to_thread(call, f"http://127.0.0.1:{port}/metrics", None, 10)
        found = samples(answer.text)
        if not found.get("vllm:num_requests_running") and not found.get(
            "vllm:num_requests_waiting"
        ):
            return
        await asyncio.sleep(0.25)


async def series(  # noqa: PLR0913 what one series is
    port: int,
    traffic: Traffic,
    first: float,
    *,
    deadline: float,
    budget: Budget,
    keep: Callable[[dict[str, Any]], None],
) -> None:
    """Measure points at rising rates, then one between the last two. `deadline` is monotonic."""
    loop = OpenLoop(port, traffic)
    good, bad, settle, rate = 0.0, math.inf, budget.settle, first
    try:
        while time.monotonic() + settle + budget.seconds(rate) < deadline:
            point = await loop.point(rate, settle, budget.seconds(rate))
            keep(point)
            if _late(point):
                bad = min(bad, rate)
                # The backlog of a rate that was too high is none of the next rate's business.
                await loop.stop()
                await _idle(port)
            else:
                good = max(good, rate)
            between = math.isfinite(bad)
            if between and (good == 0 or bad / good < _FACTOR**0.6):
                break
            rate = math.sqrt(good * bad) if between else rate * _FACTOR
            wanted = _request_seconds(point, traffic)
            settle = max(budget.settle, min(budget.longest_settle, wanted))
    finally:
        await loop.stop()
        await _idle(port)
