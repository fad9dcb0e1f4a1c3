"""Replays requests that arrive by chance through a server that batches continuously, as vLLM does.

Each step decodes a token of every running request and fills the rest of its token budget with
prompts, first come first served; a prompt longer than what is left goes on in the next step. All
prompts and answers have the average length. Random numbers are the same in every replay, so that
the results of two rates differ by the rates alone.
"""

import random
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from math import ceil
from typing import Final, final

from inference.derive.roofline import StepCost

_REQUESTS: Final = 5000
_COUNTED: Final = 500
"""First tokens in a window."""
_BLOCK: Final = 250
_MOST_STEPS: Final = 32
"""In which a prompt is computed, so that a long one in small steps is replayed in seconds."""
_BEHIND: Final = 1.08
"""Requests that arrive, as a multiple of those that end, beyond which a server does not keep up."""


@final
@dataclass(frozen=True, kw_only=True)
class Lengths:
    """Tokens of a request."""

    input: int
    output: int
    shared_prefix: float = 0
    """Share of the input that is cached already."""

    @property
    def computed(self) -> int:
        """Tokens of the prompt that are not cached."""
        return max(1, round(self.input * (1 - self.shared_prefix)))


@final
@dataclass(frozen=True, kw_only=True)
class Latencies:
    """What callers would see, in milliseconds."""

    first_token_p95: float
    inter_token_p95: float
    keeps_up: bool
    """Whether requests do not wait longer and longer."""
    cached: float
    """Tokens in the KV cache, on average."""
    waiting: float
    """Requests that wait for their prompt to be computed, on average."""


@cache
def _arrivals() -> tuple[float, ...]:
    """Times at which requests arrive, one a second on average, and so in each block of them.

    Else one window would be fuller than another by chance, and its latencies be taken for the
    rate's.
    """
    source = random.Random(20261128)  # noqa: S311 a simulation, not a secret
    gaps = list[float]()
    for _ in range(_REQUESTS // _BLOCK):
        block = [source.expovariate(1) for _ in range(_BLOCK)]
        gaps += [gap * _BLOCK / sum(block) for gap in block]
    return tuple(accumulate(gaps))


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def _weighted_p95(steps: list[tuple[float, int]]) -> float:
    """Of steps' times, each counted once for every request that waited for it."""
    total, seen = sum(count for _, count in steps), 0
    for seconds, count in sorted(steps):
        seen += count
        if seen >= 0.95 * total:
            return seconds
    return 0


@final
@dataclass(kw_only=True)
class _Window:
    """What was seen while `_COUNTED` requests got their first token."""

    first_tokens: list[float] = field(default_factory=list[float])
    """Seconds that requests waited for it."""
    gaps: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """Times of steps, and how many requests waited for each."""
    arrived: float = 0.0
    ended: int = 0
    seconds: float = 0.0
    cached: float = 0.0
    """Tokens in the KV cache, times seconds."""
    waiting: float = 0.0
    """Requests whose prompt waits, times seconds."""

    @property
    def keeps_up(self) -> bool:
        """Whether as many requests end as arrive; while a server fills, and before, fewer do."""
        return 0 < self.arrived <= self.ended * _BEHIND


@final
class _Server:
    """One model server: what runs, what waits, and the clock."""

    def __init__(self, cost: StepCost, lengths: Lengths, rate: float) -> None:
        self._cost = cost
        self._whole = lengths.computed
        self._input = lengths.input
        self._output = lengths.output
        self._rate = rate
        self._budget = max(cost.token_budget, lengths.computed // _MOST_STEPS)
        self._limit = max(cost.cache_tokens, lengths.input + lengths.output)
        self._arrivals = deque(gap / rate for gap in _arrivals())
        self._waiting = deque[float]()
        self._begun = 0.0
        """Tokens of the first waiting prompt that are computed."""
        self._running = self._step = 0
        self._cached = 0.0
        """Tokens in the KV cache."""
        self._ends = deque[tuple[int, int]]()
        """Steps at which requests end, and how many do."""
        self._now = self._sent = 0.0
        """When the last step ended, and when its tokens had all been sent."""
        self.window = _Window()

    def run(self) -> None:
        """Serve one window after another until as many requests end as arrive, or none is left."""
        while not self.window.keeps_up and len(self._arrivals) >= _COUNTED:
            self.window, begin = _Window(), self._now
            while len(self.window.first_tokens) < _COUNTED and (self._arrivals or self._waiting):
                self._serve()
            self.window.arrived = self._rate * (self._now - begin)

    def _serve(self) -> None:
        # What sends tokens also takes requests: they wait behind the tokens of earlier steps.
        late = max(0.0, self._sent - self._now - self._running * self._cost.token)
        arrivals, taken = self._arrivals, self._now - late
        while arrivals and arrivals[0] <= taken:
            self._waiting.append(arrivals.popleft())
        if self._waiting or self._running:
            self._one_step()
        else:
            self._now = max(self._arrivals[0] + late, self._now)

    def _prompts(self) -> tuple[float, float, int]:
        """Tokens of prompts in this step, their attention, and how many prompts end in it."""
        if not self._waiting:
            return 0.0, 0.0, 0
        cost, whole, cached = self._cost, self._whole, self._input - self._whole
        left, tokens, square, ready = float(self._budget - self._running), 0.0, 0.0, 0
        while ready < len(self._waiting) and left > 0:
            held = self._running + ready
            full = self._cached + (ready + 1) * self._input > self._limit - held
            if held and (full or held >= cost.most_running):
                break
            part = min(left, whole - self._begun)
            square += part * (cached + self._begun + part / 2)
            tokens, left, self._begun = tokens + part, left - part, self._begun + part
            if self._begun < whole:
                break
            ready, self._begun = ready + 1, 0.0
        return tokens, square, ready

    def _undisturbed(self) -> int:
        """Steps until a request ends or another arrives: they can be taken together."""
        most = max(1, self._ends[0][0] - self._step)
        if most == 1 or not self._arrivals:
            return most
        seconds = self._cost.seconds(self._running, self._cached, 0, 0)
        return max(1, min(most, ceil((self._arrivals[0] - self._now) / seconds)))

    def _one_step(self) -> None:
        cost, window, running = self._cost, self.window, self._running
        tokens, square, ready = self._prompts()
        steps = self._undisturbed() if running and not tokens else 1
        cached = self._cached + running * (steps - 1) / 2
        seconds = cost.seconds(running, cached, tokens, square) + ready * cost.prompt
        whole = seconds * steps
        self._now += whole
        sending = (running + ready) * cost.token
        sent = max(self._sent + sending * steps, self._now + sending)
        gap, self._sent = max(seconds, (sent - self._sent) / steps), sent
        self._step += steps
        window.gaps.append((gap, running * steps))
        window.seconds += whole
        window.cached += cached * whole
        window.waiting += len(self._waiting) * whole
        self._cached += running * steps
        while self._ends and self._ends[0][0] <= self._step:
            _, count = self._ends.popleft()
            self._running -= count
            window.ended += count
            self._cached -= count * (self._input + self._output)
        if ready:
            window.first_tokens += [self._sent - self._waiting.popleft() for _ in range(ready)]
            self._running += ready
            self._cached += ready * (self._input + 1)
            self._ends.append((self._step + self._output - 1, ready))


def replay(cost: StepCost, lengths: Lengths, rate: float) -> Latencies:
    """Latencies at `rate` requests a second, of one server that holds at least one request."""
    server = _Server(cost, lengths, rate)
    server.run()
    window = server.window
    return Latencies(
        first_token_p95=(_p95(window.first_tokens) + cost.request) * 1e3,
        inter_token_p95=_weighted_p95(window.gaps) * 1e3,
        keeps_up=window.keeps_up,
        cached=window.cached / window.seconds,
        waiting=window.waiting / window.seconds,
    )
