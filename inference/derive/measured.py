"""Reads the load points in catalog/measured, and finds those of a model's kind."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, final

from inference import catalog
from inference.catalog.models import MODELS
from inference.config.models import Model
from inference.derive.replay import Lengths
from inference.derive.roofline import in_8_bit

FOLDER: Final = Path(catalog.__file__).with_name("measured")


@final
@dataclass(frozen=True, kw_only=True)
class Point:
    """A load that was kept up for some time, and what callers saw. Milliseconds."""

    rate: float
    """Requests a second that arrived."""
    lengths: Lengths
    first_token_p50: float
    first_token_p95: float
    inter_token_p50: float
    inter_token_p95: float


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


def _point(row: Mapping[str, Any]) -> Point:
    return Point(
        rate=row["rate"],
        lengths=Lengths(
            input=row["input"], output=row["output"], shared_prefix=row.get("shared_prefix", 0)
        ),
        first_token_p50=row["ttft_ms"]["50"],
        first_token_p95=row["ttft_ms"]["95"],
        inter_token_p50=row["itl_ms"]["50"],
        inter_token_p95=row["itl_ms"]["95"],
    )


def parse(content: Mapping[str, Any]) -> Configuration:
    """A configuration from its JSON; points by number of clients are left out."""
    return Configuration(
        model=content["model"],
        accelerator=content["accelerator"],
        gpus=content["gpus"],
        in_8_bit=content.get("quantization") == "fp8",
        with_lora=content.get("lora", False),
        date=content["date"],
        points=tuple(_point(row) for row in content["points"] if row.get("rate")),
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
