"""HTTPS, policies, two Gateways and divided models on the real engine, API server and charts."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from harness.scenario import Scenario, scenario

_HOST = "llm.my-domain.dev"
_GPU = {"accelerator": "nvidia-h100-80gb", "count": 1}
_MODELS = [
    {"name": "stable", "servedName": "llama", "gpu": _GPU},
    {"name": "canary", "servedName": "llama", "gpu": _GPU},
]
_GATEWAY: Mapping[str, Any] = {
    "routing": "body",
    "defaultModel": "stable",
    "hostnames": [_HOST],
    "tls": {},
    "internal": True,
    "globalAccess": True,
    "cloudArmor": {"allow": ["203.0.113.0/24"], "rateLimit": {"requests": 600}, "waf": {}},
    "iap": {"clientId": "id", "secret": "iap"},
    "modelArmor": {"template": "prompts"},
}
_GKE = "networking.gke.io/v1"
_GATEWAY_API = "gateway.networking.k8s.io/v1"


def _divided(stable: int, canary: int) -> dict[str, Any]:
    shares = [{"model": "stable", "weight": stable}, {"model": "canary", "weight": canary}]
    return {**_GATEWAY, "splits": [{"servedName": "llama", "models": shares}]}


@pytest.fixture(scope="module", params=["v1.0.0", "v1.5.0"])
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scenario]:
    with scenario(tmp_path_factory.mktemp("traffic"), "dev") as started:
        started.engine.change("gatewayRelease", request.param)
        started.engine.change("models", _MODELS)
        started.engine.change("gateway", _divided(9, 1))
        announced = started.engine.preview().steps
        assert started.engine.up().steps == announced
        yield started


def test_the_api_server_took_every_object_and_nothing_changes_by_itself(
    deployed: Scenario,
) -> None:
    assert deployed.engine.up().steps == {}
    for api, kind, name in (
        (_GATEWAY_API, "Gateway", "inference-gateway-internal"),
        (_GATEWAY_API, "HTTPRoute", "inference-gateway-redirect"),
        (_GKE, "GCPGatewayPolicy", "inference-gateway-internal"),
        (_GKE, "GCPTrafficExtension", "inference-gateway"),
        (_GKE, "GCPRoutingExtension", "inference-gateway-bbr"),
        (_GKE, "HealthCheckPolicy", "inference-gateway-bbr"),
        ("apps/v1", "Deployment", "inference-gateway-bbr"),
        ("v1", "Service", "inference-gateway-bbr"),
    ):
        assert deployed.api.get(api, kind, name, "default"), name


def test_other_weights_update_the_route_alone(deployed: Scenario) -> None:
    deployed.engine.change("gateway", _divided(1, 1))
    assert deployed.engine.preview().steps == {"inference-gateway-route": "update"}
    assert deployed.engine.up().steps == {"inference-gateway-route": "update"}
    route = deployed.api.get(_GATEWAY_API, "HTTPRoute", "inference-gateway", "default")
    assert route
    first = route["spec"]["rules"][0]
    assert [backend["weight"] for backend in first["backendRefs"]] == [1, 1]


def test_nothing_is_left_and_no_policy_goes_before_its_load_balancer(deployed: Scenario) -> None:
    since = len(deployed.run.operations())
    deployed.engine.destroy()
    steps = deployed.run.operations()[since:]
    ends = {step.target: step.end for step in steps if step.what == "delete"}
    last_gateway = max(end for target, end in ends.items() if target.startswith("Gateway/"))
    for kind in ("RegionSslPolicy", "RegionSecurityPolicy", "Certificate"):
        (step,) = (step for step in steps if step.what == "delete" and step.kind == kind)
        assert step.start >= last_gateway
    assert [step for step in steps if step.failed] == []
    assert deployed.left() == []
