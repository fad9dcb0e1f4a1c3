"""What the program predicts of a stack's model server: `python -m prediction STACK_FILE`, as JSON.

To measure on a machine without this program's requirements, render and predict elsewhere:
`python -m measurement` needs neither.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measurement.load import Traffic
from measurement.series import LATE_MS, LENGTHS, SHARED

from inference.config.models import Model
from inference.config.read_settings import read_settings
from inference.config.stack_file import read_file
from inference.derive.computed_rates import Objectives, computed_rate
from inference.derive.engines import server_of
from inference.derive.memory import gpu_memory
from inference.derive.replay import Lengths
from inference.derive.roofline import step_cost
from inference.derive.timing import (
    download_minutes,
    drain_seconds,
    grace_period,
    start_minutes,
    startup_budget,
)


def model_of(stack: Path) -> Model:
    """The only model of a stack file."""
    (model,) = read_settings(read_file(stack)).models
    return model


def _rates(model: Model) -> dict[str, float]:
    """By traffic, the requests a second at which the first token comes too late."""
    cost = step_cost(model)
    if cost is None:
        return {}
    wanted = Objectives(first_token=LATE_MS)
    return {
        kind.name: round(
            computed_rate(cost, Lengths(input=i, output=o, shared_prefix=kind.shared), wanted), 3
        )
        for shared in (0, SHARED)
        for i, o in LENGTHS
        for kind in [Traffic(model=model.name, input_tokens=i, output_tokens=o, shared=shared)]
    }


def predict(model: Model) -> dict[str, Any]:
    """Memory in GiB of each GPU, times in seconds, rates, and the metrics that are counted on."""
    memory = gpu_memory(model)
    parts: dict[str, Any] = asdict(memory) if memory else {}
    request = parts.pop("request", None)
    server = server_of(model)
    return {
        "memoryGib": {name: round(value, 3) for name, value in parts.items()},
        "longestRequest": request,
        "startupSeconds": startup_budget(model),
        "downloadSeconds": round(download_minutes(model) * 60, 1),
        "startSeconds": round(start_minutes(model) * 60, 1),
        "gracePeriodSeconds": grace_period(model),
        "drainSeconds": drain_seconds(model),
        "preStopSeconds": model.drain.pre_stop_seconds,
        "rates": _rates(model),
        "metrics": [metric.name for metric in server.metrics.every],
    }


def main() -> int:
    """Print the prediction of the stack file that is named."""
    sys.stdout.write(json.dumps(predict(model_of(Path(sys.argv[1]))), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
