"""What Google's APIs refuse, as far as it is known: a stand-in that took all proves little."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network
from itertools import product
from typing import Any, Final

from harness.machine_types import FLEX, GPU_MACHINES, ON_DEMAND, RESERVED, SPOT
from harness.plugin import ProviderError

_RESERVED_LABELS: Final = ("kubernetes.io/", "k8s.io/")
_REGION_PARTS: Final = 2
_LAST_PRIORITY: Final = 2_147_483_647
_RANGES: Final = 10


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
    if inputs.get("enableAutopilot") and inputs.get("datapathProvider"):
        raise _refuse(400, "Autopilot clusters always use Dataplane V2")
    check_maintenance(inputs)
    if not inputs.get("enableAutopilot") and not inputs.get("initialNodeCount"):
        raise _refuse(400, "Cluster.initial_node_count must be greater than zero")


def _capacity(node: Mapping[str, Any]) -> str:
    if node.get("spot"):
        return SPOT
    if node.get("flexStart"):
        return FLEX
    reserved = node.get("reservationAffinity", {}).get("consumeReservationType")
    return RESERVED if reserved == "SPECIFIC_RESERVATION" else ON_DEMAND


def check_node_pool(inputs: Mapping[str, Any]) -> None:
    """Machine type, capacity, labels and zones of a node pool.

    Raises:
        ProviderError: as the API puts it.

    """
    node = inputs["nodeConfig"]
    machine = GPU_MACHINES.get(node["machineType"])
    if machine is None:
        raise _refuse(400, f"Machine type with name '{node['machineType']}' does not exist")
    capacity = _capacity(node)
    if capacity not in machine.sold:
        raise _refuse(400, f"{machine.name} does not support capacity {capacity}")
    accelerator = node["guestAccelerators"][0]
    if accelerator["count"] != machine.gpus or accelerator["type"] != machine.accelerator:
        raise _refuse(400, f"{machine.name} has {machine.gpus} × {machine.accelerator}")
    for label in node.get("labels", {}):
        if any(part in label for part in _RESERVED_LABELS):
            raise _refuse(400, f"label {label} is reserved")
    region: str = "-".join(inputs["location"].split("-")[:_REGION_PARTS])
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


def _range(subnetwork: Mapping[str, Any]) -> Iterator[IPv4Network]:
    yield IPv4Network(subnetwork["ipCidrRange"])
    for secondary in subnetwork.get("secondaryIpRanges", ()):
        yield IPv4Network(secondary["ipCidrRange"])


def check_ranges(inputs: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> None:
    """Ranges of a network lie apart.

    Raises:
        ProviderError: for one that overlaps another.

    """
    for other in others:
        if other["network"] != inputs["network"]:
            continue
        for mine, theirs in product(_range(inputs), _range(other)):
            if mine.overlaps(theirs):
                message = f"Invalid IPCidrRange: {mine} conflicts with existing subnetwork"
                raise _refuse(400, f"{message} '{other['name']}' in region '{other['region']}'")


def check_place(inputs: Mapping[str, Any], subnetworks: Iterable[Mapping[str, Any]]) -> None:
    """Named ranges of a cluster are those of its subnet, where that is known.

    Raises:
        ProviderError: for one that the subnet does not have.

    """
    policy = inputs.get("ipAllocationPolicy", {})
    named = {
        policy.get(key) for key in ("clusterSecondaryRangeName", "servicesSecondaryRangeName")
    } - {None}
    for subnetwork in subnetworks:
        if subnetwork["name"] == inputs.get("subnetwork"):
            there = {one["rangeName"] for one in subnetwork.get("secondaryIpRanges", ())}
            if named - there:
                raise _refuse(400, f"Pod or Service range {named - there} is not in the subnet")


def check_maintenance(inputs: Mapping[str, Any]) -> None:
    """Times of a maintenance policy are in UTC, or they would never settle.

    Raises:
        ProviderError: for one that is not.

    """
    policy = inputs.get("maintenancePolicy", {})
    times = [policy.get("recurringWindow", {}), *policy.get("maintenanceExclusions", ())]
    for part in times:
        for key in ("startTime", "endTime"):
            if not part.get(key, "Z").endswith("Z"):
                raise _refuse(400, f"maintenance {key} {part[key]} is not in UTC")


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


def check_ssl_policy(inputs: Mapping[str, Any]) -> None:
    """Profiles that a version of TLS goes with.

    Raises:
        ProviderError: as the API puts it.

    """
    if inputs.get("minTlsVersion") == "TLS_1_3" and inputs.get("profile") != "RESTRICTED":
        raise _refuse(400, "minTlsVersion TLS_1_3 requires profile RESTRICTED")


def check_security_policy(inputs: Mapping[str, Any]) -> None:
    """Priorities, ranges of a rule, and the rule that every policy has.

    Raises:
        ProviderError: as the API puts it.

    """
    rules = inputs["rules"]
    priorities = [rule["priority"] for rule in rules]
    if len(set(priorities)) < len(priorities) or _LAST_PRIORITY not in priorities:
        raise _refuse(400, "priorities must be unique, and the default rule among them")
    for rule in rules:
        ranges = rule["match"].get("config", {}).get("srcIpRanges", [])
        if len(ranges) > _RANGES:
            raise _refuse(400, f"srcIpRanges: at most {_RANGES}")
        if rule["action"] == "throttle" and not rule.get("rateLimitOptions"):
            raise _refuse(400, "action throttle requires rateLimitOptions")


def check_certificate(inputs: Mapping[str, Any], authorizations: Iterable[str]) -> None:
    """Domains and their authorizations, as a regional certificate takes no other.

    Raises:
        ProviderError: as the API puts it.

    """
    managed = inputs["managed"]
    if not managed.get("domains"):
        raise _refuse(400, "managed.domains must not be empty")
    missing = set(managed.get("dnsAuthorizations", [])) - set(authorizations)
    if missing or not managed.get("dnsAuthorizations"):
        raise _refuse(400, f"dnsAuthorizations not found: {', '.join(sorted(missing)) or 'none'}")
