"""Machine types of Compute Engine with GPUs or TPUs, and what GKE calls their accelerators.

Memory is in GiB for accelerators and GB for hosts, as Google's tables give it. Local SSD counts are
the disks bundled with the machine type (375 GB each), 0 where none is bundled.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from inference.catalog.source import high, medium

MACHINES_SOURCE: Final = high(
    "Compute Engine: accelerator-optimized machine family",
    "https://cloud.google.com/compute/docs/accelerator-optimized-machines",
)
QUOTA_SOURCE: Final = medium("Compute Engine: GPU quota names")
TPU_SOURCE: Final = high(
    "Google Cloud: TPU v6e, and its regions and zones", "https://cloud.google.com/tpu/docs/v6e"
)
TPU_NODES: Final = medium(
    "GKE: deploy TPU workloads; llm-d, guides/optimized-baseline for TPU v6e",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/tpus",
)
REPORTED_MEMORY_SOURCE: Final = medium(
    "memory that vLLM logs for H100 (llm-d-planner) and A100 40 GB (vLLM issue 12330), and "
    "that kvplan counts with for L4"
)
LOCAL_SSD_GB: Final = 375


class Capacity(StrEnum):
    """How the nodes are obtained, and so how they are billed and taken away."""

    ON_DEMAND = "onDemand"
    SPOT = "spot"
    FLEX_START = "flexStart"
    RESERVATION = "reservation"


@final
@dataclass(frozen=True, kw_only=True)
class Kind:
    """What differs between GPUs and TPUs, wherever it matters."""

    noun: str
    """What one of them is called; the plural ends in s."""
    resource: str
    """Name of the extended resource that Pods ask for."""
    label: str
    """Node label with the accelerator's name."""
    whole_nodes: bool = False
    """Whether a Pod gets all accelerators of its node, or none."""


GPU: Final = Kind(noun="GPU", resource="nvidia.com/gpu", label="cloud.google.com/gke-accelerator")
TPU: Final = Kind(
    noun="TPU",
    resource="google.com/tpu",
    label="cloud.google.com/gke-tpu-accelerator",
    whole_nodes=True,
)


@final
@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """A model of GPU or TPU. `name` is the value of the kind's node label."""

    name: str
    memory_gib: int
    quota: str
    """Compute Engine quota metric, of TPUs with their family after a slash."""
    spot_quota: str
    """The same of Spot and Flex-start capacity."""
    kind: Kind = GPU
    reported_gib: float | None = None
    """What CUDA reports, and vLLM takes its share of; None where no report was found."""

    @property
    def visible_gib(self) -> float:
        """The memory that a program can use: as reported, else as sold."""
        return self.reported_gib or self.memory_gib


@final
@dataclass(frozen=True, kw_only=True)
class Machine:
    """One accelerator-optimized machine type."""

    name: str
    accelerator: Accelerator
    gpus: int
    vcpu: int
    memory_gb: int
    local_ssds: int
    capacities: frozenset[Capacity]
    disk_type: str
    """Boot disk that the machine takes; the newest take Hyperdisk alone (level M)."""
    topology: str | None = None
    """How the chips of a TPU machine are connected, as GKE's node label has it."""

    def holds(self, count: int) -> bool:
        """Whether a Pod with `count` accelerators can run on a node of this type."""
        return count == self.gpus if self.accelerator.kind.whole_nodes else count <= self.gpus


_ALL: Final = frozenset(Capacity)
_SPOT_OR_FLEX: Final = frozenset({Capacity.SPOT, Capacity.FLEX_START})
_NO_ON_DEMAND: Final = _SPOT_OR_FLEX | {Capacity.RESERVATION}


def _gpu(name: str, memory_gib: int, quota: str, reported_gib: float | None = None) -> Accelerator:
    return Accelerator(
        name=name,
        memory_gib=memory_gib,
        quota=f"NVIDIA_{quota}_GPUS",
        spot_quota=f"PREEMPTIBLE_NVIDIA_{quota}_GPUS",
        reported_gib=reported_gib,
    )


_H100 = _gpu("nvidia-h100-80gb", 80, "H100", 79.19)
_H100_MEGA = _gpu("nvidia-h100-mega-80gb", 80, "H100_MEGA", 79.19)
_H200 = _gpu("nvidia-h200-141gb", 141, "H200", 139.8)
_B200 = _gpu("nvidia-b200", 180, "B200")
_A100 = _gpu("nvidia-tesla-a100", 40, "A100", 39.5)
_A100_80 = _gpu("nvidia-a100-80gb", 80, "A100_80GB")
_L4 = _gpu("nvidia-l4", 24, "L4", 22.49)
_RTX = _gpu("nvidia-rtx-pro-6000", 96, "RTX_PRO_6000")
_V6E = Accelerator(
    name="tpu-v6e-slice",
    memory_gib=32,
    quota="TPUS_PER_TPU_FAMILY/CT6E",
    spot_quota="PREEMPTIBLE_TPU_V6E",
    reported_gib=31.24,
    kind=TPU,
)
_TOPOLOGIES: Final = {1: "1x1", 4: "2x2", 8: "2x4"}
"""By the number of TPU chips of a single host."""


_HYPERDISK_ONLY: Final = ("a3-ultragpu", "a4-", "g4-", "ct6e-")
NO_HYPERDISK: Final = ("a2-", "g2-")
"""What names of machine types begin with that boot from persistent disks alone."""


def _family(
    pattern: str,
    accelerator: Accelerator,
    rows: Iterable[tuple[int, int, int, int, int]],
    capacities: frozenset[Capacity],
) -> Iterable[Machine]:
    """Machines of one family; rows are (number in the name, chips, vCPU, memory GB, SSDs)."""
    for number, gpus, vcpu, memory, ssds in rows:
        yield Machine(
            name=pattern.format(number),
            accelerator=accelerator,
            gpus=gpus,
            vcpu=vcpu,
            memory_gb=memory,
            local_ssds=ssds,
            capacities=capacities,
            disk_type="hyperdisk-balanced" if pattern.startswith(_HYPERDISK_ONLY) else "pd-ssd",
            topology=_TOPOLOGIES[gpus] if accelerator.kind is TPU else None,
        )


MACHINES: Final[Mapping[str, Machine]] = {
    machine.name: machine
    for family in (
        _family(
            "a3-highgpu-{}g",
            _H100,
            [(1, 1, 26, 234, 2), (2, 2, 52, 468, 4), (4, 4, 104, 936, 8)],
            _SPOT_OR_FLEX,
        ),
        _family("a3-highgpu-{}g", _H100, [(8, 8, 208, 1872, 16)], _ALL),
        _family("a3-megagpu-{}g", _H100_MEGA, [(8, 8, 208, 1872, 16)], _ALL),
        _family("a3-ultragpu-{}g", _H200, [(8, 8, 224, 2952, 32)], _NO_ON_DEMAND),
        _family("a4-highgpu-{}g", _B200, [(8, 8, 224, 3968, 32)], _NO_ON_DEMAND),
        _family(
            "a2-highgpu-{}g",
            _A100,
            [(n, n, 12 * n, 85 * n, 0) for n in (1, 2, 4, 8)],
            _ALL,
        ),
        _family(
            "a2-ultragpu-{}g",
            _A100_80,
            [(n, n, 12 * n, 170 * n, n) for n in (1, 2, 4, 8)],
            _ALL,
        ),
        _family(
            "g2-standard-{}",
            _L4,
            [
                (vcpu, gpus, vcpu, 4 * vcpu, 0)
                for vcpu, gpus in (
                    *((n, 1) for n in (4, 8, 12, 16, 32)),
                    (24, 2),
                    (48, 4),
                    (96, 8),
                )
            ],
            _ALL,
        ),
        _family(
            "g4-standard-{}",
            _RTX,
            [(48 * n, n, 48 * n, 180 * n, 0) for n in (1, 2, 4, 8)],
            _ALL,
        ),
        _family(
            "ct6e-standard-{}t",
            _V6E,
            [(1, 1, 44, 176, 0), (4, 4, 180, 720, 0), (8, 8, 180, 1440, 0)],
            _ALL,
        ),
    )
    for machine in family
}

_ZONES: Final = {
    "a2-highgpu-": "asia-northeast1:ac asia-northeast3:ab asia-southeast1:abc europe-west4:ab "
    "me-west1:ac us-central1:abcf us-east1:b us-west1:b us-west3:b us-west4:b",
    "a2-ultragpu-": "asia-southeast1:c europe-west4:a us-central1:ac us-east4:c us-east5:ab",
    "a3-highgpu-": "asia-east1:c asia-northeast1:b asia-south1:c asia-south2:b asia-southeast1:bc "
    "australia-southeast1:c europe-north1:c europe-west1:bc europe-west3:c europe-west4:bc "
    "europe-west8:c europe-west9:c us-central1:abc us-east4:abc us-east5:a us-west1:ab us-west4:a",
    "a3-megagpu-": "asia-east1:c asia-northeast1:b asia-southeast1:bc australia-southeast1:c "
    "europe-north1:c europe-west1:bc europe-west3:c europe-west4:bc us-central1:abc us-east4:abc "
    "us-east5:a us-west1:ab us-west4:a",
    "a3-ultragpu-": "asia-south1:b asia-south2:c europe-west1:b europe-west4:a us-central1:b "
    "us-east4:b us-east5:a us-south1:b us-west1:c",
    "a4-highgpu-": "asia-northeast1:b asia-southeast1:b europe-north1:b europe-west4:b "
    "us-central1:b us-east1:b us-east4:b us-south1:b us-west2:c us-west3:bc",
    "g2-standard-": "asia-east1:abc asia-northeast1:abc asia-northeast3:ab asia-south1:abc "
    "asia-southeast1:abc europe-west1:bc europe-west2:ab europe-west3:ab europe-west4:abc "
    "europe-west6:bc me-central2:ac northamerica-northeast1:bc northamerica-northeast2:ab "
    "us-central1:abc us-east1:bcd us-east4:ac us-west1:abc us-west4:ac",
    "ct6e-standard-": "asia-northeast1:b europe-west4:a southamerica-west1:a us-central1:b "
    "us-east1:d us-east5:ab",
}
"""Letters of the zones of each region, by what names of machine types begin with."""
_NOT_THERE: Final = {"a3-highgpu-8g": frozenset({"europe-west8-c"})}
ZONES: Final[Mapping[str, frozenset[str]]] = {
    machine: frozenset(
        f"{region}-{letter}"
        for region, _, letters in (one.partition(":") for one in places.split())
        for letter in letters
    )
    - _NOT_THERE.get(machine, frozenset())
    for family, places in _ZONES.items()
    for machine in MACHINES
    if machine.startswith(family)
}
"""Zones known to offer a machine type, which says nothing of stock (level M); none of G4."""

ACCELERATORS: Final[Mapping[str, Accelerator]] = {
    machine.accelerator.name: machine.accelerator for machine in MACHINES.values()
}
