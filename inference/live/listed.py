"""What is left beside Compute Engine: resources that are listed by other APIs, with labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, final

from pydantic import Field

from inference.live.endpoints import CERTIFICATE_MANAGER, PUBSUB, Service
from inference.live.errors import ApiError
from inference.live.google import DISABLED, Answer, Google
from inference.live.ownership import Owner, Ownership
from inference.live.report import Line, ok, problem

_LOCATED: Final = 6
"""Parts of a name with a location: projects/P/locations/L/KIND/NAME."""


@final
@dataclass(frozen=True, kw_only=True)
class Listed:
    """A kind of resource."""

    name: str
    service: Service
    parent: str
    """What follows the project in the list's path, up to the collection."""
    collection: str
    """As the API names it."""
    command: str
    """As gcloud names it."""


LISTED: Final = (
    Listed(
        name="certificate",
        service=CERTIFICATE_MANAGER,
        parent="locations/-/",
        collection="certificates",
        command="certificate-manager certificates",
    ),
    Listed(
        name="DNS authorization",
        service=CERTIFICATE_MANAGER,
        parent="locations/-/",
        collection="dnsAuthorizations",
        command="certificate-manager dns-authorizations",
    ),
    Listed(
        name="Pub/Sub topic",
        service=PUBSUB,
        parent="",
        collection="topics",
        command="pubsub topics",
    ),
)


@final
class _Found(Answer):
    name: Annotated[str, Field(pattern=r"^projects/[^/]+/(?:locations/[^/]+/)?[A-Za-z]+/[^/]+$")]
    labels: dict[str, str] = {}  # noqa: RUF012 pydantic copies it


def left(kind: Listed, google: Google, ownership: Ownership) -> Iterator[Line]:
    """What the stack still has of a kind; where its API was never enabled, there is none."""
    path = f"projects/{google.project}/{kind.parent}{kind.collection}"
    try:
        found = list(google.listed(kind.service, path, kind.collection, _Found))
    except ApiError as error:
        if error.reason != DISABLED:
            raise
        found = []
    own = [
        one for one in found if ownership.of(one.name.rpartition("/")[2], one.labels) is Owner.STACK
    ]
    for one in own:
        parts = one.name.split("/")
        location = parts[3] if len(parts) == _LOCATED else ""
        flag = f"--location {location} " if location else ""
        yield problem(
            f"{kind.name} {location or 'global'}/{parts[-1]}",
            "is left",
            f"gcloud {kind.command} delete {parts[-1]} {flag}--project {google.project}",
        )
    if not own:
        yield ok(kind.name, "none is left")
