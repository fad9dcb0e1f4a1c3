"""What Google keeps for the endpoint beside its load balancers: certificate, policies, address."""

from dataclasses import dataclass
from typing import Any, Final, final

import pulumi
import pulumi_gcp as gcp

from components.type_tokens import token
from inference.config.gateway_traffic import Tls
from inference.config.settings import Settings
from inference.derive.cloud_armor import ArmorRule, armor_rules
from inference.derive.hostnames import Hostnames
from inference.derive.names import gateway_policy, internal_address

_DELETE_TIMEOUT: Final = "20m"
"""Google lets go of what a load balancer used some minutes after the load balancer is gone."""


@final
@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """What to make, and where."""

    settings: Settings
    project: pulumi.Resource
    """Enables the APIs."""
    subnetwork: pulumi.Input[str]
    """Subnet of the internal Gateway's address."""


@final
class Edge(pulumi.ComponentResource):
    """Certificate, SSL policy, Cloud Armor policy and the second Gateway's address.

    A managed certificate is not awaited: Google issues it after the records of `dns_records` are
    in the domain's zone, which only its owner can see to.
    """

    certificate: pulumi.Input[str] | None
    """Name of the regional certificate; None without TLS, or with a Secret."""
    ssl_policy: pulumi.Input[str] | None
    security_policy: pulumi.Input[str] | None
    internal_address: gcp.compute.Address | None
    dns_records: pulumi.Output[list[dict[str, Any]]]
    """Records by which the owner of the domains authorises the certificate."""
    used: list[pulumi.Resource]
    """What load balancers use without a value that shows it."""

    def __init__(
        self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Edge"), name, None, opts)
        self.used = []
        self._options = pulumi.ResourceOptions(
            parent=self,
            # No value shows that the APIs must be enabled first.
            depends_on=[args.project],
            custom_timeouts=pulumi.CustomTimeouts(delete=_DELETE_TIMEOUT),
        )
        settings = args.settings
        tls = settings.gateway.tls
        self.dns_records = pulumi.Output.from_input([])
        self.certificate = tls.certificate if tls else None
        self.ssl_policy = tls.ssl_policy if tls else None
        if tls is not None and tls.is_managed:
            self.certificate = self._managed(name, settings)
        if tls is not None and tls.ssl_policy is None:
            self.ssl_policy = self._ssl_policy(name, settings, tls)
        armor = settings.gateway.cloud_armor
        self.security_policy = armor.policy if armor else None
        if armor is not None and armor.policy is None:
            self.security_policy = self._security_policy(name, settings, armor_rules(armor))
        self.internal_address = self._internal_address(name, args)
        self.register_outputs({"dnsRecords": self.dns_records})

    def _managed(self, name: str, settings: Settings) -> pulumi.Output[str]:
        region = settings.gcp.region
        names = Hostnames(settings.gateway.hostnames)
        authorizations = [
            gcp.certificatemanager.DnsAuthorization(
                f"{name}-{domain}",
                name=authorization,
                location=region,
                domain=domain,
                opts=self._options,
            )
            for domain, authorization in names.authorizations(settings.cluster.name).items()
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
        return gcp.certificatemanager.Certificate(
            f"{name}-certificate",
            # Other domains are another certificate, which is there before the first one goes.
            name=names.certificate(settings.cluster.name),
            location=region,
            managed=gcp.certificatemanager.CertificateManagedArgs(
                domains=list(settings.gateway.hostnames),
                dns_authorizations=[authorization.id for authorization in authorizations],
            ),
            opts=self._options,
        ).name

    def _ssl_policy(self, name: str, settings: Settings, tls: Tls) -> pulumi.Output[str]:
        policy = gcp.compute.RegionSslPolicy(
            f"{name}-ssl-policy",
            name=gateway_policy(settings.cluster.name),
            region=settings.gcp.region,
            profile=tls.profile.value.upper(),
            min_tls_version=f"TLS_{tls.min_version.value.replace('.', '_')}",
            opts=self._options,
        )
        self.used.append(policy)
        return policy.name

    def _security_policy(
        self, name: str, settings: Settings, rules: list[ArmorRule]
    ) -> pulumi.Output[str]:
        policy = gcp.compute.RegionSecurityPolicy(
            f"{name}-security-policy",
            name=gateway_policy(settings.cluster.name),
            region=settings.gcp.region,
            type="CLOUD_ARMOR",
            rules=[_rule(rule) for rule in rules],
            opts=self._options,
        )
        self.used.append(policy)
        return policy.name

    def _internal_address(self, name: str, args: EdgeArgs) -> gcp.compute.Address | None:
        settings = args.settings
        gateway, region = settings.gateway, settings.gcp.region
        if not gateway.internal:
            return None
        if gateway.internal_address is not None:
            project = settings.gcp.project
            return gcp.compute.Address.get(
                f"{name}-internal-address",
                f"projects/{project}/regions/{region}/addresses/{gateway.internal_address}",
                opts=pulumi.ResourceOptions(parent=self),
            )
        return gcp.compute.Address(
            f"{name}-internal-address",
            name=internal_address(settings.cluster.name),
            region=region,
            address_type="INTERNAL",
            purpose="SHARED_LOADBALANCER_VIP",
            subnetwork=args.subnetwork,
            opts=self._options,
        )


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
