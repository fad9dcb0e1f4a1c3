"""Stand-in for Autopilot's provisioning: a process that makes the node that a Pod waits for."""

import time
from contextlib import suppress
from typing import Final

from harness.api import Api, ApiError, Object
from harness.nodes import NodeShape, add_nodes, connect
from harness.run_folder import RunFolder

_POLL: Final = 0.2
_ROOM: Final = {"cpu": 256.0, "memory_gib": 4096.0}
"""Larger than any Pod of the tests: what Autopilot charges for is not stood in for."""


def _unschedulable(pod: Object) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(
        condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable"
        for condition in conditions
    )


def _gpus(pod: Object) -> int:
    limits = [
        container.get("resources", {}).get("limits", {}) for container in pod["spec"]["containers"]
    ]
    return sum(int(limit.get("nvidia.com/gpu", 0)) for limit in limits)


def provision(api: Api) -> None:
    """Make a node, with the labels that it selects, for each Pod that fits none."""
    for pod in api.find_all("v1", "Pod"):
        if _unschedulable(pod):
            shape = NodeShape(
                pool=f"autopilot-{pod['metadata']['uid'][:8]}",
                labels=pod["spec"].get("nodeSelector", {}),
                gpus=_gpus(pod),
                **_ROOM,
            )
            add_nodes(api, shape, 1)


def main() -> None:
    """Provision until the process is ended."""
    run = RunFolder.from_environment()
    api = connect(run)
    while True:
        with suppress(ApiError):
            provision(api)
        time.sleep(_POLL)


if __name__ == "__main__":
    main()
