"""How near `pulumi up` comes to the shortest time that its dependencies allow.

`python -m harness.bench`: real engine, API server and Helm; stand-ins for the clouds take each
step's expected time, a minute played in a second (`harness.twin`). All ratios are of one run.
"""

import json
import subprocess
import sys
from statistics import median
from typing import Final

_ROUNDS: Final = 3
_ALLOWED: Final = 1.05
_STACKS: Final = ("dev", "autopilot")


def _play(stack: str) -> dict[str, float]:
    """One update; see `harness.twin.Twin` for its figures, in seconds."""
    command = [sys.executable, "-m", "harness.twin", stack]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 our own command
    return json.loads(result.stdout)


def main() -> None:
    """Print the ratios."""
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


if __name__ == "__main__":
    main()
