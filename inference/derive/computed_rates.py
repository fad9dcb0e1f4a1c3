"""The rate that the roofline alone gives a replica: the highest at which its objectives hold."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, final

from inference.config.measurement import Measurement
from inference.config.slo import Slo
from inference.config.traffic import Traffic
from inference.derive.replay import Latencies, Lengths, replay
from inference.derive.roofline import StepCost

_HALVINGS: Final = 9
_MILLISECONDS: Final = 1e7


@final
@dataclass(frozen=True, kw_only=True)
class Objectives:
    """Latencies that 95 % of requests and gaps between tokens keep, in milliseconds."""

    first_token: float = _MILLISECONDS
    inter_token: float = _MILLISECONDS

    def hold(self, first_token: float, inter_token: float) -> bool:
        """Whether measured or computed latencies keep them."""
        return first_token <= self.first_token and inter_token <= self.inter_token


def objectives(slo: Slo) -> Objectives | None:
    """The latencies of `slo`; None where it names none."""
    first, inter = slo.time_to_first_token_p95_ms, slo.inter_token_p95_ms
    if first is None and inter is None:
        return None
    return Objectives(first_token=first or _MILLISECONDS, inter_token=inter or _MILLISECONDS)


def lengths_of(traffic: Traffic | Measurement) -> Lengths:
    """The lengths of a request."""
    return Lengths(
        input=traffic.input_tokens,
        output=traffic.output_tokens,
        shared_prefix=traffic.shared_prefix,
    )


def _holds(found: Latencies, wanted: Objectives) -> bool:
    return found.keeps_up and wanted.hold(found.first_token_p95, found.inter_token_p95)


@lru_cache(maxsize=512)
def computed_rate(cost: StepCost, lengths: Lengths, wanted: Objectives) -> float:
    """The rate by the roofline alone."""
    whole = lengths.input + lengths.output
    if cost.cache_tokens < whole:
        return 0
    # A request cannot take less than its share of full steps.
    batch = max(1, min(cost.most_running, cost.cache_tokens // whole))
    decode = lengths.output * cost.seconds(batch, batch * whole, 0, 0) / batch
    high = 1.2 / max(decode, lengths.computed * cost.prompt_token)
    low = high / 1000
    if not _holds(replay(cost, lengths, low), wanted):
        return 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _holds(replay(cost, lengths, middle), wanted):
            low = middle
        else:
            high = middle
    return low
