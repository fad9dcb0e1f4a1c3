"""Doctor's look at the VPC: the one proxy-only subnet that a region may have."""

from collections.abc import Iterator
from typing import Final, final

from inference.config.finding import set_command
from inference.config.settings import Settings
from inference.derive.names import network_name, proxy_only_subnet
from inference.live.checks import Check
from inference.live.endpoints import COMPUTE
from inference.live.google import Google, GoogleModel
from inference.live.report import Line, ok, problem

_PURPOSE: Final = "REGIONAL_MANAGED_PROXY"
_ACTIVE: Final = "ACTIVE"
_NAME: Final = "proxy-only subnet"
_CREATE: Final = "network.proxyOnlySubnet.create"


@final
class _Subnetwork(GoogleModel):
    name: str
    network: str
    purpose: str = ""
    role: str = ""
    ip_cidr_range: str = ""


def _active(google: Google, settings: Settings) -> list[_Subnetwork]:
    project = settings.network.host_project or google.project
    found = google.read_all(
        COMPUTE,
        f"projects/{project}/regions/{settings.gcp.region}/subnetworks",
        "items",
        _Subnetwork,
        filter=f'purpose = "{_PURPOSE}"',
    )
    network = network_name(settings).rpartition("/")[2]
    return [
        subnet
        for subnet in found
        if subnet.purpose == _PURPOSE
        and subnet.role == _ACTIVE
        and subnet.network.rpartition("/")[2] == network
    ]


def _proxy_only_subnet(google: Google, settings: Settings) -> Iterator[Line]:
    where = f"{network_name(settings)} and {settings.gcp.region}"
    active = _active(google, settings)
    ours = proxy_only_subnet(settings)
    if not settings.makes_proxy_subnet:
        if active:
            yield ok(_NAME, f"{active[0].name} ({active[0].ip_cidr_range}) exists and is used")
        else:
            message = f"none exists in {where}: the Gateway would get no proxies"
            yield problem(_NAME, message, set_command(_CREATE, "true"))
    elif not active:
        yield ok(_NAME, f"none exists in {where} yet; the stack creates it")
    elif active[0].name == ours:
        yield ok(_NAME, f"{ours} ({active[0].ip_cidr_range}) exists, as this stack creates it")
    else:
        yield problem(
            _NAME,
            f"{active[0].name} ({active[0].ip_cidr_range}) is active in {where}, which may have "
            "only one: Google would reject the stack's",
            set_command(_CREATE, "false"),
        )


def network_checks(google: Google, settings: Settings) -> Iterator[Check]:
    """What is looked at for GKE's Gateway."""
    # A Gateway that is there has its proxies.
    if settings.gateway.is_gke and settings.gateway.existing is None:
        yield Check(name=_NAME, look=lambda: _proxy_only_subnet(google, settings))
