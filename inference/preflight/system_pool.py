"""Whether the CPU node pool can carry the endpoint pickers."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.system_machines import RESERVATIONS_SOURCE, SYSTEM_MACHINES
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.derive import system_pool
from inference.derive.picker import traffic_requests
from inference.preflight.registry import error

TOO_SMALL: Final = error(
    id="system-pool.too-small",
    cause="The pickers of all models request more than the default pool's nodes have, even with "
    "the largest CPU machine type.",
    consequence="Pickers stay Pending, and their Helm releases fail.",
    fix="Spread the models over several stacks.",
    source=RESERVATIONS_SOURCE,
)


def findings(settings: Settings) -> Iterator[Finding]:
    """An error where no machine type is large enough for a node's part of the pickers."""
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return
    requests = traffic_requests(settings)
    if system_pool.machine(settings) is None:
        nodes = system_pool.nodes(settings)
        pickers = len(settings.models) * settings.picker.replicas
        largest = SYSTEM_MACHINES[-1]
        yield TOO_SMALL.finding(
            "models",
            f"{pickers} pickers of {requests.cpu:g} CPU and {requests.memory_gib:g} GiB on "
            f"{nodes} nodes: more than {largest.name} can hold, so pickers would stay Pending",
            # A chart that cannot request anything lets the scheduler place its pickers anyway.
            severity=None if settings.release.configures_picker else Severity.WARNING,
        )
