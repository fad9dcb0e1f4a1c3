"""The endpoint picker against taking servers in turn, over the same simulated servers.

`python -m data_path.bench` prints a table. Both ways are measured in turns in one run, so that the
machine's other work is in both; each load has prompts of its own, as servers remember prefixes.
"""

import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, final

from rich.console import Console
from rich.table import Table

from data_path.load import Ask, ask_all, percentile
from data_path.stack import DataPath, data_path

_RELEASE: Final = "v1.5.0"
_MODEL: Final = "llama3-8b"
_BASE: Final = "meta-llama/Llama-3.1-8B-Instruct"
_REPLICAS: Final = 4
_CLIENTS: Final = 8
_ROUNDS: Final = 2
_ADAPTERS: Final = tuple(f"adapter-{number}" for number in range(6))
_MAX_LORAS: Final = 2
_WORDS: Final = 3000
_SETTINGS: Final[Mapping[str, Any]] = {
    "replicas": _REPLICAS,
    "extraArgs": [
        "--latency-calculator=per-token",
        # So slow that servers, and not the machine's processors, are what requests wait for.
        "--prefill-time-per-token=500us",
        "--inter-token-latency=20ms",
        "--max-num-seqs=8",
        "--enable-kvcache",
        # Larger than all prompts of a run: what servers forget is not what is measured.
        "--kv-cache-size=131072",
    ],
    "lora": {
        "maxLoras": _MAX_LORAS,
        "adapters": [{"name": name, "source": f"owner/{name}"} for name in _ADAPTERS],
    },
}


def _shared(tag: str) -> Iterator[Ask]:
    """12 long prefixes, each with 12 different ends."""
    for question, prefix in itertools.product(range(12), range(12)):
        text = f"{tag} document {prefix}. " + f"w{prefix} " * _WORDS
        yield Ask(model=_BASE, prompt=f"{text} Question {question}?")


def _adapters(tag: str) -> Iterator[Ask]:
    """Short prompts to six adapters, of which a server batches two."""
    chosen = random.Random(tag)  # noqa: S311 no secret
    for number in range(160):
        model = chosen.choice(_ADAPTERS)
        yield Ask(model=model, prompt=f"{tag} question {number}", tokens=12)


def _different(tag: str) -> Iterator[Ask]:
    """Long prompts that share nothing."""
    for number in range(48):
        yield Ask(model=_BASE, prompt=f"{tag} {number}. " + f"x{number} " * _WORDS)


_LOADS: Final[Mapping[str, Callable[[str], Iterator[Ask]]]] = {
    "shared prefixes": _shared,
    "multi-LoRA": _adapters,
    "all different": _different,
}


@final
@dataclass(frozen=True, kw_only=True)
class Measured:
    """One load by one way; seconds, and requests a second."""

    first50: float
    first95: float
    whole50: float
    whole95: float
    throughput: float
    failed: int

    @property
    def figures(self) -> tuple[float, ...]:
        """What is compared."""
        return (self.first50, self.first95, self.whole50, self.whole95, self.throughput)


def measure(url: str, asks: Iterator[Ask]) -> Measured:
    """Ask everything, and say how long it took."""
    start = time.monotonic()
    answers = ask_all(url, asks, _CLIENTS)
    seconds = time.monotonic() - start
    good = [answer for answer in answers if answer.ok]
    first = [answer.first - answer.start for answer in good]
    whole = [answer.end - answer.start for answer in good]
    return Measured(
        first50=percentile(first, 50),
        first95=percentile(first, 95),
        whole50=percentile(whole, 50),
        whole95=percentile(whole, 95),
        throughput=len(good) / seconds,
        failed=len(answers) - len(good),
    )


@contextmanager
def _stack(folder: Path) -> Generator[DataPath]:
    with data_path(folder) as path:
        path.scenario.engine.change("gatewayRelease", _RELEASE)
        path.change(**_SETTINGS)
        path.scenario.engine.up()
        path.complete_servers(_MODEL, _REPLICAS)
        yield path


def _row(rounds: list[Measured]) -> tuple[float, ...]:
    return tuple(median(values) for values in zip(*(one.figures for one in rounds), strict=True))


def main() -> int:
    """Measure every load both ways, and print medians and their ratios."""
    table = Table(title=f"picker {_RELEASE}, {_REPLICAS} servers, {_CLIENTS} clients", box=None)
    for heading in ("load", "way", "first p50", "p95", "whole p50", "p95", "requests/s", "failed"):
        table.add_column(heading, justify="left" if heading in {"load", "way"} else "right")
    with tempfile.TemporaryDirectory() as temporary, _stack(Path(temporary)) as path:
        ways = {"in turn": path.round_robin_url, "picker": path.url}
        for load, asks in _LOADS.items():
            measured: dict[str, list[Measured]] = {way: [] for way in ways}
            for turn, (way, url) in itertools.product(range(_ROUNDS), ways.items()):
                measured[way].append(measure(url, asks(f"{load} {turn} {way}")))
            rows = {way: _row(rounds) for way, rounds in measured.items()}
            for way, row in rows.items():
                *seconds, throughput = row
                failed = sum(one.failed for one in measured[way])
                times = [f"{value:.3f} s" for value in seconds]
                table.add_row(load, way, *times, f"{throughput:.1f}", str(failed))
            ratios = [
                mine / turned for mine, turned in zip(rows["picker"], rows["in turn"], strict=True)
            ]
            table.add_row("", "picker / in turn", *(f"{ratio:.2f}" for ratio in ratios), "")
    Console(width=100).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
