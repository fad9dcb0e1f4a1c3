"""Addresses and names that examples have, and that nobody's clients or servers do."""

import re
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Final

from inference.catalog.google_rules import DOCUMENTATION_RANGES
from inference.catalog.source import high
from inference.config import Finding, Settings
from inference.preflight.registry import error, warning

VALUES_DOCUMENTATION_RANGE: Final = warning(
    id="values.documentation-range",
    cause="An address range is one of those that are kept for documentation.",
    consequence="Nobody has an address in it, so it lets nobody in.",
    fix="Set the range of your clients, such as your office's.",
    source=high(
        "RFC 5737 and RFC 3849: address blocks reserved for documentation",
        "https://www.rfc-editor.org/rfc/rfc5737",
    ),
    to_fill_in=True,
)
VALUES_RESERVED_DOMAIN: Final = error(
    id="values.reserved-domain",
    cause="A host name of the Gateway, the alerts' e-mail address or a mirror is in a domain that "
    "is reserved for examples and tests, such as `example.com` or `.test`.",
    consequence="Public DNS has no such domain of yours: no certificate is issued for it, no "
    "client finds it, and no mail arrives. Offline, this is a warning.",
    fix="Set one in a domain of your own; accept the finding if a private DNS zone has it.",
    source=high(
        "RFC 2606 and RFC 6761: reserved domain names", "https://www.rfc-editor.org/rfc/rfc2606"
    ),
    to_fill_in=True,
)

_ADDRESS: Final = re.compile(r"[0-9a-fA-F.:]+(?:/[0-9]+)?")
_DOMAINS: Final = re.compile(
    r"gateway\.hostnames\[\d+\]|observability\.alerts\.email|crds\.source|registry\.prefix"
)
"""Paths of what DNS must have; elsewhere, such as in a model's name, such a text is no domain."""
_BESIDE: Final = re.compile(r"^\w+://|[:/].*$")
"""What a URL has beside its host."""
_EXAMPLE: Final = re.compile(r"(?:.*[.@])?example\.(?:com|net|org)|.*[.@](?:example|invalid)")
_LOCAL: Final = re.compile(r".*[.@](?:localhost|test)")
"""Domains that a private network may well have."""


def _is_documentation(text: str) -> bool:
    try:
        network = ip_network(text) if _ADDRESS.fullmatch(text) else None
    except ValueError:
        return False
    return network is not None and any(
        network.network_address in one and network.prefixlen >= one.prefixlen
        for one in DOCUMENTATION_RANGES
    )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about values of an example, which the reader is to replace by others."""
    for path, value in settings.written():
        # What is only printed, as of `preflight`, may be any text.
        if not isinstance(value, str) or path.startswith("preflight."):
            continue
        # Google takes them for subnets.
        if not path.startswith("network.") and _is_documentation(value):
            yield VALUES_DOCUMENTATION_RANGE.finding(
                path,
                f"{value} is a range for documentation, in which nobody has an address",
                f"set `{path}` in the stack file to a range of your own, such as your office's",
            )
        if not settings.on_gke or not _DOMAINS.fullmatch(path):
            continue
        host = _BESIDE.sub("", value)
        if _EXAMPLE.fullmatch(host) or (settings.is_public and _LOCAL.fullmatch(host)):
            yield VALUES_RESERVED_DOMAIN.finding(
                path,
                f"{value} is in a domain for examples and tests: public DNS has nothing there",
                f"set `{path}` in the stack file to one in a domain of your own",
            )
