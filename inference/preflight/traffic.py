"""Encryption of the endpoint, who is let in, and Model Armor before the models."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import PUBLIC_ENDPOINT
from inference.catalog.gcp import EXTERNAL_CLASS
from inference.catalog.traffic import (
    ARMOR_CLASSES,
    GATEWAY_CRDS,
    IAP_HTTPS,
    MANAGED_CERTIFICATES,
    MODEL_ARMOR,
    MODEL_ARMOR_AGENT,
    MODEL_ARMOR_ROLES,
    WAF_PROMPTS,
)
from inference.config import Finding, Settings
from inference.config.finding import Fix, edit, remove_command, set_command
from inference.config.gateway import GatewaySettings
from inference.derive.addresses import restricts_sources
from inference.preflight.registry import error, info, warning

NO_HOSTNAME: Final = error(
    id="traffic.no-hostname",
    cause="`gateway.tls` requests a managed certificate, but `gateway.hostnames` is empty.",
    consequence="Google issues certificates only for DNS names, and rejects one without any.",
    fix="Set `gateway.hostnames`, or a certificate or Secret.",
    source=MANAGED_CERTIFICATES,
)
NAMELESS_ENDPOINT: Final = warning(
    id="traffic.nameless-endpoint",
    cause="The Gateway has TLS, but no DNS name of its own.",
    consequence="Clients call it by its IP address, which the certificate is unlikely to cover: "
    "they reject the connection.",
    fix="Set `gateway.hostnames`.",
    source=MANAGED_CERTIFICATES,
)
GKE_ONLY: Final = error(
    id="traffic.gke-only",
    cause="A setting for Google's load balancers is used with a Gateway class that is not GKE's.",
    consequence="It would have no effect, and the endpoint would be open where it seems protected.",
    fix="Remove the setting, and use what the class offers.",
    source=GATEWAY_CRDS,
)
IAP_WITHOUT_TLS: Final = error(
    id="traffic.iap-without-tls",
    cause="Identity-Aware Proxy is on, but the Gateway has no TLS.",
    consequence="Google rejects it on a load balancer without HTTPS.",
    fix="Set gateway.tls.",
    source=IAP_HTTPS,
)
OPEN_TO_ALL: Final = warning(
    id="traffic.open-to-all",
    cause="The endpoint is on the internet with TLS, but open to everyone.",
    consequence="Anyone who finds it uses your GPUs.",
    fix="Use Identity-Aware Proxy, or Cloud Armor with your clients' ranges.",
    source=PUBLIC_ENDPOINT,
)
ARMOR_INSIDE: Final = warning(
    id="traffic.armor-inside",
    cause="A Cloud Armor policy protects pools that are also behind an internal Gateway.",
    consequence="Cloud Armor supports regional internal load balancers, but no source says "
    "whether GKE's internal class accepts the policy: it may be rejected, or not apply there.",
    fix="Test it, or use the policy only with an external Gateway.",
    source=ARMOR_CLASSES,
)
WAF_DENIES: Final = warning(
    id="traffic.waf-denies",
    cause="Preconfigured WAF rules deny requests.",
    consequence="Prompts with code, SQL or markup look like attacks and are answered 403.",
    fix="Run them in preview mode first, and read the log.",
    source=WAF_PROMPTS,
)

TRAFFIC_MODEL_ARMOR_AGENT: Final = info(
    id="traffic.model-armor-agent",
    cause="Model Armor is called by a Google service agent, which needs roles.",
    consequence="Without them, every request fails, or passes unchecked if failOpen is set.",
    fix=f"Grant {MODEL_ARMOR_AGENT} {', '.join(MODEL_ARMOR_ROLES)}.",
    source=MODEL_ARMOR,
)
MODEL_ARMOR_REGION: Final = error(
    id="traffic.model-armor-region",
    cause="A Model Armor template is in a different region from the load balancer.",
    consequence="The regional endpoint finds only templates in its own region.",
    fix="Create the template in gcp:region.",
    source=MODEL_ARMOR,
    follows=("places.no-such-region",),
)
_LLM: Final = "llm.example.com"


def with_tls(gateway: GatewaySettings) -> Fix:
    """The edit that gives the endpoint TLS."""
    if gateway.existing is not None:
        return Fix("set an HTTPS listener in `gateway.existing` in the stack file")
    named = {} if gateway.hostnames else {"gateway.hostnames": [_LLM]}
    return edit({"gateway.tls": {}, **named})


def _hostname(settings: Settings) -> Iterator[Finding]:
    gateway = settings.gateway
    fix = set_command("gateway.hostnames[0]", _LLM)
    if gateway.tls is None or gateway.hostnames:
        return
    if gateway.tls.is_managed and gateway.is_gke:
        yield NO_HOSTNAME.finding(
            "gateway.hostnames",
            "is empty, but a managed certificate needs DNS names: Google would reject it",
            fix,
        )
    elif not gateway.tls.is_managed:
        yield NAMELESS_ENDPOINT.finding(
            "gateway.hostnames",
            "is empty, so clients call the IP address, which the certificate is unlikely to "
            "cover: they would reject the connection",
            fix,
        )


def _gke_only(settings: Settings) -> Iterator[Finding]:
    gateway = settings.gateway
    if gateway.is_gke:
        return
    tls = gateway.tls
    wanted = {
        "tls.certificate": tls is not None and tls.certificate is not None,
        "tls": tls is not None and tls.is_managed,
        "tls.sslPolicy": tls is not None and tls.ssl_policy is not None,
        "internal": gateway.internal,
        "globalAccess": gateway.global_access,
        "cloudArmor": gateway.cloud_armor is not None,
        "iap": gateway.iap is not None,
        "modelArmor": gateway.model_armor is not None,
    }
    for key, is_set in wanted.items():
        if is_set:
            path = f"gateway.{key}"
            yield GKE_ONLY.finding(
                path,
                f"is for Google's load balancers, but class {gateway.class_name} is not GKE's: it "
                "would have no effect",
                "set a Secret for the Gateway: " + set_command("gateway.tls.secret", "NAME")
                if key == "tls"
                else remove_command(path),
            )


def _let_in(settings: Settings) -> Iterator[Finding]:
    gateway = settings.gateway
    armor = gateway.cloud_armor
    if gateway.iap is not None and not gateway.is_https and gateway.is_gke:
        yield IAP_WITHOUT_TLS.finding(
            "gateway.iap",
            "Identity-Aware Proxy needs HTTPS, which the listener does not serve: Google would "
            "reject it",
            with_tls(gateway),
        )
    closed = gateway.iap is not None or restricts_sources(gateway)
    if settings.is_public and gateway.is_https and not closed:
        yield OPEN_TO_ALL.finding(
            "gateway",
            "the endpoint is on the internet and open to everyone: anyone who finds it can use "
            "the GPUs",
            "set gateway.iap, or " + set_command("gateway.cloudArmor.allow[0]", "RANGE"),
        )
    if armor is not None and gateway.is_gke and gateway.has_internal:
        yield ARMOR_INSIDE.finding(
            "gateway.cloudArmor",
            "applies to pools behind an internal Gateway, for which no source says that GKE "
            "supports a policy: it may be rejected, or not apply there",
            "test it, or "
            + edit(
                {"gateway.className": EXTERNAL_CLASS}
                if gateway.is_internal
                else {"gateway.internal": None}
            ),
        )
    if armor is not None and armor.waf is not None and not armor.waf.preview:
        yield WAF_DENIES.to_set(
            "gateway.cloudArmor.waf.preview",
            "false, so prompts with code, SQL or markup that look like attacks are answered 403",
            "true",
        )


def _model_armor(settings: Settings) -> Iterator[Finding]:
    armor = settings.gateway.model_armor
    if armor is None or not settings.gateway.is_gke:
        return
    region = settings.gcp.region
    for key, name in (("template", armor.template), ("answerTemplate", armor.answer_template)):
        if name is not None and "/" in name and f"/locations/{region}/" not in name:
            yield MODEL_ARMOR_REGION.finding(
                f"gateway.modelArmor.{key}",
                f"{name} is not in {region}, whose endpoint the load balancer calls: it would not "
                "be found",
                f"create the template in {region}",
            )
    yield TRAFFIC_MODEL_ARMOR_AGENT.finding(
        "gateway.modelArmor",
        f"is called by {MODEL_ARMOR_AGENT}, which needs {', '.join(MODEL_ARMOR_ROLES)}",
        "gcloud projects add-iam-policy-binding for each role, and accept this finding",
    )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about certificates and policies."""
    yield from _hostname(settings)
    yield from _gke_only(settings)
    yield from _let_in(settings)
    yield from _model_armor(settings)
