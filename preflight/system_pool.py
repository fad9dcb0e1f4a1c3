"""Whether the CPU node pool can carry the endpoint pickers."""

from collections.abc import Iterator

from catalog.system_machines import SYSTEM_MACHINES
from config import Finding, Settings, Severity
from config.cluster import ClusterMode
from derive import system_pool


def findings(settings: Settings) -> Iterator[Finding]:
    """An error where no machine type is large enough for a node's part of the pickers."""
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return
    requests = settings.release.picker_requests
    if system_pool.machine(settings) is None:
        nodes = system_pool.nodes(settings)
        largest = SYSTEM_MACHINES[-1]
        yield Finding(
            id="system-pool.too-small",
            severity=Severity.ERROR,
            path="models",
            message=f"{len(settings.models)} pickers of {requests.cpu:g} CPU and "
            f"{requests.memory_gib:g} GiB on {nodes} nodes: more than {largest.name} holds, so "
            "pickers would stay Pending",
            fix="spread the models over several stacks",
        )
