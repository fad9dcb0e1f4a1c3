"""Names that resources have outside of Pulumi: no two of a stack share one."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from conftest import COMMITTED_STACKS, SEVERAL_MODELS, make_settings, run, run_of

from inference.config.stack_file import read_stack
from inference.derive.listeners import endpoint_host, listeners
from inference.derive.names import authorization_names
from inference.offline.recorder import Registration

_ALLOW: Final = {"allow": [{"id": "traffic.armor-inside", "reason": "tried in this test"}]}
_EVERYTHING: Final[Mapping[str, Any]] = {
    **SEVERAL_MODELS,
    "cluster": {"privateNodes": True, "endpoint": "dns", "notifications": {}},
    "network": {"vpc": {}},
    "gatewayRelease": "v1.5.0",
    "gateway": {
        "routing": "body",
        "internal": True,
        "tls": {},
        "hostnames": ["a-b.example.com", "a.c.example.com", "*.a-b.example.com"],
        "cloudArmor": {"allow": ["10.0.0.0/8"]},
        "modelArmor": {"template": "prompts"},
    },
    "weights": {"compileCache": True},
    "huggingFaceSecretManager": {"secret": "hugging-face"},
    "observability": {"dashboard": True, "alerts": {"email": "a@example.com"}, "sloDays": 7},
    "slo": {"errorRate": 0.01, "timeToFirstTokenP95Ms": 500},
    "security": {"networkPolicy": True, "protect": True},
    "priorityClasses": [{"name": "serving", "value": 1000}],
    "preflight": _ALLOW,
}
_SCALED: Final[Mapping[str, Any]] = {
    "namespace": "serving",
    "cluster": {"mode": "autopilot"},
    "models": [
        {
            "name": "llama",
            "autoscaling": {"max": 3},
            "gpu": {"capacity": "spot", "fallback": ["flexStart"]},
            "lora": {"adapters": [{"name": "food", "source": "owner/food"}]},
        },
        {"name": "qwen", "model": "Qwen/Qwen3-8B", "autoscaling": {"max": 2}},
    ],
    "gateway": {"className": "gke-l7-rilb"},
}
_NAME_KEYS: Final = ("name", "accountId", "serviceId", "sloId")
_PLACE_KEYS: Final = ("region", "location", "zone", "cluster", "namespace", "service")


def _identity(resource: Registration) -> tuple[str, ...] | None:
    """API, kind, place and name of what a resource makes; None where Google chooses the name."""
    inputs = resource.inputs
    if "metadata" in inputs:
        metadata: Mapping[str, Any] = inputs["metadata"]
        return (
            str(inputs.get("apiVersion", "")).rpartition("/")[0],
            str(inputs.get("kind", resource.type)),
            str(metadata.get("namespace", "")),
            str(metadata["name"]),
        )
    name = next((inputs[key] for key in _NAME_KEYS if isinstance(inputs.get(key), str)), None)
    if name is None:
        return None
    place = [str(inputs.get(key, "")) for key in _PLACE_KEYS]
    return resource.type, *place, str(name)


def _names(resources: tuple[Registration, ...]) -> Iterator[tuple[str, ...]]:
    for resource in resources:
        found = _identity(resource) if resource.custom and not resource.read else None
        if found is not None:
            yield found


def _repeated(resources: tuple[Registration, ...]) -> list[tuple[str, ...]]:
    count = Counter(_names(resources))
    assert len(count) > 1
    return [name for name, number in count.items() if number > 1]


@pytest.mark.parametrize("stack", COMMITTED_STACKS)
def test_no_two_resources_of_a_committed_stack_share_a_name(stack: str) -> None:
    assert _repeated(tuple(run_of(read_stack(stack)).resources)) == []


@pytest.mark.parametrize("sections", [_EVERYTHING, _SCALED], ids=["everything", "autoscaled"])
def test_no_two_resources_of_a_full_stack_share_a_name(sections: Mapping[str, Any]) -> None:
    assert _repeated(tuple(run(sections).resources)) == []


def test_an_authorization_is_named_after_its_domain() -> None:
    names = authorization_names("mine", ["a.b.example.com", f"{'a' * 60}.one.com"])

    assert list(names.values()) == ["mine-a-b-example-com", f"mine-{'a' * 58}"]


@pytest.mark.parametrize(
    ("hostnames", "listener", "endpoint", "domains"),
    [
        ([], None, None, []),
        (["llm.example.com"], "llm.example.com", "llm.example.com", ["llm.example.com"]),
        (["*.example.com", "example.com"], None, "example.com", ["example.com"]),
        (["*.example.com"], "*.example.com", None, ["example.com"]),
    ],
)
def test_where_hostnames_are(
    hostnames: list[str], listener: str | None, endpoint: str | None, domains: list[str]
) -> None:
    gateway = make_settings({"gateway": {"hostnames": hostnames}}).gateway

    assert listeners(gateway, None)[0].get("hostname") == listener
    assert endpoint_host(gateway) == endpoint
    assert list(authorization_names("mine", hostnames)) == domains
