"""Metrics RBAC, as the tutorial names it, and PodMonitorings."""

from typing import Any

import pytest
from conftest import OTHER_GATEWAY, of_type, only, run

_SECRET = "inference-gateway-sa-metrics-reader-secret"  # noqa: S105 a name
_RELEASES = ["v1.0.0", "v1.5.0", "llm-d-v0.10.0"]


@pytest.mark.parametrize("release", _RELEASES)
def test_rbac_is_the_tutorials_for_every_release(release: str) -> None:
    found = run({**OTHER_GATEWAY, "gatewayRelease": release})
    account = "inference-gateway-sa-metrics-reader"

    reader = only(found, ":ClusterRole", "inference-gateway-metrics-reader").inputs
    assert reader["rules"] == [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]
    assert only(found, ":ServiceAccount").inputs["metadata"]["name"] == account
    binding = only(found, ":ClusterRoleBinding", f"{account}-role-binding").inputs
    assert binding["roleRef"]["name"] == "inference-gateway-metrics-reader"
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account, "namespace": "default"}
    ]
    secret = only(found, ":Secret", _SECRET).inputs
    assert secret["type"] == "kubernetes.io/service-account-token"
    assert secret["metadata"]["annotations"] == {"kubernetes.io/service-account.name": account}
    secret_reader = only(found, ":ClusterRole", f"{_SECRET}-read").inputs
    assert secret_reader["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "verbs": ["get", "list", "watch"],
            "resourceNames": [_SECRET],
        }
    ]


@pytest.mark.parametrize(
    ("cluster", "namespace"),
    [
        ({"mode": "standard"}, "gmp-system"),
        ({"mode": "autopilot"}, "gke-gmp-system"),
        ({"mode": "existing", "context": "x"}, "gmp-system"),
        ({"mode": "existing", "context": "x", "autopilot": True}, "gke-gmp-system"),
    ],
)
def test_the_collector_of_the_mode_may_read_the_token(
    cluster: dict[str, Any], namespace: str
) -> None:
    name = f"{namespace}:collector:{_SECRET}-read"
    binding = only(run({"cluster": cluster}), ":ClusterRoleBinding", name).inputs

    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "collector", "namespace": namespace}
    ]
    assert binding["roleRef"]["name"] == f"{_SECRET}-read"


def test_another_namespace_has_cluster_scoped_names_of_its_own() -> None:
    found = run({**OTHER_GATEWAY, "namespace": "models"})
    names = [
        resource.inputs["metadata"]["name"]
        for kind in (":ClusterRole", ":ClusterRoleBinding")
        for resource in of_type(found, kind)
    ]

    assert len(names) == 4
    assert all(name.endswith("-models") for name in names)


@pytest.mark.parametrize(
    ("release", "label", "token"),
    [
        ("v1.0.0", "inferencepool", True),
        ("v1.5.0", "inferencepool", False),
        ("llm-d-v0.10.0", "llm-d-router-gateway", False),
    ],
)
def test_the_picker_is_scraped_with_the_token_only_where_the_release_demands_one(
    release: str, label: str, *, token: bool
) -> None:
    found = run({**OTHER_GATEWAY, "gatewayRelease": release})
    monitoring = only(found, ":PodMonitoring", "llama3-8b-epp")
    (endpoint,) = monitoring.inputs["spec"]["endpoints"]

    assert monitoring.inputs["spec"]["selector"] == {"matchLabels": {label: "llama3-8b-epp"}}
    assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")
    secret = {"secret": {"name": _SECRET, "key": "token"}}
    expected = {"type": "Bearer", "credentials": secret} if token else None
    assert endpoint.get("authorization") == expected
    assert (only(found, ":Secret", _SECRET).urn in monitoring.depends_on) is token
    # Model servers demand none.
    servers = only(found, ":PodMonitoring", "llama3-8b").inputs["spec"]
    assert servers == {
        "selector": {"matchLabels": {"app": "llama3-8b"}},
        "endpoints": [{"port": "http", "scheme": "http", "path": "/metrics", "interval": "15s"}],
    }


def test_a_cluster_without_managed_prometheus_gets_nothing_for_it() -> None:
    sections = {
        "cluster": {"mode": "existing", "context": "kind-kind"},
        "gateway": {"className": "istio"},
    }

    found = run(sections, gcp={})
    assert of_type(found, ":PodMonitoring") == []
    assert not [resource for resource in found.resources if "MetricsReader" in resource.urn]
