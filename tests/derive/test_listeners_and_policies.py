"""Listeners, Cloud Armor rules, extensions, and what they ask of the project."""

import json
from typing import Any

import pytest
from conftest import make_settings

from inference.catalog.body_routing import BODY_ROUTERS
from inference.config.gateway import GatewaySettings
from inference.config.gateway_traffic import CloudArmor
from inference.config.settings import Settings
from inference.derive.body_routing import router_values, routing_extension
from inference.derive.cloud_armor import armor_rules
from inference.derive.listeners import (
    address_records,
    endpoint_host,
    gateways,
    listeners,
    scheme,
)
from inference.derive.model_armor import armor_chains
from inference.derive.needs import apis, needs

_TEMPLATES = "projects/test-project/locations/us-central1/templates"
_LAST = 2_147_483_647


def _gateway(**keys: object) -> GatewaySettings:
    return GatewaySettings.model_validate(keys)


def _settings(release: str = "v1.0.0", **keys: object) -> Settings:
    models = [{"name": "one", "servedName": "one"}, {"name": "two", "servedName": "two"}]
    sections = {"models": models, "gateway": keys, "gatewayRelease": release}
    return make_settings({**sections, "gcp": {"project": "test-project"}})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, [{"name": "http", "protocol": "HTTP", "port": 80}]),
        (
            {"hostnames": ["a.example.com"]},
            [{"name": "http", "protocol": "HTTP", "port": 80, "hostname": "a.example.com"}],
        ),
        (
            {"tls": {"redirect": False}, "hostnames": ["a.example.com", "b.example.com"]},
            [
                {
                    "name": "https",
                    "protocol": "HTTPS",
                    "port": 443,
                    "tls": {
                        "mode": "Terminate",
                        "options": {"networking.gke.io/cert-manager-certs": "cert"},
                    },
                }
            ],
        ),
        (
            {"tls": {"secret": "mine"}},
            [
                {"name": "http", "protocol": "HTTP", "port": 80},
                {
                    "name": "https",
                    "protocol": "HTTPS",
                    "port": 443,
                    "tls": {
                        "mode": "Terminate",
                        "certificateRefs": [{"group": "", "kind": "Secret", "name": "mine"}],
                    },
                },
            ],
        ),
    ],
)
def test_listeners(keys: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    assert listeners(_gateway(**keys), "cert") == expected


def test_an_internal_gateway_stands_beside_the_external_one() -> None:
    assert gateways(_gateway(internal=True)) == [
        ("inference-gateway", "gke-l7-regional-external-managed"),
        ("inference-gateway-internal", "gke-l7-rilb"),
    ]
    assert [name for name, _ in gateways(_gateway())] == ["inference-gateway"]


@pytest.mark.parametrize(
    ("keys", "host", "kind"),
    [
        ({}, None, "http"),
        ({"tls": {}, "hostnames": ["*.example.com"]}, None, "https"),
        ({"hostnames": ["*.example.com", "a.example.com"]}, "a.example.com", "http"),
        ({"tls": {}, "hostnames": ["a.example.com", "b.example.com"]}, "a.example.com", "https"),
    ],
)
def test_the_endpoint_has_the_first_name_that_is_no_wildcard(
    keys: dict[str, Any], host: str | None, kind: str
) -> None:
    gateway = _gateway(**keys)

    assert (endpoint_host(gateway), scheme(gateway)) == (host, kind)


def test_each_hostname_has_an_address_record() -> None:
    assert address_records(_gateway(hostnames=["a.example.com"]), "203.0.113.7") == [
        {"name": "a.example.com.", "type": "A", "data": "203.0.113.7"}
    ]


_ARMOR: list[tuple[dict[str, Any], Any]] = [
    (
        {"rateLimit": {"requests": 5}},
        [(2000, "throttle", ["*"]), (_LAST, "allow", ["*"])],
    ),
    (
        {"allow": ["10.0.0.0/8"]},
        [(2000, "allow", ["10.0.0.0/8"]), (_LAST, "deny(403)", ["*"])],
    ),
    (
        {"allow": [f"10.{n}.0.0/16" for n in range(11)], "rateLimit": {"requests": 5}},
        [
            (2000, "throttle", [f"10.{n}.0.0/16" for n in range(10)]),
            (2001, "throttle", ["10.10.0.0/16"]),
            (_LAST, "deny(403)", ["*"]),
        ],
    ),
    (
        {"waf": {"rules": ["xss-v33-stable", "lfi-v33-stable"]}},
        [(1000, "deny(403)", []), (1001, "deny(403)", []), (_LAST, "allow", ["*"])],
    ),
]


@pytest.mark.parametrize(("keys", "expected"), _ARMOR)
def test_rules_of_cloud_armor(keys: dict[str, Any], expected: list[Any]) -> None:
    rules = armor_rules(CloudArmor.model_validate(keys))

    assert [(rule.priority, rule.action, list(rule.ranges)) for rule in rules] == expected


def test_attacks_are_only_logged_unless_told_otherwise() -> None:
    logged, _ = armor_rules(CloudArmor.model_validate({"waf": {"rules": ["xss-v33-stable"]}}))
    waf = {"rules": ["xss-v33-stable"], "preview": False, "sensitivity": 3}
    denied, _ = armor_rules(CloudArmor.model_validate({"waf": waf}))

    assert (logged.preview, denied.preview) == (True, False)
    assert denied.expression == "evaluatePreconfiguredWaf('xss-v33-stable', {'sensitivity': 3})"


@pytest.mark.parametrize(
    ("release", "image"),
    [
        (
            "v1.0.0",
            {"hub": "registry.k8s.io/gateway-api-inference-extension", "name": "bbr"},
        ),
        (
            "v1.5.0",
            {
                "registry": "registry.k8s.io",
                "repository": "gateway-api-inference-extension/bbr",
            },
        ),
    ],
)
def test_values_of_the_router_in_each_layout(release: str, image: dict[str, str]) -> None:
    values = router_values(BODY_ROUTERS[release], "router", "gateway", "none")

    assert values["bbr"]["image"] == {"tag": release, "pullPolicy": "IfNotPresent", **image}
    assert values["bbr"]["name"] == "router"
    assert values["inferenceGateway"] == {"name": "gateway"}
    # The chart's own objects of GKE know one Gateway alone.
    assert values["provider"] == {"name": "none"}


def test_the_router_stands_before_every_gateway_and_reads_the_body() -> None:
    spec = routing_extension("svc", ["one", "two"])
    (extension,) = spec["extensionChains"][0]["extensions"]

    assert [target["name"] for target in spec["targetRefs"]] == ["one", "two"]
    assert extension["backendRef"] == {"group": "", "kind": "Service", "name": "svc", "port": 9004}
    assert {"RequestBody", "RequestTrailers"} <= set(extension["supportedEvents"])


def test_model_armor_is_called_in_the_region_with_whole_names_of_templates() -> None:
    whole = "projects/p/locations/us-central1/templates/answers"
    settings = _settings(modelArmor={"template": "prompts", "answerTemplate": whole})
    assert settings.gateway.model_armor is not None
    (chain,) = armor_chains(settings, settings.gateway.model_armor)
    (extension,) = chain["extensions"]

    assert extension["googleAPIServiceName"] == "modelarmor.us-central1.rep.googleapis.com"
    assert json.loads(extension["metadata"]["model_armor_settings"]) == [
        {
            "model": "default",
            "user_prompt_template_id": f"{_TEMPLATES}/prompts",
            "model_response_template_id": whole,
        }
    ]
    assert extension["failOpen"] is False


_APIS: list[tuple[dict[str, Any], Any]] = [
    ({}, set()),
    ({"tls": {"secret": "s", "sslPolicy": "p"}}, set()),
    ({"tls": {"certificate": "c", "sslPolicy": "p"}}, {"certificatemanager"}),
    ({"modelArmor": {"template": "t"}}, {"modelarmor"}),
]


@pytest.mark.parametrize(("keys", "found"), _APIS)
def test_apis_of_certificates_and_filters(keys: dict[str, Any], found: set[str]) -> None:
    more = set(apis(_settings(**keys))) - set(apis(_settings()))

    assert more == {f"{name}.googleapis.com" for name in found}
    assert set(needs(_settings(**keys)).apis) == set(apis(_settings(**keys)))


_ROLES: list[tuple[dict[str, Any], Any]] = [
    ({"tls": {"secret": "s", "sslPolicy": "p"}}, set()),
    ({"tls": {"secret": "s"}}, {"roles/compute.securityAdmin"}),
    (
        {"tls": {}, "hostnames": ["a.example.com"]},
        {"roles/compute.securityAdmin", "roles/certificatemanager.owner"},
    ),
    ({"cloudArmor": {"policy": "ours"}}, set()),
    ({"cloudArmor": {"allow": ["10.0.0.0/8"]}}, {"roles/compute.securityAdmin"}),
]


@pytest.mark.parametrize(("keys", "roles"), _ROLES)
def test_roles_of_what_is_made(keys: dict[str, Any], roles: set[str]) -> None:
    more = set(needs(_settings(**keys)).roles) - set(needs(_settings()).roles)

    assert more == roles
