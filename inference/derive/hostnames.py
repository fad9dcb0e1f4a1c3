"""DNS names of the endpoint: where its Gateway, routes and certificate have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from inference.derive.names import authorization_name, certificate_name

_WILDCARD = "*."


@final
@dataclass(frozen=True)
class Hostnames:
    """The names of `gateway.hostnames`, wildcards among them."""

    names: Sequence[str]

    @property
    def listener(self) -> str | None:
        """The hostname of listeners, which have one at most; several are the routes' alone."""
        return self.names[0] if len(self.names) == 1 else None

    @property
    def routes(self) -> list[str]:
        """Hostnames of each HTTPRoute; empty for every name."""
        return list(self.names)

    @property
    def endpoint(self) -> str | None:
        """The name that clients use; None where they use the address, or a wildcard is all."""
        return next((name for name in self.names if not name.startswith(_WILDCARD)), None)

    def certificate(self, cluster: str) -> str:
        """Name of the managed certificate. Other names are another certificate."""
        return certificate_name(cluster, self.names)

    def authorizations(self, cluster: str) -> Mapping[str, str]:
        """Name of the DNS authorization by domain. A parent authorises its wildcard."""
        domains = dict.fromkeys(name.removeprefix(_WILDCARD) for name in self.names)
        return {domain: authorization_name(cluster, domain) for domain in domains}
