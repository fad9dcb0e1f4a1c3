"""The CPU node pool: what carries system Pods and the endpoint pickers."""

from math import ceil

from catalog.system_machines import (
    SYSTEM_MACHINES,
    SYSTEM_PODS_CPU,
    SYSTEM_PODS_MEMORY_GIB,
    SystemMachine,
    allocatable_cpu,
    allocatable_memory_gib,
)
from config.settings import Settings

NODES_PER_ZONE = 1
"""The cluster's initial_node_count. A change of it replaces the cluster, so no setting gives it."""
_ZONES_OF_A_REGION = 3


def nodes(settings: Settings) -> int:
    """Nodes of the CPU pool: one in each of a region's three zones, or one in a zone."""
    regional = settings.location == settings.gcp.region
    return NODES_PER_ZONE * (_ZONES_OF_A_REGION if regional else 1)


def machine(settings: Settings) -> SystemMachine | None:
    """The smallest machine on which every node's part of the pickers fits beside system Pods.

    None where not even the largest does.
    """
    pickers = ceil(len(settings.models) / nodes(settings))
    requests = settings.release.picker_requests
    cpu = SYSTEM_PODS_CPU + pickers * requests.cpu
    memory = SYSTEM_PODS_MEMORY_GIB + pickers * requests.memory_gib
    return next(
        (
            candidate
            for candidate in SYSTEM_MACHINES
            if allocatable_cpu(candidate.vcpu) >= cpu
            and allocatable_memory_gib(candidate.memory_gib) >= memory
        ),
        None,
    )
