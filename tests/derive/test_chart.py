"""Values of the pool chart, exactly as each release's chart reads them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from inference.catalog.images import Artifact
from inference.catalog.releases import RELEASES
from inference.config.gateway import ChartProvider
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.chart import pool_values, server_labels
from inference.derive.names import picker_name

_MODEL = Model.model_validate({"name": "llama", "port": 8080})
_NO_MONITORING = {"prometheus": {"enabled": False, "auth": {"enabled": False}}}


@pytest.fixture(autouse=True)
def _no_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layouts are compared without digests, which `make pin-images` may have recorded."""
    monkeypatch.setattr(Artifact, "digest", None)


def _settings(sections: Mapping[str, Any]) -> Settings:
    return Settings.model_validate_json(json.dumps(sections), strict=True)


def _values(release: str, provider: ChartProvider = ChartProvider.NONE) -> Any:  # noqa: ANN401 Helm values
    sections = {"gatewayRelease": release, "gateway": {"provider": provider.value}}
    return pool_values(_settings(sections), _MODEL)


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
                "flags": {},
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


def test_a_picker_before_simulated_servers_fits_a_laptop() -> None:
    model = Model.model_validate({"name": "llama", "engine": "simulator"})
    values: Any = pool_values(_settings({"gatewayRelease": "v1.5.0"}), model)
    requests = {"cpu": "0.1", "memory": "0.25Gi"}
    assert values["inferenceExtension"]["resources"] == {"requests": requests}


@pytest.mark.parametrize("release", list(RELEASES))
def test_only_the_providers_name_differs_between_providers(release: str) -> None:
    none, istio = _values(release), _values(release, ChartProvider.ISTIO)
    assert istio["provider"] == {"name": "istio"}
    assert {**istio, "provider": {"name": "none"}} == none


def test_a_recorded_digest_follows_the_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = f"sha256:{'a' * 64}"
    monkeypatch.setattr(Artifact, "digest", digest)
    tag = _values("v1.0.0")["inferenceExtension"]["image"]["tag"]
    assert tag == f"v1.0.0@{digest}"


def test_servers_are_selected_by_the_models_name() -> None:
    assert server_labels(_MODEL) == {"app": "llama"}


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
