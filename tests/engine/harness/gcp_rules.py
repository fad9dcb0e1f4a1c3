"""What Google's APIs refuse, as far as it is known: a stand-in that took all proves little."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from catalog.machines import MACHINES, Capacity
from harness.plugin import ProviderError

_RESERVED_LABELS: Final = ("kubernetes.io/", "k8s.io/")
_REGION_PARTS: Final = 2


def _refuse(status: int, message: str) -> ProviderError:
    return ProviderError(f"googleapi: Error {status}: {message}")


def check_cluster(inputs: Mapping[str, Any]) -> None:
    """Arguments of a cluster that contradict each other.

    Raises:
        ProviderError: as the provider's schema or the API puts it.

    """
    if inputs.get("enableAutopilot") is False:
        message = '"enable_autopilot": conflicts with workload_identity_config'
        raise ProviderError(message)
    if inputs.get("enableAutopilot") and inputs.get("nodeConfig"):
        message = '"node_config": conflicts with enable_autopilot'
        raise ProviderError(message)
    if not inputs.get("enableAutopilot") and not inputs.get("initialNodeCount"):
        raise _refuse(400, "Cluster.initial_node_count must be greater than zero")


def _capacity(node: Mapping[str, Any]) -> Capacity:
    if node.get("spot"):
        return Capacity.SPOT
    if node.get("flexStart"):
        return Capacity.FLEX_START
    reserved = node.get("reservationAffinity", {}).get("consumeReservationType")
    return Capacity.RESERVATION if reserved == "SPECIFIC_RESERVATION" else Capacity.ON_DEMAND


def check_node_pool(inputs: Mapping[str, Any]) -> None:
    """Machine type, capacity, labels and zones of a node pool.

    Raises:
        ProviderError: as the API puts it.

    """
    node = inputs["nodeConfig"]
    machine = MACHINES.get(node["machineType"])
    if machine is None:
        raise _refuse(400, f"Machine type with name '{node['machineType']}' does not exist")
    capacity = _capacity(node)
    if capacity not in machine.capacities:
        raise _refuse(400, f"{machine.name} does not support capacity {capacity}")
    accelerator = node["guestAccelerators"][0]
    if accelerator["count"] != machine.gpus or accelerator["type"] != machine.accelerator.name:
        raise _refuse(400, f"{machine.name} has {machine.gpus} × {machine.accelerator.name}")
    for label in node.get("labels", {}):
        if any(part in label for part in _RESERVED_LABELS):
            raise _refuse(400, f"label {label} is reserved")
    region = "-".join(inputs["location"].split("-")[:_REGION_PARTS])
    outside = [zone for zone in inputs["nodeLocations"] if not zone.startswith(f"{region}-")]
    if outside:
        raise _refuse(400, f"{', '.join(outside)}: not in {region}")


def check_subnetwork(inputs: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> None:
    """One active proxy-only subnet a network and region.

    Raises:
        ProviderError: for a second.

    """
    place = ("network", "region", "purpose", "role")
    if inputs.get("purpose") == "REGIONAL_MANAGED_PROXY" and any(
        all(other.get(key) == inputs.get(key) for key in place) for other in others
    ):
        raise _refuse(400, "a network can have one active REGIONAL_MANAGED_PROXY subnet a region")


def check_deletion(inputs: Mapping[str, Any]) -> None:
    """Protected clusters stay.

    Raises:
        ProviderError: as the provider puts it.

    """
    if inputs.get("deletionProtection", True):
        message = (
            "Cannot destroy cluster because deletion_protection is set to true. Set it to false "
            "to proceed with cluster deletion."
        )
        raise ProviderError(message)


def check_unused(what: str, users: Iterable[str]) -> None:
    """What a load balancer uses cannot be deleted.

    Raises:
        ProviderError: with the users.

    """
    named = ", ".join(users)
    if named:
        raise _refuse(
            400, f"The {what} is already being used by {named}, resourceInUseByAnotherResource"
        )
