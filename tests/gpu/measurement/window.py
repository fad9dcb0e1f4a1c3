"""What is counted in a window of time, while a load goes on around it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Final, final

_RUNNING: Final = "vllm:num_requests_running"
_WAITING: Final = "vllm:num_requests_waiting"
_CACHE: Final = "vllm:kv_cache_usage_perc"
_OUTPUT: Final = "vllm:generation_tokens_total"
_PROMPT: Final = "vllm:prompt_tokens_total"
_FINISHED: Final = "vllm:request_success_total"
_LOOKED_UP: Final = "vllm:prefix_cache_queries_total"
_FOUND: Final = "vllm:prefix_cache_hits_total"
_PREEMPTED: Final = "vllm:num_preemptions_total"


@final
@dataclass(kw_only=True)
class Flight:
    """One request. Times are those of time.perf_counter."""

    arrived: float
    first: float | None = None
    """When its first token came."""
    ended: float | None = None
    failure: str | None = None


@final
@dataclass(kw_only=True)
class Observed:
    """What the client saw."""

    flights: list[Flight] = field(default_factory=list[Flight])
    gaps: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """When a token came, and how long after the one before."""
    latest: float = 0.0
    """By how much an arrival was late, at most."""

    @classmethod
    def of_all(cls, parts: Sequence["Observed"]) -> "Observed":
        """What several clients saw. Their times are of one machine's clock."""
        return cls(
            flights=[flight for part in parts for flight in part.flights],
            gaps=[gap for part in parts for gap in part.gaps],
            latest=max(part.latest for part in parts),
        )


@final
@dataclass(frozen=True, kw_only=True)
class Window:
    """From `begin` to `end`, looked at again at `seen`, after first tokens were waited for."""

    begin: float
    end: float
    seen: float
    states: Sequence[Mapping[str, float]]
    """The server's metrics, from the first moment to the last."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.begin

    def has(self, time: float | None) -> bool:
        """Whether a time lies in it."""
        return time is not None and self.begin <= time < self.end

    def levels(self, name: str) -> list[float]:
        """A gauge, by and by."""
        return [state.get(name, 0.0) for state in self.states]

    def growth(self, name: str) -> float:
        """By how much a counter grew."""
        return self.levels(name)[-1] - self.levels(name)[0]

    def per_second(self, name: str) -> float:
        """The same a second."""
        return round(self.growth(name) / self.seconds, 2)


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value below which that share lies; None without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _milliseconds(values: Sequence[float]) -> dict[str, float | None]:
    found = {name: percentile(values, share) for name, share in (("p50", 0.5), ("p95", 0.95))}
    return {name: None if v is None else round(v * 1000, 1) for name, v in found.items()}


def _level(values: Sequence[float]) -> dict[str, float]:
    return {"first": values[0], "mean": round(fmean(values), 1), "last": values[-1]}


def summary(window: Window, observed: Observed) -> dict[str, Any]:
    """A load point, its rate left out.

    The first token's time is of the requests that arrived in the window; gaps between tokens and
    whole requests count where they end in it. A request without a first token counts with the time
    that it has waited.
    """
    flights = [flight for flight in observed.flights if window.has(flight.arrived)]
    failed = [flight for flight in flights if flight.failure is not None]
    answered = [flight for flight in flights if flight.failure is None]
    whole = [
        flight.ended - flight.arrived
        for flight in observed.flights
        if flight.ended is not None and flight.failure is None and window.has(flight.ended)
    ]
    running, cache = window.levels(_RUNNING), window.levels(_CACHE)
    looked_up = window.growth(_LOOKED_UP)
    return {
        "seconds": round(window.seconds, 1),
        "requests": len(flights),
        "failed": len(failed),
        "failures": sorted({flight.failure for flight in failed if flight.failure}),
        "withoutFirstToken": sum(flight.first is None for flight in answered),
        "ttftMs": _milliseconds([(f.first or window.seen) - f.arrived for f in answered]),
        "interTokenMs": _milliseconds([gap for at, gap in observed.gaps if window.has(at)]),
        "requestMs": _milliseconds(whole),
        "outputTokensPerSecond": window.per_second(_OUTPUT),
        "promptTokensPerSecond": window.per_second(_PROMPT),
        "finishedPerSecond": window.per_second(_FINISHED),
        "kvCacheUsage": {"mean": round(fmean(cache), 4), "max": round(max(cache), 4)},
        "running": _level(running),
        "runningGrowthPerSecond": window.per_second(_RUNNING),
        "waiting": _level(window.levels(_WAITING)),
        "prefixHits": round(window.growth(_FOUND) / looked_up, 3) if looked_up else 0,
        "preemptions": window.growth(_PREEMPTED),
        "arrivalsLateMs": round(observed.latest * 1000, 1),
    }
