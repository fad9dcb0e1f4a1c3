"""Who reaches the model servers when a stack asks that not everyone does."""

import pytest
from conftest import of_type, only, run

_SECURED = {"networkPolicy": True}


def test_only_load_balancer_picker_and_collector_reach_a_servers_port() -> None:
    found = run(
        {
            "security": _SECURED,
            "cluster": {"dataplaneV2": True},
            "network": {"proxyOnlySubnet": {"cidr": "10.200.0.0/23"}},
            "models": [{"name": "mine", "port": 9000}],
            "gatewayRelease": "v1.5.0",
        }
    )
    spec = only(found, ":NetworkPolicy", "mine").inputs["spec"]
    (rule,) = spec["ingress"]

    assert spec["podSelector"] == {"matchLabels": {"app": "mine"}}
    assert spec["policyTypes"] == ["Ingress"]
    assert rule["ports"] == [{"port": 9000, "protocol": "TCP"}]
    assert rule["from"] == [
        {"ipBlock": {"cidr": "10.200.0.0/23"}},
        {"ipBlock": {"cidr": "35.191.0.0/16"}},
        {"ipBlock": {"cidr": "130.211.0.0/22"}},
        {"podSelector": {"matchLabels": {"inferencepool": "mine-epp"}}},
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gmp-system"}},
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": "collector"}},
        },
    ]


def test_on_autopilot_the_collector_has_another_namespace() -> None:
    found = run({"security": _SECURED, "cluster": {"mode": "autopilot"}})
    callers = only(found, ":NetworkPolicy").inputs["spec"]["ingress"][0]["from"]

    assert callers[-1]["namespaceSelector"] == {
        "matchLabels": {"kubernetes.io/metadata.name": "gke-gmp-system"}
    }


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {
            "security": _SECURED,
            "cluster": {"mode": "existing", "context": "kind"},
            "gateway": {"className": "istio"},
        },
    ],
)
def test_none_is_made_unless_asked_for_and_where_callers_are_unknown(
    sections: dict[str, object],
) -> None:
    assert of_type(run(sections), ":NetworkPolicy") == []
