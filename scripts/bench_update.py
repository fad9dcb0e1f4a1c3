"""`make bench`: how near `pulumi up` comes to the shortest time that its dependencies allow.

Real engine, API server and Helm; stand-ins for the clouds take each step's expected time, a minute
played in a second (`tests/engine/harness/twin.py`). All ratios are of one run.
"""

import json
import os
import subprocess
import sys
from statistics import median
from typing import Final

from inference.config.stack_file import ROOT

_ROUNDS: Final = 3
_ALLOWED: Final = 1.05
_STACKS: Final = ("dev", "autopilot")
_PATH: Final = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "engine")])


def _play(stack: str) -> dict[str, float]:
    """One update; see `harness.twin.Twin` for its figures, in seconds."""
    result = subprocess.run(  # noqa: S603 our own command
        [sys.executable, "-m", "harness.twin", stack],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": _PATH},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(result.stdout)


def main() -> int:
    """Print the ratios; the status is that of building what they need."""
    command = [sys.executable, "-m", "scripts.toolchain"]
    built = subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 our own command
    if built:
        print("pulumi up: NOT MEASURED, as the engine cannot be built here")
        return built
    for stack in _STACKS:
        rounds = [_play(stack) for _ in range(_ROUNDS)]
        print(f"pulumi up of {stack}, {_ROUNDS} rounds:")
        ratios = [one["makespan"] / one["critical_path"] for one in rounds]
        verdict = "within" if median(ratios) <= _ALLOWED else "ABOVE"
        every = ", ".join(f"{ratio:.3f}" for ratio in ratios)
        print(f"  makespan / critical path:      {median(ratios):.3f} ({every}), ", end="")
        print(f"{verdict} the allowed {_ALLOWED}")
        sequential = median(one["sequential"] / one["makespan"] for one in rounds)
        print(f"  one step after another / ours: {sequential:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
