"""Values of pickers that are more than one, or score by weights of the stack's own."""

import json
from typing import Any

import pytest
import yaml

from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive import system_pool
from inference.derive.chart import pool_values

_RELEASES = ["v1.0.0", "v1.5.0", "llm-d-v0.10.0"]


def _settings(release: str, **picker: Any) -> Settings:  # noqa: ANN401 any setting
    sections = {"gatewayRelease": release, "picker": picker}
    return Settings.model_validate_json(json.dumps(sections), strict=True)


def _picker(release: str, **picker: Any) -> Any:  # noqa: ANN401 Helm values
    values = pool_values(_settings(release, **picker), Model())
    return values["router"]["epp"] if "router" in values else values["inferenceExtension"]


@pytest.mark.parametrize("release", _RELEASES)
def test_one_picker_is_left_to_the_chart(release: str) -> None:
    own = {"replicas", "affinity", "pluginsCustomConfig", "enableLeaderElection", "failureMode"}
    assert not own & set(_picker(release))


@pytest.mark.parametrize(
    ("release", "label"), [("v1.5.0", "inferencepool"), ("llm-d-v0.10.0", "llm-d-router-gateway")]
)
def test_several_pickers_are_kept_apart_by_node_and_zone(release: str, label: str) -> None:
    picker = _picker(release, replicas=2)
    terms = picker["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]

    assert picker["replicas"] == 2
    assert [term["podAffinityTerm"]["topologyKey"] for term in terms] == [
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    ]
    assert terms[0]["podAffinityTerm"]["labelSelector"] == {"matchLabels": {label: "llama3-8b-epp"}}


def test_the_first_release_elects_by_a_value_and_a_flag_that_is_the_last() -> None:
    """Go's flag parser stops behind `--switch value`, and the chart writes flags so."""
    picker = _picker("v1.0.0", replicas=2)

    assert (picker["replicas"], picker["enableLeaderElection"]) == (2, True)
    assert picker["flags"][-1] == {"name": "ha-enable-leader-election", "value": "true"}
    assert "affinity" not in picker


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("v1.0.0", "inference.networking.x-k8s.io/v1alpha1"),
        ("v1.5.0", "inference.networking.x-k8s.io/v1alpha1"),
        ("llm-d-v0.10.0", "llm-d.ai/v1alpha1"),
    ],
)
def test_weights_become_a_profile_in_the_releases_api_version(release: str, version: str) -> None:
    picker = _picker(release, scorers={"queue": 0, "loraAffinity": 1})

    assert yaml.safe_load(picker["pluginsCustomConfig"][picker["pluginsConfigFile"]]) == {
        "apiVersion": version,
        "kind": "EndpointPickerConfig",
        "plugins": [
            {"type": "kv-cache-utilization-scorer"},
            {"type": "prefix-cache-scorer"},
            {"type": "lora-affinity-scorer"},
        ],
        "schedulingProfiles": [
            {
                "name": "default",
                "plugins": [
                    {"pluginRef": "kv-cache-utilization-scorer", "weight": 2},
                    {"pluginRef": "prefix-cache-scorer", "weight": 3},
                    {"pluginRef": "lora-affinity-scorer", "weight": 1},
                ],
            }
        ],
    }


def test_the_failure_mode_stands_where_each_chart_reads_it() -> None:
    modes = {
        release: pool_values(_settings(release, failureMode="FailClose"), Model())
        for release in _RELEASES
    }

    assert "FailClose" not in json.dumps(modes["v1.0.0"])
    assert modes["v1.5.0"]["inferenceExtension"]["failureMode"] == "FailClose"
    assert modes["llm-d-v0.10.0"]["router"]["inferencePool"] == {"failureMode": "FailClose"}


@pytest.mark.parametrize(
    ("picker", "machine"),
    [
        ({}, "e2-standard-8"),
        ({"requests": {"cpu": 1, "memoryGib": 2}}, "e2-standard-4"),
        ({"replicas": 4}, "e2-standard-16"),
    ],
)
def test_nodes_are_sized_by_all_pickers_and_what_they_request(
    picker: dict[str, Any], machine: str
) -> None:
    found = system_pool.machine(_settings("v1.5.0", **picker))
    assert found is not None
    assert found.name == machine


def test_own_requests_reach_the_chart() -> None:
    picker = _picker("v1.5.0", requests={"cpu": 1.5, "memoryGib": 2})
    assert picker["resources"] == {"requests": {"cpu": "1.5", "memory": "2Gi"}}
