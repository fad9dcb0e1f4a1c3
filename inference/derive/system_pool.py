"""The CPU node pool: what carries system Pods and the endpoint pickers."""

from collections.abc import Iterable
from math import ceil

from inference.catalog import simulator
from inference.catalog.system_machines import (
    SYSTEM_MACHINES,
    SYSTEM_PODS_CPU,
    SYSTEM_PODS_MEMORY_GIB,
    SystemMachine,
    allocatable_cpu,
    allocatable_memory_gib,
)
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.picker import traffic_requests
from inference.derive.syncer import SYNCER_CPU, SYNCER_MEMORY_MIB

NODES_PER_ZONE = 1
"""The cluster's initial_node_count. A change of it replaces the cluster, so no setting gives it."""
_ZONES_OF_A_REGION = 3
_MIB_PER_GIB = 1024


def nodes(settings: Settings) -> int:
    """Nodes of the CPU pool: one in each of a region's three zones, or one in a zone."""
    regional = settings.location == settings.gcp.region
    return NODES_PER_ZONE * (_ZONES_OF_A_REGION if regional else 1)


def _simulated(models: Iterable[Model], count: int) -> tuple[float, float]:
    """CPU and GiB on each of `count` nodes for simulated servers, their pickers and syncers."""
    cpu = memory = 0.0
    for model in models:
        servers = ceil(model.most_replicas / count)
        cpu += simulator.PICKER_CPU + servers * (simulator.CPU + SYNCER_CPU)
        memory += simulator.PICKER_MEMORY_GIB
        memory += servers * (simulator.MEMORY_MIB + SYNCER_MEMORY_MIB) / _MIB_PER_GIB
    return cpu, memory


def machine(settings: Settings) -> SystemMachine | None:
    """The smallest machine on which every node's part of the pickers fits beside system Pods.

    Simulated servers, which need no GPU node, run there too. None where not even the largest does.
    """
    simulated = [model for model in settings.models if model.engine.is_simulated]
    served = len(settings.models) - len(simulated)
    pickers = ceil(served * settings.picker.replicas / nodes(settings))
    requests = traffic_requests(settings)
    cpu, memory = _simulated(simulated, nodes(settings))
    cpu += SYSTEM_PODS_CPU + pickers * requests.cpu
    memory += SYSTEM_PODS_MEMORY_GIB + pickers * requests.memory_gib
    return next(
        (
            candidate
            for candidate in SYSTEM_MACHINES
            if allocatable_cpu(candidate.vcpu) >= cpu
            and allocatable_memory_gib(candidate.memory_gib) >= memory
        ),
        None,
    )
