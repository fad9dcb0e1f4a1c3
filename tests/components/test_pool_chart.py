"""Values of the pool chart, exactly as each release's chart reads them."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
import yaml
from conftest import make_settings

from components.arguments.resources import StackResources
from components.arguments.routing import inference_pool_args
from components.routing.pool_chart import pool_values
from inference.catalog.images import Artifact
from inference.catalog.releases import RELEASES
from inference.catalog.server_metrics import SGLANG_METRICS, VLLM_METRICS
from inference.derive.names import picker_name

_NO_MONITORING: Final = {"prometheus": {"enabled": False, "auth": {"enabled": False}}}


@pytest.fixture(autouse=True)
def _no_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layouts are compared without digests, which `make pin-images` may have recorded."""
    monkeypatch.setattr(Artifact, "digest", None)


def _values(release: str, provider: str = "none", engine: str = "vllm", **picker: Any) -> Any:  # noqa: ANN401 Helm values
    sections = {
        "gatewayRelease": release,
        "gateway": {"provider": provider},
        "picker": picker,
        "models": [{"name": "llama", "port": 8080, "engine": engine}],
    }
    settings = make_settings(sections)
    resources = StackResources(namespace="default")
    return pool_values(inference_pool_args(settings, settings.models[0], resources))


def _picker(release: str, **picker: Any) -> Any:  # noqa: ANN401 Helm values
    values = _values(release, **picker)
    return values["router"]["epp"] if "router" in values else values["inferenceExtension"]


def test_the_first_release_takes_hub_and_name_and_a_list_of_flags() -> None:
    assert _values("v1.0.0") == {
        "inferencePool": {
            "targetPorts": [{"number": 8080}],
            "targetPortNumber": 8080,
            "modelServers": {"matchLabels": {"app": "llama"}},
        },
        "inferenceExtension": {
            "image": {
                "hub": "registry.k8s.io/gateway-api-inference-extension",
                "name": "epp",
                "tag": "v1.0.0",
                "pullPolicy": "IfNotPresent",
            },
            "flags": [
                {"name": "v", "value": "1"},
                {
                    "name": "kv-cache-usage-percentage-metric",
                    "value": "vllm:kv_cache_usage_perc",
                },
            ],
        },
        "provider": {"name": "none"},
    }


def test_the_last_extension_release_takes_registry_and_repository_and_a_map_of_flags() -> None:
    assert _values("v1.5.0") == {
        "inferencePool": {
            "targetPorts": [{"number": 8080}],
            "modelServers": {"matchLabels": {"app": "llama"}},
        },
        "inferenceExtension": {
            "image": {
                "registry": "registry.k8s.io",
                "repository": "gateway-api-inference-extension/epp",
                "tag": "v1.5.0",
                "pullPolicy": "IfNotPresent",
            },
            "flags": {},
            "resources": {"requests": {"cpu": "4", "memory": "8Gi"}},
            "monitoring": _NO_MONITORING,
        },
        "provider": {"name": "none"},
    }


def test_llm_d_takes_everything_but_the_provider_below_router() -> None:
    assert _values("llm-d-v0.10.0") == {
        "router": {
            "epp": {
                "image": {
                    "registry": "ghcr.io",
                    "repository": "llm-d/llm-d-router-endpoint-picker",
                    "tag": "v0.10.0",
                    "pullPolicy": "IfNotPresent",
                },
                # As the chart's Service says that it speaks HTTP/2 without TLS.
                "flags": {"secure-serving": False},
                "resources": {"requests": {"cpu": "8", "memory": "8Gi"}},
            },
            "modelServers": {
                "matchLabels": {"app": "llama"},
                "targetPorts": [{"number": 8080}],
            },
            "monitoring": _NO_MONITORING,
        },
        "provider": {"name": "none"},
    }


@pytest.mark.parametrize(
    ("picker", "engine", "requests"),
    [
        ({}, "simulator", {"cpu": "0.1", "memory": "0.25Gi"}),
        ({"requests": {"cpu": 1.5, "memoryGib": 2}}, "vllm", {"cpu": "1.5", "memory": "2Gi"}),
    ],
)
def test_a_picker_requests_what_the_stack_says_and_little_before_simulated_servers(
    picker: dict[str, Any], engine: str, requests: dict[str, str]
) -> None:
    values = _values("v1.5.0", engine=engine, **picker)
    assert values["inferenceExtension"]["resources"] == {"requests": requests}


@pytest.mark.parametrize("release", list(RELEASES))
def test_only_the_providers_name_differs_between_providers(release: str) -> None:
    none, istio = _values(release), _values(release, "istio")
    assert istio["provider"] == {"name": "istio"}
    if "router" in none:
        # Istio is told to use TLS by the chart's DestinationRule.
        assert none["router"]["epp"]["flags"].pop("secure-serving") is False
    assert {**istio, "provider": {"name": "none"}} == none


def test_a_recorded_digest_follows_the_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = f"sha256:{'a' * 64}"
    monkeypatch.setattr(Artifact, "digest", digest)
    tag = _values("v1.0.0")["inferenceExtension"]["image"]["tag"]
    assert tag == f"v1.0.0@{digest}"


@pytest.mark.parametrize(
    ("release", "picker"),
    [
        ("llama3-8b", "llama3-8b-epp"),
        ("a" * 40, f"{'a' * 40}-epp"),
        ("a" * 41, f"{'a' * 40}-epp"),
    ],
)
def test_picker_names_are_cut_at_40_characters_as_in_the_charts(release: str, picker: str) -> None:
    assert picker_name(release) == picker


@pytest.mark.parametrize("release", list(RELEASES))
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
    assert terms[0]["podAffinityTerm"]["labelSelector"] == {"matchLabels": {label: "llama-epp"}}


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


def _config(release: str, **picker: Any) -> Any:  # noqa: ANN401 a YAML document
    values = _picker(release, **picker)
    return yaml.safe_load(values["pluginsCustomConfig"][values["pluginsConfigFile"]])


@pytest.mark.parametrize(
    ("release", "plugins"),
    [
        (
            "v1.0.0",
            {"prefix-cache-scorer": {"hashBlockSize": 128, "maxPrefixBlocksToMatch": 512}},
        ),
        (
            "v1.5.0",
            {
                "prefix-cache-scorer": {
                    "blockSizeTokens": 32,
                    "maxPrefixBlocksToMatch": 512,
                    "autoTune": False,
                }
            },
        ),
        (
            "llm-d-v0.10.0",
            {
                "prefix-cache-scorer": None,
                "approx-prefix-cache-producer": {
                    "blockSizeTokens": 32,
                    "maxPrefixBlocksToMatch": 512,
                    "maxPrefixTokensToMatch": 0,
                    "autoTune": False,
                },
            },
        ),
    ],
)
def test_parameters_stand_where_each_picker_reads_them(
    release: str, plugins: Mapping[str, object]
) -> None:
    prefix = {"blockSize": 32, "maxPrefixBlocksToMatch": 512}
    config = _config(release, scorers={"queue": 0, "kvCache": 0, "prefixCache": prefix})

    assert {one["type"]: one.get("parameters") for one in config["plugins"]} == plugins
    (profile,) = config["schedulingProfiles"]
    assert profile["plugins"] == [{"pluginRef": "prefix-cache-scorer", "weight": 3}]


def test_a_parameter_alone_leaves_the_others_to_the_servers_metrics() -> None:
    config = _config("v1.5.0", scorers={"prefixCache": {"maxPrefixBlocksToMatch": 512}})
    parameters = next(one["parameters"] for one in config["plugins"] if "parameters" in one)
    assert parameters == {"maxPrefixBlocksToMatch": 512}


def test_flow_control_is_a_gate_its_limits_and_when_servers_are_busy() -> None:
    config = _config("v1.5.0", flowControl={"queueDepth": 8, "maxRequests": 100})

    assert config["featureGates"] == ["flowControl"]
    assert config["flowControl"] == {"maxRequests": "100", "defaultRequestTTL": "60s"}
    assert [one["type"] for one in config["plugins"]] == [
        "queue-scorer",
        "kv-cache-utilization-scorer",
        "prefix-cache-scorer",
        "utilization-detector",
    ]
    assert config["plugins"][-1]["parameters"] == {
        "queueDepthThreshold": 8,
        "kvCacheUtilThreshold": 0.8,
    }


def test_the_failure_mode_stands_where_each_chart_reads_it() -> None:
    modes = {release: _values(release, failureMode="FailClose") for release in RELEASES}

    assert "FailClose" not in json.dumps(modes["v1.0.0"])
    assert modes["v1.5.0"]["inferenceExtension"]["failureMode"] == "FailClose"
    assert modes["llm-d-v0.10.0"]["router"]["inferencePool"] == {"failureMode": "FailClose"}


@pytest.mark.parametrize(
    ("engine", "flags"),
    [
        ("vllm", {"kv-cache-usage-percentage-metric": VLLM_METRICS.kv_cache.name}),
        (
            "sglang",
            {
                "total-queued-requests-metric": SGLANG_METRICS.waiting.name,
                "kv-cache-usage-percentage-metric": SGLANG_METRICS.kv_cache.name,
                "lora-info-metric": "",
            },
        ),
    ],
)
def test_the_first_picker_is_told_by_flags_whose_metrics_it_reads_and_later_ones_are_not(
    engine: str, flags: dict[str, str]
) -> None:
    first = _values("v1.0.0", engine=engine)["inferenceExtension"]["flags"]

    assert {flag["name"]: flag["value"] for flag in first} == {"v": "1", **flags}
    # They know by labels of the Pods.
    for release in ("v1.5.0", "llm-d-v0.10.0"):
        assert not flags.keys() & _picker(release, engine=engine)["flags"]
