"""Parts of docs/capacity.md: the model's constants, and its error against what was measured."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import Final, final

from inference.catalog.accelerator_speed import (
    ACTIVE_SOURCE,
    CALIBRATION,
    CALIBRATION_SOURCE,
    SPEED_SOURCE,
    SPEEDS,
)
from inference.derive.capacity import corrected_rate
from inference.derive.computed_rates import Objectives, computed_rate
from inference.derive.measured import Configuration, configurations
from inference.derive.measured_rates import WIDEST, measured_rate
from inference.derive.replay import Lengths
from inference.derive.roofline import step_cost
from scripts.page_words import cited, model_of, name_of


@final
@dataclass(frozen=True, kw_only=True)
class Error:
    """A rate that was measured, and what is said of it without its own lengths' points."""

    configuration: Configuration
    lengths: Lengths
    wanted: Objectives
    measured: float
    predicted: float
    alone: float
    """What the roofline says, without any point."""

    @property
    def error(self) -> float:
        """The prediction's, as a share of what was measured."""
        return self.predicted / self.measured - 1


_WANTED: Final = (
    Objectives(first_token=500),
    Objectives(first_token=1500, inter_token=100),
)


def _errors() -> Iterator[Error]:
    """Each length of each configuration, predicted from its other lengths."""
    for measured in configurations():
        cost = step_cost(model_of(measured))
        if cost is None:
            continue
        for lengths, points in measured.by_lengths().items():
            others = tuple(point for point in measured.points if point.lengths != lengths)
            for wanted in _WANTED:
                found = measured_rate(points, wanted)
                if found is None:
                    continue
                rest = replace(measured, points=others)
                predicted = corrected_rate(cost, rest, lengths, wanted)
                yield Error(
                    configuration=measured,
                    lengths=lengths,
                    wanted=wanted,
                    measured=found,
                    predicted=predicted.requests_per_second,
                    alone=computed_rate(cost, lengths, wanted),
                )


def _lengths(lengths: Lengths) -> str:
    shared = f", {lengths.shared_prefix:.0%} shared" if lengths.shared_prefix else ""
    return f"{lengths.input} / {lengths.output}{shared}"


def _within(wanted: Objectives) -> str:
    inter = f", {wanted.inter_token:g}" if wanted.inter_token < 1e6 else ""  # noqa: PLR2004 none
    return f"{wanted.first_token:g}{inter}"


def errors() -> Iterator[str]:
    """Each measured rate beside its prediction."""
    found = list(_errors())
    sizes = [abs(error.error) for error in found]
    alone = [abs(error.alone / error.measured - 1) for error in found]
    yield (
        "A measured rate is interpolated between two loads at most "
        f"{WIDEST:g} times apart, of which the lower one kept the objectives and the higher did "
        "not. While the number of running requests grows, latencies do too: such a load can show "
        "that it is too much, and not that it holds.\n"
    )
    yield (
        f"Of {len(found)} rates, each predicted without the points of its own lengths, the median "
        f"error is {median(sizes):.0%} and the largest {max(sizes):.0%}; of the data sheet alone "
        f"{median(alone):.0%} and {max(alone):.0%}. Requests a second; within: p95 of the first "
        "token and, where named, between tokens, in ms.\n"
    )
    yield "| model and GPUs | tokens | within | measured | predicted | error | data sheet alone |"
    yield "|---|---|---|---|---|---|---|"
    for error in found:
        yield (
            f"| {name_of(error.configuration)} | {_lengths(error.lengths)} | "
            f"{_within(error.wanted)} | {error.measured:.2f} | {error.predicted:.2f} | "
            f"{error.error:+.0%} | {error.alone:.2f} |"
        )


def constants() -> Iterator[str]:
    """Data sheets, and what vLLM reaches of them."""
    yield "| GPU | memory, TB/s | 16 bit, TFLOPS | 8 bit | link, GB/s |"
    yield "|---|---|---|---|---|"
    for name, speed in SPEEDS.items():
        yield (
            f"| {name} | {speed.bandwidth_tb:g} | {speed.bf16_tflops:g} | {speed.fp8_tflops:g} | "
            f"{speed.link_gb:g} |"
        )
    yield ""
    yield (
        f"Of these vLLM reaches {CALIBRATION.bandwidth:.0%} of the bandwidth and "
        f"{CALIBRATION.compute:.0%} of the multiplications, in 8 bit "
        f"{CALIBRATION.compute_8_bit:.0%}; a step takes "
        f"{CALIBRATION.step_ms:g} ms besides, each running request "
        f"{CALIBRATION.sequence_us:g} µs, each prompt {CALIBRATION.prompt_ms:g} ms, "
        "each layer on several GPUs "
        f"{CALIBRATION.layer_us:g} µs, each request {CALIBRATION.request_ms:g} ms before its "
        f"prompt is scheduled, and each token {CALIBRATION.token_us:g} µs to be sent. With "
        f"adapters, each layer takes {CALIBRATION.adapter_us:g} µs more, and in steps above 512 "
        f"tokens {CALIBRATION.large_adapter_us / 1e3:g} ms. Fitted to "
        f"H100 and H200, and taken for the others, which were not measured: "
        f"{cited(CALIBRATION_SOURCE)}."
    )
    yield ""
    yield f"GPUs: {cited(SPEED_SOURCE)}. Models with experts: {cited(ACTIVE_SOURCE)}."
