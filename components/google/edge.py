"""What Google keeps for the endpoint beside its load balancers: certificate and policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import pulumi
import pulumi_gcp as gcp

from components.child_options import child_after
from components.type_tokens import token
from inference.config.gateway_traffic import TlsProfile, TlsVersion
from inference.derive.cloud_armor import ArmorRule


@final
@dataclass(frozen=True, kw_only=True)
class ManagedCertificate:
    """A regional certificate that Google issues, and renews, for domains of others."""

    name: str
    """Name of the certificate; another one for other domains, which cannot be changed."""
    domains: Sequence[str]
    """DNS names, or wildcards such as `*.example.com`."""
    authorizations: Mapping[str, str]
    """Name of the DNS authorization of each domain; a wildcard's is that of its parent."""


@final
@dataclass(frozen=True, kw_only=True)
class SslPolicy:
    """Which versions of TLS and which ciphers clients may use."""

    name: str
    """Name of the policy."""
    min_version: TlsVersion = TlsVersion.TLS_1_2
    """Oldest version of TLS; 1.3 needs the restricted profile."""
    profile: TlsProfile = TlsProfile.MODERN
    """Ciphers that are offered."""


@final
@dataclass(frozen=True, kw_only=True)
class SecurityPolicy:
    """A regional Cloud Armor policy."""

    name: str
    """Name of the policy."""
    rules: Sequence[ArmorRule]
    """Rules in the order in which they are asked, the one for everyone else last."""


@final
@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """What to make, or the names of what is there already."""

    region: str
    """Region of the load balancers."""
    certificate: ManagedCertificate | str | None = None
    """The certificate; None without TLS, or where a Kubernetes Secret holds it."""
    ssl_policy: SslPolicy | str | None = None
    """The SSL policy; Google's defaults when None."""
    security_policy: SecurityPolicy | str | None = None
    """The Cloud Armor policy; everything passes when None."""
    project: pulumi.Resource | None = None
    """Enables the APIs of Compute Engine and Certificate Manager; None where they are enabled."""


@final
class Edge(pulumi.ComponentResource):
    """Certificate, SSL policy and Cloud Armor policy.

    A managed certificate is not awaited: Google issues it after the records of `dns_records` are
    in the domain's zone, which only its owner can see to.
    """

    certificate: pulumi.Input[str] | None
    """Name of the regional certificate; None without TLS, or with a Secret."""
    ssl_policy: pulumi.Input[str] | None
    """Name of the SSL policy."""
    security_policy: pulumi.Input[str] | None
    """Name of the Cloud Armor policy."""
    dns_records: pulumi.Output[list[dict[str, Any]]]
    """Records (`name`, `type`, `data`) by which the domains' owner authorises the certificate."""
    used: list[pulumi.Resource]
    """What load balancers use without a value that shows it."""

    def __init__(
        self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Edge"), name, None, opts)
        self.used = []
        self._options = child_after(self, args.project)
        self.dns_records = pulumi.Output.from_input([])
        self.certificate = self._certificate(name, args)
        self.ssl_policy = self._ssl_policy(name, args)
        self.security_policy = self._security_policy(name, args)
        self.register_outputs({"dnsRecords": self.dns_records})

    def _certificate(self, name: str, args: EdgeArgs) -> pulumi.Input[str] | None:
        wanted = args.certificate
        if not isinstance(wanted, ManagedCertificate):
            return wanted
        authorizations = [
            gcp.certificatemanager.DnsAuthorization(
                f"{name}-{domain}",
                name=own_name,
                location=args.region,
                domain=domain,
                opts=self._options,
            )
            for domain, own_name in wanted.authorizations.items()
        ]
        self.dns_records = pulumi.Output.all(
            *(authorization.dns_resource_records for authorization in authorizations)
        ).apply(
            lambda every: [
                {"name": record["name"], "type": record["type"], "data": record["data"]}
                for records in every
                for record in records
            ]
        )
        certificate = gcp.certificatemanager.Certificate(
            f"{name}-certificate",
            name=wanted.name,
            location=args.region,
            managed=gcp.certificatemanager.CertificateManagedArgs(
                domains=list(wanted.domains),
                dns_authorizations=[authorization.id for authorization in authorizations],
            ),
            opts=pulumi.ResourceOptions.merge(
                self._options,
                # Google refuses to delete a certificate that a load balancer uses, and the
                # provider would delete the old one before the Gateway has moved to the new one.
                pulumi.ResourceOptions(delete_before_replace=False),
            ),
        )
        self.used.append(certificate)
        return certificate.name

    def _ssl_policy(self, name: str, args: EdgeArgs) -> pulumi.Input[str] | None:
        wanted = args.ssl_policy
        if not isinstance(wanted, SslPolicy):
            return wanted
        policy = gcp.compute.RegionSslPolicy(
            f"{name}-ssl-policy",
            name=wanted.name,
            region=args.region,
            profile=wanted.profile.value.upper(),
            min_tls_version=f"TLS_{wanted.min_version.value.replace('.', '_')}",
            opts=self._options,
        )
        self.used.append(policy)
        return policy.name

    def _security_policy(self, name: str, args: EdgeArgs) -> pulumi.Input[str] | None:
        wanted = args.security_policy
        if not isinstance(wanted, SecurityPolicy):
            return wanted
        policy = gcp.compute.RegionSecurityPolicy(
            f"{name}-security-policy",
            name=wanted.name,
            region=args.region,
            type="CLOUD_ARMOR",
            rules=[_rule(rule) for rule in wanted.rules],
            opts=self._options,
        )
        self.used.append(policy)
        return policy.name


def _rule(rule: ArmorRule) -> gcp.compute.RegionSecurityPolicyRuleArgs:
    limit = rule.limit
    match = (
        gcp.compute.RegionSecurityPolicyRuleMatchArgs(
            expr=gcp.compute.RegionSecurityPolicyRuleMatchExprArgs(expression=rule.expression)
        )
        if rule.expression
        else gcp.compute.RegionSecurityPolicyRuleMatchArgs(
            versioned_expr="SRC_IPS_V1",
            config=gcp.compute.RegionSecurityPolicyRuleMatchConfigArgs(
                src_ip_ranges=list(rule.ranges)
            ),
        )
    )
    return gcp.compute.RegionSecurityPolicyRuleArgs(
        priority=rule.priority,
        action=rule.action,
        description=rule.description,
        match=match,
        preview=rule.preview,
        rate_limit_options=gcp.compute.RegionSecurityPolicyRuleRateLimitOptionsArgs(
            conform_action="allow",
            exceed_action="deny(429)",
            enforce_on_key="IP",
            rate_limit_threshold=gcp.compute.RegionSecurityPolicyRuleRateLimitOptionsRateLimitThresholdArgs(
                count=limit.requests, interval_sec=limit.seconds
            ),
        )
        if limit
        else None,
    )
