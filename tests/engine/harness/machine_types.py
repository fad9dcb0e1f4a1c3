"""Machine types as Google documents them: what the stand-ins judge by, beside the catalog.

Sources, read in 2026-11: "Accelerator-optimized machine family" and "GPU machine types" of Compute
Engine, and "Plan node sizes" of GKE for what Pods can request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

ON_DEMAND: Final = "on-demand"
SPOT: Final = "spot"
FLEX: Final = "flex-start"
RESERVED: Final = "reserved"
_SOLD: Final = {
    "small": {SPOT, FLEX},
    "scarce": {RESERVED, SPOT, FLEX},
    "all": {ON_DEMAND, RESERVED, SPOT, FLEX},
}
_TABLE: Final = """
a3-highgpu-1g   nvidia-h100-80gb       1   26   234   2  small
a3-highgpu-2g   nvidia-h100-80gb       2   52   468   4  small
a3-highgpu-4g   nvidia-h100-80gb       4  104   936   8  small
a3-highgpu-8g   nvidia-h100-80gb       8  208  1872  16  all
a3-megagpu-8g   nvidia-h100-mega-80gb  8  208  1872  16  all
a3-ultragpu-8g  nvidia-h200-141gb      8  224  2952  32  scarce
a4-highgpu-8g   nvidia-b200            8  224  3968  32  scarce
a2-highgpu-1g   nvidia-tesla-a100      1   12    85   0  all
a2-highgpu-2g   nvidia-tesla-a100      2   24   170   0  all
a2-highgpu-4g   nvidia-tesla-a100      4   48   340   0  all
a2-highgpu-8g   nvidia-tesla-a100      8   96   680   0  all
a2-ultragpu-1g  nvidia-a100-80gb       1   12   170   1  all
a2-ultragpu-2g  nvidia-a100-80gb       2   24   340   2  all
a2-ultragpu-4g  nvidia-a100-80gb       4   48   680   4  all
a2-ultragpu-8g  nvidia-a100-80gb       8   96  1360   8  all
g2-standard-4   nvidia-l4              1    4    16   0  all
g2-standard-8   nvidia-l4              1    8    32   0  all
g2-standard-12  nvidia-l4              1   12    48   0  all
g2-standard-16  nvidia-l4              1   16    64   0  all
g2-standard-32  nvidia-l4              1   32   128   0  all
g2-standard-24  nvidia-l4              2   24    96   0  all
g2-standard-48  nvidia-l4              4   48   192   0  all
g2-standard-96  nvidia-l4              8   96   384   0  all
g4-standard-48  nvidia-rtx-pro-6000    1   48   180   0  all
g4-standard-96  nvidia-rtx-pro-6000    2   96   360   0  all
g4-standard-192 nvidia-rtx-pro-6000    4  192   720   0  all
g4-standard-384 nvidia-rtx-pro-6000    8  384  1440   0  all
"""
"""Name, GPU, GPUs, vCPU, GB of memory (the smaller of both readings is taken), local SSDs
of 375 GB that it comes with, how it is sold."""
_GIB_PER_GB: Final = 1e9 / 2**30
_GENERAL: Final = re.compile(r"^(?:e2|n2|n4|c3|c4)-standard-(\d+)$")
_CPU_KEPT: Final = ((1, 0.06), (1, 0.01), (2, 0.005), (float("inf"), 0.0025))
_MEMORY_KEPT: Final = ((4, 0.25), (4, 0.2), (8, 0.1), (112, 0.06), (float("inf"), 0.02))
"""Width of a step, in vCPU and GiB, and the share of it that GKE keeps."""
_EVICTION_GIB: Final = 0.1


@final
@dataclass(frozen=True, kw_only=True)
class MachineType:
    """One of them, or a general-purpose one without GPUs."""

    name: str
    vcpu: int
    memory_gib: float
    accelerator: str = ""
    gpus: int = 0
    local_ssds: int = 0
    sold: frozenset[str] = frozenset(_SOLD["all"])

    @property
    def pod_cpu(self) -> float:
        """VCPUs of a node that Pods can request."""
        return self.vcpu - _kept(self.vcpu, _CPU_KEPT)

    @property
    def local_ssd_gib(self) -> float:
        """GiB of its local SSDs, before anything of them is kept."""
        return self.local_ssds * 375 * _GIB_PER_GB

    @property
    def pod_memory_gib(self) -> float:
        """GiB of a node that Pods can request."""
        return self.memory_gib - _kept(self.memory_gib, _MEMORY_KEPT) - _EVICTION_GIB


def _kept(amount: float, steps: tuple[tuple[float, float], ...]) -> float:
    kept = 0.0
    for width, share in steps:
        kept += min(amount, width) * share
        amount = max(0.0, amount - width)
    return kept


def _row(line: str) -> MachineType:
    name, accelerator, gpus, vcpu, memory, ssds, sold = line.split()
    return MachineType(
        name=name,
        accelerator=accelerator,
        gpus=int(gpus),
        vcpu=int(vcpu),
        memory_gib=float(memory) * _GIB_PER_GB,
        local_ssds=int(ssds),
        sold=frozenset(_SOLD[sold]),
    )


GPU_MACHINES: Final[Mapping[str, MachineType]] = {
    machine.name: machine for machine in map(_row, _TABLE.strip().splitlines())
}


def machine_type(name: str) -> MachineType | None:
    """The machine type; None where Compute Engine has none of that name."""
    general = _GENERAL.match(name)
    if general:
        return MachineType(name=name, vcpu=int(general[1]), memory_gib=4.0 * int(general[1]))
    return GPU_MACHINES.get(name)


def largest_with(accelerator: str, gpus: int) -> MachineType | None:
    """The largest machine of those with the fewest GPUs, but at least so many; None for none."""
    fitting = [
        one for one in GPU_MACHINES.values() if one.accelerator == accelerator and one.gpus >= gpus
    ]
    fewest = min((one.gpus for one in fitting), default=0)
    return max(
        (one for one in fitting if one.gpus == fewest), key=lambda one: one.vcpu, default=None
    )
