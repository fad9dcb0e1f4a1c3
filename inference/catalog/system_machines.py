"""CPU machine types for the node pool that carries system Pods and endpoint pickers.

And what GKE keeps of a node for itself, so that a request can be compared with what is left.
"""

from dataclasses import dataclass
from typing import Final, final

from inference.catalog.source import high

RESERVATIONS_SOURCE: Final = high(
    "GKE: plan node sizes, resource reservations",
    "https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes",
)
SYSTEM_PODS_CPU: Final = 1.0
"""vCPU left to kube-system, gmp-system and DaemonSets on each node (inferred, generous)."""
SYSTEM_PODS_MEMORY_GIB: Final = 2.0
"""Memory left to the same, in GiB (inferred, generous)."""

_CPU_RESERVED: Final = ((1, 0.06), (1, 0.01), (2, 0.005), (float("inf"), 0.0025))
"""(cores, share kept) from the first core on."""
_MEMORY_RESERVED: Final = ((4, 0.25), (4, 0.20), (8, 0.10), (112, 0.06), (float("inf"), 0.02))
"""(GiB, share kept) from the first GiB on."""
_EVICTION_GIB: Final = 0.1


def _reserved(amount: float, steps: tuple[tuple[float, float], ...]) -> float:
    kept = 0.0
    for width, share in steps:
        taken = min(amount, width)
        kept += taken * share
        amount -= taken
    return kept


def allocatable_cpu(vcpu: int) -> float:
    """VCPUs of a node that Pods can request."""
    return vcpu - _reserved(vcpu, _CPU_RESERVED)


def allocatable_memory_gib(memory_gib: float) -> float:
    """GiB of a node that Pods can request."""
    return memory_gib - _reserved(memory_gib, _MEMORY_RESERVED) - _EVICTION_GIB


def boot_disk_for_gib(requested_gib: float) -> float:
    """Smallest boot disk, in GiB, that leaves Pods `requested_gib` of ephemeral storage.

    GKE keeps the least of half of it, 6 GiB and 35 % of it, and 100 GiB; 10 % is for eviction.
    """
    return min(requested_gib / 0.4, (requested_gib + 6) / 0.55, (requested_gib + 100) / 0.9)


@final
@dataclass(frozen=True, kw_only=True)
class SystemMachine:
    """A general-purpose machine type, 4 GiB a vCPU."""

    name: str
    vcpu: int

    @property
    def memory_gib(self) -> int:
        """Memory of the machine in GiB."""
        return 4 * self.vcpu


SYSTEM_MACHINES: Final = tuple(
    SystemMachine(name=f"{family}-standard-{vcpu}", vcpu=vcpu)
    for family, sizes in (("e2", (4, 8, 16, 32)), ("n2", (48, 64, 80, 128)))
    for vcpu in sizes
)
"""Smallest first. Below 4 vCPU a zone's one node leaves a picker too little beside system Pods."""
