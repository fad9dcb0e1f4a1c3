"""What a destroyed stack may have left in its project: how each kind is listed and deleted.

What Compute Engine has is listed for all zones and regions at once (`COMPUTE_KINDS`), the rest by
lists of their own (`OTHER_KINDS`). Buckets and the cluster are looked up by their names.
"""

from dataclasses import dataclass
from typing import Final, final

from pydantic import AliasChoices, Field

from inference.live.endpoints import (
    CERTIFICATE_MANAGER,
    COMPUTE,
    DASHBOARDS,
    IAM,
    LOGGING,
    MONITORING,
    PUBSUB,
    Service,
)
from inference.live.google import GoogleModel

_DELETE: Final = (
    'curl --request DELETE --header "Authorization: Bearer $(gcloud auth print-access-token)"'
)
"""For what gcloud has no command."""
RESERVATION: Final = "reservation"


@final
@dataclass(frozen=True, kw_only=True)
class ComputeKind:
    """A kind of Compute Engine's that costs money, or belongs to what does."""

    name: str
    collection: str
    """As the API names it."""
    command: str
    """As gcloud names it."""


COMPUTE_KINDS: Final = tuple(
    ComputeKind(name=name, collection=collection, command=command)
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
GROUPS: Final = ComputeKind(
    name="instance group", collection="instanceGroupManagers", command="instance-groups managed"
)


@final
class Resource(GoogleModel):
    """A resource of Compute Engine's, in a zone, a region, or neither."""

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
        """The flag by which gcloud takes the place."""
        scope, where = self.place
        return f"--{scope.removesuffix('s')} {where}" if where else "--global"


@final
@dataclass(frozen=True, kw_only=True)
class OtherKind:
    """A kind with a list of its own."""

    name: str
    service: Service
    path: str
    """Of the list, after `projects/PROJECT/`."""
    command: str
    """As gcloud deletes one, over `name`, `full` (its whole name), `location` and `project`; ""
    where it cannot."""
    key: str = ""
    """Of the items in the answer, where that is not the collection."""

    @property
    def collection(self) -> str:
        """As the API names it."""
        return self.path.rpartition("/")[2]

    def delete(self, item: "Item", project: str) -> str:
        """The command that deletes an item."""
        if not self.command:
            return f"{_DELETE} {self.service.url(item.full)}"
        command = self.command.format(
            name=item.name, full=item.full, location=item.location, project=project
        )
        return f"gcloud {command} --project {project}"


_ACCOUNT: Final = "{name}@{project}.iam.gserviceaccount.com"
_LOCATED: Final = "certificate-manager {} delete {{name}} --location {{location}}"
OTHER_KINDS: Final = (
    # After what Compute Engine has, which is part of it.
    OtherKind(
        name="VPC network",
        service=COMPUTE,
        path="global/networks",
        command="compute networks delete {name}",
        key="items",
    ),
    OtherKind(
        name="service account",
        service=IAM,
        path="serviceAccounts",
        command=f"iam service-accounts delete {_ACCOUNT}",
        key="accounts",
    ),
    *(
        OtherKind(name=name, service=service, path=path, command=command)
        for name, service, path, command in (
            (
                "certificate",
                CERTIFICATE_MANAGER,
                "locations/-/certificates",
                _LOCATED.format("certificates"),
            ),
            (
                "DNS authorization",
                CERTIFICATE_MANAGER,
                "locations/-/dnsAuthorizations",
                _LOCATED.format("dns-authorizations"),
            ),
            ("Pub/Sub topic", PUBSUB, "topics", "pubsub topics delete {name}"),
            ("log-based metric", LOGGING, "metrics", "logging metrics delete {name}"),
            ("alert policy", MONITORING, "alertPolicies", "monitoring policies delete {full}"),
            (
                "notification channel",
                MONITORING,
                "notificationChannels",
                "beta monitoring channels delete {full}",
            ),
            ("dashboard", DASHBOARDS, "dashboards", "monitoring dashboards delete {full}"),
            ("monitored service", MONITORING, "services", ""),
        )
    ),
)


@final
class Item(GoogleModel):
    """One item of such a list."""

    full: str = Field(alias="name")
    display_name: str = ""
    labels: dict[str, str] = Field(
        default_factory=dict[str, str], validation_alias=AliasChoices("userLabels", "labels")
    )

    @property
    def name(self) -> str:
        """Its name by itself; of an account without the project's domain."""
        return self.full.rpartition("/")[2].partition("@")[0]

    @property
    def location(self) -> str:
        """Where it is; "" for the whole project."""
        _, found, rest = self.full.partition("/locations/")
        return rest.partition("/")[0] if found else ""
