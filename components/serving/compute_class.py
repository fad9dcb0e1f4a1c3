"""Which machines GKE tries for a model, one capacity after the other. Registers nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi

from inference.catalog.drivers import LATEST_DRIVER
from inference.catalog.machines import Capacity

COMPUTE_CLASS_API: Final = "cloud.google.com/v1"


@final
@dataclass(frozen=True, kw_only=True)
class ComputeClass:
    """A ComputeClass of GKE; Pods that select it get a node by the first rule that has stock."""

    name: str
    """Name of the class, unique in the cluster."""
    accelerator: str
    """Value of the node label `cloud.google.com/gke-accelerator`, or `gke-tpu-accelerator`."""
    gpus: int
    """GPUs or TPU chips of a node."""
    capacities: Sequence[Capacity]
    """Capacities to try, the first one first."""
    topology: str | None = None
    """How the chips of TPUs are connected, such as `2x2`; None for GPUs."""
    reservation: str | None = None
    """Its name or path; any that matches, and on demand where none does, when None."""
    machine_type: str | None = None
    """Machine of the reservation, where one type alone has such GPUs."""
    service_account: pulumi.Input[str] | None = None
    """E-mail address that nodes run as; the default account of Compute Engine when None."""


def compute_class_spec(wanted: ComputeClass) -> dict[str, Any]:
    """Spec of the object."""
    account = wanted.service_account
    node = _node(wanted)
    return {
        "priorities": [{**node, **_rule(wanted, capacity)} for capacity in wanted.capacities],
        "nodePoolAutoCreation": {"enabled": True},
        **({"nodePoolConfig": {"serviceAccount": account}} if account is not None else {}),
        # Other nodes have no GPUs: Pods wait for those of a rule instead.
        "whenUnsatisfiable": "DoNotScaleUp",
    }


def _node(wanted: ComputeClass) -> dict[str, Any]:
    kind = {"type": wanted.accelerator, "count": wanted.gpus}
    if wanted.topology is not None:
        return {"tpu": {**kind, "topology": wanted.topology}}
    # GKE's default is older than what CUDA 13 asks for.
    return {"gpu": {**kind, "driverVersion": LATEST_DRIVER}}


def _rule(wanted: ComputeClass, capacity: Capacity) -> dict[str, Any]:
    if capacity is Capacity.RESERVATION:
        machine = {"machineType": wanted.machine_type} if wanted.machine_type else {}
        return {**machine, "spot": False, "reservations": _reservations(wanted.reservation)}
    if capacity is Capacity.FLEX_START:
        return {"flexStart": {"enabled": True}}
    return {"spot": capacity is Capacity.SPOT}


def _reservations(path: str | None) -> dict[str, Any]:
    """A reservation by its name, or by `projects/P/reservations/NAME/reservationBlocks/BLOCK`."""
    if path is None:
        return {"affinity": "AnyBestEffort"}
    reservation, _, block = path.partition("/reservationBlocks/")
    owner, _, name = reservation.rpartition("/reservations/")
    one: dict[str, Any] = {"name": name}
    if owner:
        one["project"] = owner.removeprefix("projects/")
    if block:
        one["reservationBlock"] = {"name": block}
    return {"affinity": "Specific", "specific": [one]}
