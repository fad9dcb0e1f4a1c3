"""Findings about certificates, policies, Model Armor and the body-based router."""

from typing import Any

import pytest
from preflight_cases import Table, Values

from inference.preflight import network, surface, traffic

_EXISTING = {"mode": "existing", "context": "x"}
_HOST = ["llm.example.com"]
_IAP = {"clientId": "id", "secret": "iap"}
_ALLOW = {"allow": ["203.0.113.0/24"]}


def _gateway(**keys: object) -> Values:
    return {"gateway": keys}


def _elsewhere(**keys: object) -> Values:
    return {"cluster": _EXISTING, "gateway": {"className": "istio", **keys}}


def _models(**keys: object) -> Values:
    models = [{"name": "one", "servedName": "one"}, {"name": "two", "servedName": "two"}]
    return {"models": models, "gateway": keys}


def _armor(template: str) -> Values:
    return _gateway(modelArmor={"template": template})


_FOREIGN = "projects/p/locations/europe-west4/templates/t"
_TRIPS: list[tuple[str, Values, str]] = [
    ("traffic.no-hostname", _gateway(tls={}), "gateway.hostnames"),
    ("traffic.no-hostname", _gateway(tls={"redirect": False}), "gateway.hostnames"),
    ("traffic.nameless-endpoint", _gateway(tls={"secret": "tls"}), "gateway.hostnames"),
    ("traffic.nameless-endpoint", _gateway(tls={"certificate": "c"}), "gateway.hostnames"),
    ("traffic.gke-only", _elsewhere(iap=_IAP), "gateway.iap"),
    ("traffic.gke-only", _elsewhere(cloudArmor=_ALLOW), "gateway.cloudArmor"),
    ("traffic.gke-only", _elsewhere(tls={}, hostnames=_HOST), "gateway.tls"),
    ("traffic.gke-only", _elsewhere(modelArmor={"template": "t"}), "gateway.modelArmor"),
    ("traffic.iap-without-tls", _gateway(iap=_IAP), "gateway.iap"),
    ("traffic.iap-without-tls", _gateway(iap=_IAP, className="gke-l7-rilb"), "gateway.iap"),
    ("traffic.open-to-all", _gateway(tls={}, hostnames=_HOST), "gateway"),
    (
        "traffic.open-to-all",
        _gateway(tls={}, hostnames=_HOST, cloudArmor={"rateLimit": {"requests": 9}}),
        "gateway",
    ),
    ("traffic.armor-inside", _gateway(cloudArmor=_ALLOW, internal=True), "gateway.cloudArmor"),
    (
        "traffic.armor-inside",
        _gateway(cloudArmor=_ALLOW, className="gke-l7-rilb"),
        "gateway.cloudArmor",
    ),
    (
        "traffic.waf-denies",
        _gateway(cloudArmor={"waf": {"preview": False}}),
        "gateway.cloudArmor.waf.preview",
    ),
    (
        "traffic.waf-denies",
        _gateway(cloudArmor={**_ALLOW, "waf": {"preview": False, "sensitivity": 4}}),
        "gateway.cloudArmor.waf.preview",
    ),
    ("traffic.model-armor-agent", _armor("t"), "gateway.modelArmor"),
    ("traffic.model-armor-agent", _armor(_FOREIGN), "gateway.modelArmor"),
    ("traffic.model-armor-region", _armor(_FOREIGN), "gateway.modelArmor.template"),
    (
        "traffic.model-armor-region",
        _gateway(modelArmor={"template": "t", "answerTemplate": _FOREIGN}),
        "gateway.modelArmor.answerTemplate",
    ),
    (
        "traffic.body-router-unattached",
        {**_models(), **_elsewhere(routing="body")},
        "gateway.routing",
    ),
    (
        "traffic.body-router-unattached",
        {**_models(), "cluster": _EXISTING, "gateway": {"className": "eg", "routing": "body"}},
        "gateway.routing",
    ),
    ("traffic.no-default-model", _models(routing="body"), "gateway.defaultModel"),
    (
        "traffic.no-default-model",
        {**_models(), **_elsewhere(routing="body", provider="istio")},
        "gateway.defaultModel",
    ),
]
_PASSES: list[tuple[str, Values]] = [
    ("traffic.no-hostname", _gateway(tls={}, hostnames=_HOST)),
    ("traffic.no-hostname", _gateway(tls={"secret": "tls"})),
    ("traffic.nameless-endpoint", _gateway(tls={"secret": "tls"}, hostnames=["*.example.com"])),
    ("traffic.nameless-endpoint", _gateway()),
    ("traffic.gke-only", _gateway(iap=_IAP, cloudArmor=_ALLOW)),
    ("traffic.gke-only", _elsewhere(tls={"secret": "tls"}, hostnames=_HOST)),
    ("traffic.iap-without-tls", _gateway(iap=_IAP, tls={}, hostnames=_HOST)),
    ("traffic.iap-without-tls", _gateway(tls={})),
    ("traffic.open-to-all", _gateway(tls={}, hostnames=_HOST, iap=_IAP)),
    ("traffic.open-to-all", _gateway(tls={}, hostnames=_HOST, cloudArmor=_ALLOW)),
    ("traffic.open-to-all", _gateway(tls={}, hostnames=_HOST, cloudArmor={"policy": "ours"})),
    ("traffic.open-to-all", _gateway(tls={}, hostnames=_HOST, className="gke-l7-rilb")),
    ("traffic.armor-inside", _gateway(cloudArmor=_ALLOW)),
    ("traffic.armor-inside", _gateway(internal=True)),
    ("traffic.waf-denies", _gateway(cloudArmor={"waf": {}})),
    ("traffic.waf-denies", _gateway(cloudArmor=_ALLOW)),
    ("traffic.model-armor-agent", _gateway()),
    ("traffic.model-armor-agent", _elsewhere(modelArmor={"template": "t"})),
    ("traffic.model-armor-region", _armor("t")),
    ("traffic.model-armor-region", _armor("projects/p/locations/us-central1/templates/t")),
    ("traffic.body-router-unattached", _models(routing="body")),
    (
        "traffic.body-router-unattached",
        {**_models(), **_elsewhere(routing="body", provider="istio")},
    ),
    ("traffic.no-default-model", _models(routing="body", defaultModel="two")),
    ("traffic.no-default-model", _models(routing="header")),
]
_NAME = "pulumi config set --path 'gke-inference-gateway:gateway.hostnames[0]' llm.example.com"
_ROLES = (
    "roles/container.admin, roles/modelarmor.calloutUser, roles/modelarmor.user, "
    "roles/serviceusage.serviceUsageConsumer"
)
_WORDS: list[tuple[str, Values, str, str]] = [
    (
        "traffic.no-hostname",
        _gateway(tls={}),
        "is empty, but a managed certificate needs DNS names: Google would reject it",
        _NAME,
    ),
    (
        "traffic.nameless-endpoint",
        _gateway(tls={"secret": "tls"}),
        (
            "is empty, so clients call the IP address, which the certificate is unlikely to "
            "cover: they would reject the connection"
        ),
        _NAME,
    ),
    (
        "traffic.gke-only",
        _elsewhere(iap=_IAP),
        "is for Google's load balancers, but class istio is not GKE's: it would have no effect",
        "pulumi config rm --path 'gke-inference-gateway:gateway.iap'",
    ),
    (
        "traffic.iap-without-tls",
        _gateway(iap=_IAP),
        (
            "Identity-Aware Proxy needs HTTPS, which the listener does not serve: Google would "
            "reject it"
        ),
        "set `gateway.tls` to {}, `gateway.hostnames` to [llm.example.com] in the stack file",
    ),
    (
        "traffic.iap-without-tls",
        _gateway(iap=_IAP, hostnames=_HOST),
        (
            "Identity-Aware Proxy needs HTTPS, which the listener does not serve: Google would "
            "reject it"
        ),
        "set `gateway.tls` to {} in the stack file",
    ),
    (
        "traffic.open-to-all",
        _gateway(tls={}, hostnames=_HOST),
        (
            "the endpoint is on the internet and open to everyone: anyone who finds it can use "
            "the GPUs"
        ),
        (
            "set gateway.iap, or pulumi config set --path "
            "'gke-inference-gateway:gateway.cloudArmor.allow[0]' RANGE"
        ),
    ),
    (
        "traffic.armor-inside",
        _gateway(cloudArmor=_ALLOW, internal=True),
        (
            "applies to pools behind an internal Gateway, for which no source says that GKE "
            "supports a policy: it may be rejected, or not apply there"
        ),
        ("test it, or remove `gateway.internal` from the stack file"),
    ),
    (
        "traffic.waf-denies",
        _gateway(cloudArmor={"waf": {"preview": False}}),
        "false, so prompts with code, SQL or markup that look like attacks are answered 403",
        "pulumi config set --path 'gke-inference-gateway:gateway.cloudArmor.waf.preview' true",
    ),
    (
        "traffic.model-armor-agent",
        _armor("t"),
        (
            "is called by service-PROJECT_NUMBER@gcp-sa-dep.iam.gserviceaccount.com, which needs "
            f"{_ROLES}"
        ),
        "gcloud projects add-iam-policy-binding for each role, and accept this finding",
    ),
    (
        "traffic.model-armor-region",
        _armor(_FOREIGN),
        (
            f"{_FOREIGN} is not in us-central1, whose endpoint the load balancer calls: it would "
            "not be found"
        ),
        "create the template in us-central1",
    ),
    (
        "traffic.body-router-unattached",
        {**_models(), **_elsewhere(routing="body")},
        (
            "body, but the chart cannot attach the router to a Gateway of class istio: requests "
            "would be answered 404"
        ),
        "pulumi config set --path 'gke-inference-gateway:gateway.routing' header",
    ),
    (
        "traffic.no-default-model",
        _models(routing="body"),
        "not set, so a request that specifies no model, such as GET /v1/models, is answered 404",
        "pulumi config set --path 'gke-inference-gateway:gateway.defaultModel' one",
    ),
]
TABLE = Table(modules=(traffic, surface), trips=_TRIPS, passes=_PASSES, words=_WORDS)


@pytest.mark.parametrize(("keys", "found"), [({}, True), ({"tls": {}, "hostnames": _HOST}, False)])
def test_tls_is_what_public_http_asks_for(*, keys: dict[str, Any], found: bool) -> None:
    table = Table(modules=(network,), trips=(), passes=(), words=())

    assert bool(table.of("network.public-http", _gateway(**keys))) is found
