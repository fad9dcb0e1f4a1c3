"""Certificate, policies, second Gateway, body-based router and divided models, as registered."""

from typing import Any

import pytest
from conftest import of_type, only, run

from inference.offline.runner import Run

_MODELS = [
    {"name": "stable", "servedName": "llama"},
    {"name": "canary", "servedName": "llama"},
    {"name": "other", "servedName": "qwen", "model": "Qwen/Qwen3-8B"},
]
_SPLIT = {
    "servedName": "llama",
    "models": [{"model": "stable", "weight": 9}, {"model": "canary", "weight": 1}],
}
_HOST = "llm.example.com"


def _run(models: list[dict[str, Any]] | None = None, **gateway: object) -> Run:
    sections: dict[str, Any] = {"gateway": gateway, "nodePools": [{"nodes": 4}]}
    return run({**sections, **({"models": models} if models else {})})


def _rules(found: Run) -> list[tuple[str | None, list[tuple[str, int | None]]]]:
    """Header value, and backends with weights, of each rule."""
    return [
        (
            rule["matches"][0].get("headers", [{"value": None}])[0]["value"],
            [(backend["name"], backend.get("weight")) for backend in rule["backendRefs"]],
        )
        for rule in only(found, ":HTTPRoute", "inference-gateway").inputs["spec"]["rules"]
    ]


def test_https_is_the_routes_listener_and_http_sends_there() -> None:
    found = _run(tls={}, hostnames=[_HOST, f"*.{_HOST}"])
    route = only(found, ":HTTPRoute", "inference-gateway").inputs["spec"]
    redirect = only(found, ":HTTPRoute", "inference-gateway-redirect").inputs["spec"]

    assert route["parentRefs"] == [{"name": "inference-gateway", "sectionName": "https"}]
    assert redirect["parentRefs"] == [{"name": "inference-gateway", "sectionName": "http"}]
    assert route["hostnames"] == redirect["hostnames"] == [_HOST, f"*.{_HOST}"]
    # With a port GKE refuses the route.
    assert redirect["rules"] == [
        {
            "filters": [
                {
                    "type": "RequestRedirect",
                    "requestRedirect": {"scheme": "https", "statusCode": 301},
                }
            ]
        }
    ]


def test_a_managed_certificate_is_authorised_by_dns_and_named_by_the_listener() -> None:
    found = _run(tls={}, hostnames=[_HOST, f"*.{_HOST}"])
    certificate = only(found, ":Certificate").inputs
    authorization = only(found, ":DnsAuthorization").inputs
    https = only(found, ":Gateway").inputs["spec"]["listeners"][1]

    assert certificate["managed"]["domains"] == [_HOST, f"*.{_HOST}"]
    # A wildcard is authorised by its parent domain.
    assert (authorization["domain"], authorization["location"]) == (_HOST, "us-central1")
    assert https["tls"]["options"] == {"networking.gke.io/cert-manager-certs": certificate["name"]}


@pytest.mark.parametrize("tls", [{"secret": "mine"}, {"certificate": "mine"}])
def test_a_given_certificate_is_used_and_none_is_made(tls: dict[str, str]) -> None:
    found = _run(tls=tls, hostnames=[_HOST])

    assert of_type(found, ":Certificate") == of_type(found, ":DnsAuthorization") == []
    assert "mine" in str(only(found, ":Gateway").inputs["spec"]["listeners"])


def test_the_ssl_policy_outlives_the_load_balancer() -> None:
    found = _run(tls={"minVersion": "1.3", "profile": "restricted"}, hostnames=[_HOST])
    policy = only(found, ":RegionSslPolicy")

    assert (policy.inputs["minTlsVersion"], policy.inputs["profile"]) == ("TLS_1_3", "RESTRICTED")
    assert policy.urn in only(found, ":Gateway").depends_on
    default = only(found, ":GCPGatewayPolicy").inputs["spec"]["default"]
    assert default == {"sslPolicy": policy.inputs["name"]}


def test_an_internal_gateway_has_its_own_address_and_shares_the_routes() -> None:
    found = _run(internal=True, globalAccess=True)
    gateway = only(found, ":Gateway", "inference-gateway-internal").inputs["spec"]
    address = only(found, "compute/address:Address", "inference-gateway-gateway-internal")
    route = only(found, ":HTTPRoute", "inference-gateway").inputs

    assert gateway["gatewayClassName"] == "gke-l7-rilb"
    assert gateway["addresses"] == [{"type": "NamedAddress", "value": address.inputs["name"]}]
    assert route["spec"]["parentRefs"] == [
        {"name": "inference-gateway"},
        {"name": "inference-gateway-internal"},
    ]
    assert "parents[1]" in route["metadata"]["annotations"]["pulumi.com/waitFor"]
    policy = only(found, ":GCPGatewayPolicy").inputs["spec"]
    assert policy["targetRef"]["name"] == "inference-gateway-internal"
    assert policy["default"] == {"allowGlobalAccess": True}


def test_an_existing_address_of_the_internal_gateway_is_only_read() -> None:
    found = _run(internal=True, internalAddress="ours")
    reads = [one.inputs["id"] for one in of_type(found, ":Address") if one.read]

    assert reads == ["projects/test-project/regions/us-central1/addresses/ours"]


def test_cloud_armor_and_iap_stand_before_every_pool() -> None:
    found = _run(
        _MODELS,
        splits=[_SPLIT],
        cloudArmor={"allow": ["203.0.113.0/24"], "rateLimit": {"requests": 600}},
        iap={"clientId": "id", "secret": "iap"},
        tls={},
        hostnames=[_HOST],
    )
    policy = only(found, ":RegionSecurityPolicy")

    assert policy.inputs["rules"][0]["rateLimitOptions"] == {
        "conformAction": "allow",
        "exceedAction": "deny(429)",
        "enforceOnKey": "IP",
        "rateLimitThreshold": {"count": 600, "intervalSec": 60},
    }
    for backend in of_type(found, ":GCPBackendPolicy"):
        default = backend.inputs["spec"]["default"]
        assert default["securityPolicy"] == policy.inputs["name"]
        assert default["iap"] == {
            "enabled": True,
            "clientID": "id",
            "oauth2ClientSecret": {"name": "iap"},
        }
    assert policy.urn in only(found, ":Gateway").depends_on


def test_an_existing_cloud_armor_policy_is_named_and_none_is_made() -> None:
    found = _run(cloudArmor={"policy": "ours"}, hostnames=[_HOST])

    assert of_type(found, ":RegionSecurityPolicy") == []
    assert only(found, ":GCPBackendPolicy").inputs["spec"]["default"]["securityPolicy"] == "ours"


def test_models_are_divided_by_weight_and_the_default_comes_last() -> None:
    found = _run(_MODELS, splits=[_SPLIT], defaultModel="other")

    assert _rules(found) == [
        ("llama", [("stable", 9), ("canary", 1)]),
        ("qwen", [("other", None)]),
        (None, [("other", None)]),
    ]
    assert found.outputs["servedModels"] == ["llama", "qwen"]


def test_other_weights_touch_the_route_alone() -> None:
    shares = [{"model": "stable", "weight": 1}, {"model": "canary", "weight": 1}]
    before = _run(_MODELS, splits=[_SPLIT], defaultModel="other")
    after = _run(_MODELS, splits=[{**_SPLIT, "models": shares}], defaultModel="other")
    changed = [
        old.name
        for old, new in zip(before.resources, after.resources, strict=True)
        if old.inputs != new.inputs
    ]

    assert changed == ["inference-gateway-route"]


def test_routing_by_body_installs_the_router_and_puts_it_before_the_gateways() -> None:
    found = _run(_MODELS, splits=[_SPLIT], routing="body", internal=True)
    release = only(found, ":Release", "inference-gateway-bbr")
    extension = only(found, ":GCPRoutingExtension")
    health = only(found, ":HealthCheckPolicy", "inference-gateway-bbr")

    assert release.inputs["chart"].endswith("/charts/body-based-routing")
    assert release.urn in extension.depends_on
    assert health.urn in extension.depends_on
    targets = extension.inputs["spec"]["targetRefs"]
    assert [target["name"] for target in targets] == [
        "inference-gateway",
        "inference-gateway-internal",
    ]
    # Clients need no header: the router sets it.
    assert "X-Gateway-Model-Name" not in str(found.outputs["curl"])


def test_one_model_needs_no_router() -> None:
    assert of_type(_run(routing="body"), ":GCPRoutingExtension") == []
    assert of_type(_run(), ":Release")[-1].inputs["name"] == "llama3-8b"


def test_nothing_of_this_is_made_unasked() -> None:
    kinds = {resource.kind for resource in _run().resources}

    assert kinds.isdisjoint(
        {
            "Edge",
            "BodyRouter",
            "Certificate",
            "RegionSslPolicy",
            "RegionSecurityPolicy",
            "GCPGatewayPolicy",
            "GCPTrafficExtension",
            "GCPRoutingExtension",
        }
    )


@pytest.mark.parametrize(
    ("gateway", "endpoint"),
    [
        ({"tls": {}, "hostnames": [_HOST]}, f"https://{_HOST}"),
        ({"cloudArmor": {"policy": "ours"}, "hostnames": [_HOST]}, f"http://{_HOST}"),
    ],
)
def test_the_endpoint_is_the_dns_name(gateway: dict[str, Any], endpoint: str) -> None:
    outputs = _run(**gateway).outputs

    assert outputs["endpoint"] == endpoint
    assert f"{endpoint}/v1/completions" in outputs["curl"]
    assert "dnsRecords" in outputs
    assert "dnsRecords" not in _run().outputs


def test_other_domains_are_another_certificate_which_does_not_wait_for_the_first_to_go() -> None:
    names = {
        only(_run(tls={}, hostnames=[host]), ":Certificate").inputs["name"]
        for host in (_HOST, "other.example.com")
    }

    assert len(names) == 2
