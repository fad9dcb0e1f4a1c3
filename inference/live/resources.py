"""Compute Engine resources that cost money, or belong to what does."""

from dataclasses import dataclass
from typing import Final, final

from inference.live.google import Answer

RESERVATION: Final = "reservation"


@final
@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of Compute Engine resource."""

    name: str
    collection: str
    """As the API names it."""
    command: str
    """As gcloud names it."""


KINDS: Final = tuple(
    Kind(name=name, collection=collection, command=command)
    for name, collection, command in (
        ("forwarding rule", "forwardingRules", "forwarding-rules"),
        ("address", "addresses", "addresses"),
        ("backend service", "backendServices", "backend-services"),
        ("network endpoint group", "networkEndpointGroups", "network-endpoint-groups"),
        ("health check", "healthChecks", "health-checks"),
        ("SSL certificate", "sslCertificates", "ssl-certificates"),
        ("SSL policy", "sslPolicies", "ssl-policies"),
        ("Cloud Armor policy", "securityPolicies", "security-policies"),
        ("VM", "instances", "instances"),
        ("disk", "disks", "disks"),
        (RESERVATION, "reservations", "reservations"),
        # With its NAT gateways, which are parts of it.
        ("Cloud Router", "routers", "routers"),
        ("subnet", "subnetworks", "networks subnets"),
    )
)
NETWORK: Final = Kind(name="VPC network", collection="networks", command="networks")
"""After the kinds above, which are parts of it; it has no region, and no place in gcloud."""
GROUPS: Final = Kind(
    name="instance group", collection="instanceGroupManagers", command="instance-groups managed"
)


@final
class Resource(Answer):
    """A resource in a zone, a region, or neither."""

    name: str
    labels: dict[str, str] = {}  # noqa: RUF012 pydantic copies it
    zone: str = ""
    region: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """`zones`, `regions` or `global`, and which."""
        if self.zone:
            return "zones", self.zone.rpartition("/")[2]
        return ("regions", self.region.rpartition("/")[2]) if self.region else ("global", "")

    @property
    def shown(self) -> str:
        """Name with its place."""
        return f"{self.place[1] or 'global'}/{self.name}"

    @property
    def flag(self) -> str:
        """What tells gcloud the place."""
        scope, where = self.place
        return f"--{scope.removesuffix('s')} {where}" if where else "--global"
