"""Reads the load points in catalog/measured, and finds those of a model's kind."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any, Final, final

from inference import catalog
from inference.catalog.models import MODELS
from inference.config.models import Model
from inference.derive.engines.sizing import in_8_bit
from inference.derive.replay import Lengths

_NEVER: Final = 1e6
"""Milliseconds that stand for a token which did not come while it was waited for."""
_BY_CHANCE: Final = 2.5
"""Standard deviations of a difference between requests that arrive and end by chance."""
FOLDER: Final = Path(catalog.__file__).with_name("measured")


@final
@dataclass(frozen=True, kw_only=True)
class Point:
    """A load that was kept up for some time, and what callers saw. Milliseconds."""

    rate: float
    """Requests a second that arrived."""
    lengths: Lengths
    first_token_p95: float
    inter_token_p95: float
    steady: bool = True
    """Whether as many requests ended as arrived. While their number grows, latencies do too: such a
    point can show that a load is too much, and not that it holds."""


@final
@dataclass(frozen=True, kw_only=True)
class Configuration:
    """A server that was measured."""

    model: str
    accelerator: str
    gpus: int
    in_8_bit: bool
    with_lora: bool
    date: str
    points: tuple[Point, ...]

    def by_lengths(self) -> Mapping[Lengths, Sequence[Point]]:
        """The points, those of equal lengths together."""
        found = defaultdict[Lengths, list[Point]](list)
        for point in self.points:
            found[point.lengths].append(point)
        return found


def _point(row: Mapping[str, Any], lengths: Lengths) -> Point:
    first, between = row["ttftMs"], row["interTokenMs"]
    grown = row.get("runningGrowthPerSecond", 0) * row.get("seconds", 0)
    return Point(
        rate=row["rate"],
        lengths=lengths,
        first_token_p95=first["p95"] or _NEVER,
        inter_token_p95=between["p95"] or _NEVER,
        steady=grown <= _BY_CHANCE * sqrt(2 * row.get("requests", 0)),
    )


def _points(
    series: Iterable[Mapping[str, Any]], served: str, *, with_lora: bool
) -> Iterator[Point]:
    """Points of the adapters, where there are any: the base model's beside them are faster."""
    for row in series:
        lengths = Lengths(
            input=row["inputTokens"],
            output=row["outputTokens"],
            shared_prefix=row["sharedPrefix"],
        )
        if (row["model"] != served) == with_lora:
            yield from (_point(point, lengths) for point in row["points"])


def parse(content: Mapping[str, Any]) -> Configuration:
    """A configuration from the file that `scripts/gpu-test` writes."""
    machine, settings = content["machine"], content["settings"]
    served = settings.get("servedName") or settings["model"]
    with_lora = settings["lora"] is not None
    return Configuration(
        model=settings["model"],
        accelerator=machine["accelerator"],
        gpus=machine["gpusUsed"],
        in_8_bit=settings["quantization"] == "fp8",
        with_lora=with_lora,
        date=content["date"],
        points=tuple(_points(content.get("load", ()), served, with_lora=with_lora)),
    )


@cache
def configurations() -> tuple[Configuration, ...]:
    """Everything that was measured, in the order of the files' names."""
    return tuple(
        parse(json.loads(file.read_text(encoding="utf-8")))
        for file in sorted(FOLDER.glob("*.json"))
    )


def _same_shape(model: Model, name: str) -> bool:
    """Whether two models differ at most in what their weights hold."""
    facts, other = model.facts, MODELS.get(name)
    if facts is None or other is None or facts.attention is None or other.attention is None:
        return False
    one, two = facts.attention, other.attention
    return (facts.parameters_billion, one.layers, one.heads, one.kv_heads) == (
        other.parameters_billion,
        two.layers,
        two.heads,
        two.kv_heads,
    )


def matching(model: Model, measured: Iterable[Configuration]) -> Configuration | None:
    """What was measured of a model's shape on its GPUs; with adapters or without, as it has them.

    None where nothing was, or only with adapters what has none, or the other way round.
    """
    for found in measured:
        if (found.accelerator, found.gpus, found.in_8_bit, found.with_lora) != (
            model.gpu.accelerator,
            model.gpu.count,
            in_8_bit(model),
            model.lora is not None,
        ):
            continue
        if _same_shape(model, found.model):
            return found
    return None
