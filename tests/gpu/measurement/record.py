"""Measures one rendered model server, step by step, and keeps what was found."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, final

from measurement import checks
from measurement.drain import drain
from measurement.load import Traffic
from measurement.machine import describe
from measurement.model_folder import write_adapter, write_model
from measurement.rendered import Rendered
from measurement.series import FIRST, LENGTHS, SHARED, Budget, series
from measurement.server import Server
from measurement.server_log import figures, steps
from measurement.shapes import SHAPES
from measurement.syncer import find_source, sync

_RESERVE: Final = 45.0
"""Seconds that are kept for the drain."""
_LEAST_RANK: Final = 8


def write_files(rendered: Rendered, work: Path) -> None:
    """Write the model and its adapters where the rendered names lead from `work`."""
    shape = SHAPES[rendered.model]
    write_model(work / rendered.model, shape)
    for number, source in enumerate(rendered.adapter_sources.values()):
        # Adapters of different ranks, as in life.
        write_adapter(work / source, shape, max(_LEAST_RANK, rendered.lora_rank // (1 + number)))


def start(rendered: Rendered, work: Path) -> Server:
    """Start the server; it is not ready yet."""
    work.mkdir(parents=True, exist_ok=True)
    write_files(rendered, work)
    return Server(rendered, work, work / "server.log")


def started(server: Server, ready: float) -> dict[str, Any]:
    """What the log says of a start that took `ready` seconds."""
    lines = list(server.process.lines)
    return {"readySeconds": round(ready, 1), "figures": figures(lines), "steps": steps(lines)}


@final
@dataclass(kw_only=True)
class Record:
    """The results of one server, written to a file after every step."""

    file: Path
    results: dict[str, Any] = field(default_factory=dict)

    def keep(self, name: str, found: object) -> None:
        """Add a result."""
        self.results[name] = found
        self.write()

    def write(self) -> None:
        """Write all results."""
        self.file.write_text(json.dumps(self.results, indent=1) + "\n", encoding="utf-8")


def _traffic(rendered: Rendered) -> list[Traffic]:
    """All kinds of traffic, the most wanted first."""
    base = rendered.served_name
    free = [Traffic(model=base, input_tokens=i, output_tokens=o) for i, o in LENGTHS]
    adapters = [
        Traffic(model=name, input_tokens=1024, output_tokens=256)
        for name in list(rendered.adapter_sources)[:1]
    ]
    shared = [
        Traffic(model=base, input_tokens=i, output_tokens=o, shared=SHARED) for i, o in LENGTHS
    ]
    return [*free, *adapters, *shared]


async def _points(rendered: Rendered, record: Record, budget: Budget, deadline: float) -> None:
    rates = record.results["predicted"]["rates"]
    kinds = [kind for kind in _traffic(rendered) if kind.name in budget.only or not budget.only]
    for number, traffic in enumerate(kinds):
        share = (deadline - time.monotonic()) / (len(kinds) - number)
        points: list[dict[str, Any]] = []
        record.results["load"].append(
            {
                "traffic": traffic.name,
                "model": traffic.model,
                "inputTokens": traffic.input_tokens,
                "outputTokens": traffic.output_tokens,
                "sharedPrefix": traffic.shared,
                "points": points,
            }
        )

        def keep(point: dict[str, Any], points: list[dict[str, Any]] = points) -> None:
            points.append(point)
            record.write()

        await series(
            rendered.port,
            traffic,
            FIRST * rates[traffic.name],
            deadline=min(deadline, time.monotonic() + min(budget.series, share)),
            budget=budget,
            keep=keep,
        )


def load(rendered: Rendered, record: Record, *, budget: Budget, deadline: float) -> None:
    """Measure series of load points until the deadline."""
    record.keep("load", [])
    asyncio.run(_points(rendered, record, budget, deadline))


def measure(  # noqa: PLR0913 what the command line says
    rendered: Rendered,
    record: Record,
    work: Path,
    *,
    release: str,
    predicted: Any,  # noqa: ANN401 JSON
    seconds: float,
    budget: Budget,
) -> None:
    """Start the server, look at it, load it and stop it, within so many seconds.

    Raises:
        ServerError: when it does not start.

    """
    end = time.monotonic() + seconds
    server = start(rendered, work)
    record.keep("date", datetime.now(UTC).date().isoformat())
    record.keep("machine", describe())
    record.keep("gpus", rendered.gpus)
    record.keep("command", server.command)
    record.keep("predicted", predicted)
    try:
        record.keep("start", started(server, server.wait_until_ready(rendered.startup)))
        source = find_source(release)
        if source is not None and rendered.adapters:
            found = sync(rendered, server, source, work)
            names = rendered.adapter_sources
            record.keep("adapters", {**found, "answers": checks.answers(server, names)})
        record.keep("checks", checks.run(server, predicted["metrics"]))
        load(rendered, record, budget=budget, deadline=end - _RESERVE)
        record.keep("drain", drain(server, rendered.grace_period - rendered.pre_stop))
    finally:
        server.process.kill()
