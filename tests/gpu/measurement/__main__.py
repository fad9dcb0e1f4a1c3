"""Measures one rendered model server: start, paths, adapters, load points, drain.

`python -m measurement RENDERED --out FILE.json --work DIR`, where RENDERED is the folder that
`render --out` wrote. Results are written after every step, so that an end at any time loses only
the step it fell into. Exit status 1 when the server does not start: DIR/server.log says why.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from measurement.record import Record, measure
from measurement.rendered import read
from measurement.series import Budget
from measurement.server import ServerError


class _Arguments(argparse.Namespace):
    rendered: Path
    out: Path
    work: Path
    predicted: Path
    release: str
    seconds: float
    per_series: float
    settle: float
    window: float
    traffic: str


def _arguments(given: Sequence[str] | None) -> _Arguments:
    parser = argparse.ArgumentParser(prog="python -m measurement", description=__doc__)
    parser.add_argument("rendered", type=Path, help="folder that was rendered to")
    parser.add_argument("--out", type=Path, required=True, help="file of results")
    parser.add_argument("--work", type=Path, required=True, help="folder for models and caches")
    written = "JSON that `python -m prediction` wrote"
    parser.add_argument("--predicted", type=Path, required=True, help=written)
    parser.add_argument("--release", default="v1.0.0", help="gateway release of the syncer")
    parser.add_argument("--seconds", type=float, default=600, help="for all of it")
    series, settle, window = Budget.series, Budget.settle, Budget.window
    parser.add_argument("--per-series", type=float, default=series, help="for a series of points")
    parser.add_argument("--settle", type=float, default=settle, help="least, before a point")
    parser.add_argument("--window", type=float, default=window, help="least, of a point")
    kinds = "series, such as '1024/256,512/512 shared 75%%'; all when left out"
    parser.add_argument("--traffic", default="", help=kinds)
    return parser.parse_args(given, namespace=_Arguments())


def main(given: Sequence[str] | None = None) -> int:
    """Measure, and write what was found."""
    arguments = _arguments(given)
    try:
        measure(
            read(arguments.rendered),
            Record(file=arguments.out),
            arguments.work,
            release=arguments.release,
            predicted=json.loads(arguments.predicted.read_text(encoding="utf-8")),
            seconds=arguments.seconds,
            budget=Budget(
                settle=arguments.settle,
                window=arguments.window,
                series=arguments.per_series,
                only=tuple(filter(None, arguments.traffic.split(","))),
            ),
        )
    except ServerError as error:
        sys.stderr.write(f"{error}: {arguments.work / 'server.log'} says why\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
