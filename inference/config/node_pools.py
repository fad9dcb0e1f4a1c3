"""`nodePools`: GPU node pools of a Standard cluster."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, final

from pydantic import AfterValidator, Field, model_validator

from inference.catalog.limits import (
    BOOT_DISK_GB,
    LEAST_PODS_A_NODE,
    NODES_A_ZONE,
    PODS_A_NODE,
)
from inference.catalog.machines import MACHINES, Capacity, Machine
from inference.config.nearest import not_in_catalog
from inference.config.patterns import GKE_VERSION_PATTERN, LABEL_PATTERN, LABEL_TEXT_PATTERN
from inference.config.section import Amount, ResourceName, Section, Zone, each_once


@final
class Autoscaling(Section):
    """Bounds of the cluster autoscaler, in nodes over all zones together."""

    min: Annotated[int, Field(ge=0, le=NODES_A_ZONE)] = 0
    """Minimum number of nodes in total."""
    max: Amount
    """Maximum number of nodes in total."""


class TaintEffect(StrEnum):
    """What a taint does to Pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


@final
class Taint(Section):
    """Keeps Pods of others off the nodes; the model servers that run there tolerate it."""

    key: Annotated[str, Field(pattern=LABEL_PATTERN)]
    """Key, such as `team`."""
    value: Annotated[str, Field(pattern=LABEL_TEXT_PATTERN)] = ""
    """Value."""
    effect: TaintEffect = TaintEffect.NO_SCHEDULE
    """`NoSchedule`, `PreferNoSchedule` or `NoExecute`."""


_FAMILY: Final = re.compile(r"[a-z]\d[a-z]?-")
"""How the names of Google's machine types begin."""


def _in_the_catalog(machine_type: str) -> str:
    """One of the catalog."""
    if machine_type not in MACHINES:
        # Who writes n2-standard-8 means no GPU machine that only reads like it.
        family = _FAMILY.match(machine_type.lower())
        raise not_in_catalog(machine_type, MACHINES, family[0] if family else "")
    return machine_type


@final
class NodePool(Section):
    """One GPU node pool. Its size is `nodes` in each zone, or `autoscaling` bounds."""

    name: ResourceName = "gpupool"
    """Name of the pool."""
    machine_type: Annotated[str, AfterValidator(_in_the_catalog)] = "a3-highgpu-2g"
    """Accelerator-optimized machine type, from the catalog."""
    capacity: Capacity = Capacity.SPOT
    """How nodes are obtained: `spot`, `onDemand`, `flexStart` or `reservation`."""
    zones: Annotated[tuple[Zone, ...], Field(min_length=1), AfterValidator(each_once)] = (
        "us-central1-a",
    )
    """Zones for the nodes, in the cluster's region."""
    nodes: Amount | None = None
    """Nodes in each zone, as in GKE; 1 when neither this nor `autoscaling` is set."""
    autoscaling: Autoscaling | None = None
    """Autoscaling bounds instead of `nodes`; totals over all zones."""
    reservation: str | None = None
    """Name of the reservation, for capacity `reservation`."""
    disk_size_gb: Annotated[int, Field(ge=50, le=BOOT_DISK_GB)] | None = None
    """Boot disk size in GB; computed from image and weights when unset."""
    disk_type: Literal["pd-balanced", "pd-ssd", "hyperdisk-balanced"] | None = None
    """Boot disk type; one that the machine type supports when unset."""
    max_pods: Annotated[int, Field(ge=LEAST_PODS_A_NODE, le=PODS_A_NODE)] | None = None
    """Maximum Pods per node, which determines how many addresses a node takes; GKE's 110 when
    unset."""
    version: Annotated[str, Field(pattern=GKE_VERSION_PATTERN)] | None = None
    """GKE version of the nodes; they follow the control plane's when unset."""
    image_type: Literal["COS_CONTAINERD", "UBUNTU_CONTAINERD"] | None = None
    """Node image; GKE's default, Container-Optimized OS, when unset."""
    labels: Mapping[
        Annotated[str, Field(pattern=LABEL_PATTERN)],
        Annotated[str, Field(pattern=LABEL_TEXT_PATTERN)],
    ] = {}
    """Kubernetes labels of the nodes, such as `{team: search}`."""
    taints: tuple[Taint, ...] = ()
    """Taints of the nodes, besides GKE's own for GPUs."""
    secure_boot: bool | None = None
    """Whether its nodes use secure boot; `security.secureBoot` when unset."""

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if self.nodes is not None and self.autoscaling is not None:
            raise ValueError("set `nodes` or `autoscaling`, not both")
        return self

    @property
    def machine(self) -> Machine:
        """The catalog's record of the machine type."""
        return MACHINES[self.machine_type]

    @property
    def nodes_per_zone(self) -> int:
        """Nodes in each zone when the pool does not scale by itself."""
        return self.nodes or 1

    @property
    def min_nodes(self) -> int:
        """Fewest nodes over all zones."""
        return self.autoscaling.min if self.autoscaling is not None else self.max_nodes

    @property
    def max_nodes(self) -> int:
        """Most nodes over all zones."""
        if self.autoscaling is not None:
            return self.autoscaling.max
        return self.nodes_per_zone * len(self.zones)
