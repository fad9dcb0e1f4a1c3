"""Parts of `gateway`: encryption, and who and what is let in."""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Self, final

from pydantic import AfterValidator, Field, model_validator

from inference.catalog.limits import CALLOUT_MILLISECONDS, LEAST_CALLOUT_MILLISECONDS
from inference.catalog.traffic import RATE_INTERVALS
from inference.config.patterns import TEMPLATE_PATTERN, WAF_PATTERN
from inference.config.section import DnsLabel, ResourceName, Section, each_once


class TlsVersion(StrEnum):
    """Oldest version of TLS that clients may speak."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class TlsProfile(StrEnum):
    """Which ciphers Google's load balancers offer."""

    MODERN = "modern"
    RESTRICTED = "restricted"


@final
class Tls(Section):
    """HTTPS at the Gateway. Without a certificate or Secret, a managed one for `hostnames`."""

    certificate: ResourceName | None = None
    """Name of a Certificate Manager certificate in the stack's region."""
    secret: DnsLabel | None = None
    """Name of a TLS Secret in the stack's namespace."""
    redirect: bool = True
    """Whether port 80 sends clients to HTTPS; closed when false."""
    ssl_policy: ResourceName | None = None
    """Name of a regional SSL policy to use; one is created when unset."""
    min_version: TlsVersion = TlsVersion.TLS_1_2
    """Minimum TLS version for clients: `1.2` or `1.3`."""
    profile: TlsProfile = TlsProfile.MODERN
    """Cipher profile: `modern` or `restricted`."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if self.certificate is not None and self.secret is not None:
            raise ValueError("has both a certificate and a secret: a listener presents only one")
        own = self.model_fields_set & {"min_version", "profile"}
        if self.ssl_policy is not None and own:
            raise ValueError("minVersion and profile would be ignored: the sslPolicy sets them")
        return self

    @property
    def is_managed(self) -> bool:
        """Whether the stack asks Google for the certificate."""
        return self.certificate is None and self.secret is None


def _range(cidr: str) -> str:
    try:
        network: IPv4Network | IPv6Network = ip_network(cidr)
    except ValueError as error:
        raise ValueError(f"not an address range: {error}") from None
    return str(network)


def _known_interval(seconds: int) -> int:
    if seconds not in RATE_INTERVALS:
        known = ", ".join(str(known) for known in RATE_INTERVALS)
        raise ValueError(f"{seconds} is not a Cloud Armor interval; possible are {known}")
    return seconds


@final
class RateLimit(Section):
    """How many requests one client address may send; more are answered 429."""

    requests: Annotated[int, Field(ge=1, le=1_000_000)]
    """Requests within the interval."""
    seconds: Annotated[int, AfterValidator(_known_interval)] = 60
    """Length of the interval: one that Cloud Armor supports."""


@final
class Waf(Section):
    """Google's own rules against attacks on web applications. Prompts may look like attacks."""

    rules: Annotated[
        tuple[Annotated[str, Field(pattern=WAF_PATTERN)], ...],
        Field(min_length=1),
        AfterValidator(each_once),
    ] = ("scannerdetection-v33-stable", "protocolattack-v33-stable")
    """Preconfigured rule sets."""
    sensitivity: Annotated[int, Field(ge=1, le=4)] = 1
    """From 1 (fewest false positives) to 4."""
    preview: bool = True
    """Whether a match is only logged, not denied."""


@final
class CloudArmor(Section):
    """A regional Cloud Armor policy before the pools: an existing one, or rules of its own."""

    policy: ResourceName | None = None
    """Name of a regional security policy to use; one is created from the rules when unset."""
    allow: tuple[Annotated[str, AfterValidator(_range)], ...] = ()
    """Ranges of client addresses; all others are answered 403. Everyone when empty."""
    rate_limit: RateLimit | None = None
    """How many requests a client address may send."""
    waf: Waf | None = None
    """Preconfigured WAF rules."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        rules = bool(self.allow or self.rate_limit or self.waf)
        if self.policy is not None and rules:
            raise ValueError("has both a policy and rules: an existing policy has its own rules")
        if self.policy is None and not rules:
            raise ValueError("has neither a policy nor rules, so it would allow everything")
        return self


@final
class Iap(Section):
    """Identity-Aware Proxy: only people and accounts of Google that were granted access."""

    client_id: Annotated[str, Field(min_length=1)]
    """Id of the OAuth client."""
    secret: DnsLabel
    """Name of a Secret in the stack's namespace, whose key `key` holds the client's secret."""


@final
class ModelArmor(Section):
    """Model Armor: prompts and answers pass its filters."""

    template: Annotated[str, Field(pattern=TEMPLATE_PATTERN)]
    """Template for prompts: its name, or `projects/…/locations/…/templates/…`."""
    answer_template: Annotated[str, Field(pattern=TEMPLATE_PATTERN)] | None = None
    """Template for answers; that of prompts when unset."""
    fail_open: bool = False
    """Whether requests pass unchecked when Model Armor does not respond."""
    timeout_milliseconds: Annotated[
        int, Field(ge=LEAST_CALLOUT_MILLISECONDS, le=CALLOUT_MILLISECONDS)
    ] = 1000
    """Time limit for Model Armor to check a message."""
