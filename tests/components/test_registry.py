"""A mirror of images and charts: everything comes from it, and the list of them is whole."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, cast

import pytest
from conftest import of_type, only, run, stack_file

from inference.arguments import Arguments
from inference.cli import main
from inference.config.settings import Settings
from inference.derive.artifacts import used_artifacts
from inference.offline.runner import Run

_PREFIX: Final = "us-central1-docker.pkg.dev/test-project/mirror"
_TAGGED: Final = re.compile(r"^[a-z0-9.-]+\.[a-z]+/.+:v?[0-9][^/]*$")
_SECTIONS: Final = {
    "registry": {"prefix": _PREFIX, "pullSecrets": ["mirror"]},
    "gateway": {"routing": "body"},
    "models": [
        {
            "name": "llama",
            "autoscaling": {"min": 1, "max": 2},
            "lora": {"adapters": [{"name": "food", "source": "owner/food"}]},
        },
        {"name": "qwen", "model": "Qwen/Qwen3-8B", "engine": "sglang"},
    ],
    "nodePools": [{"machineType": "a3-highgpu-8g", "nodes": 1}],
}


def _settings(release: str) -> Settings:
    return Settings.model_validate_json(json.dumps({**_SECTIONS, "gatewayRelease": release}))


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 any JSON
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value)
        yield from (text for part in parts.values() for text in _texts(part))
    elif isinstance(value, list):
        yield from (text for part in cast("list[Any]", value) for text in _texts(part))
    elif isinstance(value, str):
        yield value


def _pulled(found: Run) -> set[str]:
    """What Pods and Helm are given, Helm's values for images put together."""
    pulled = set[str]()
    for release in of_type(found, ":Release"):
        values, chart = release.inputs["values"], str(release.inputs["chart"])
        if not chart.startswith("oci://"):
            continue
        pulled.add(f"{chart.removeprefix('oci://')}:{release.inputs['version']}")
        (part,) = (values[key] for key in ("inferenceExtension", "bbr", "router") if key in values)
        image = part.get("epp", part)["image"]
        place = image.get("registry", image.get("hub")), image.get("repository", image.get("name"))
        pulled.add(f"{place[0]}/{place[1]}:{image['tag']}")
    for deployment in of_type(found, ":Deployment"):
        pulled |= {text for text in _texts(deployment.inputs["spec"]) if _TAGGED.match(text)}
    return pulled


@pytest.mark.parametrize("release", ["v1.0.0", "v1.5.0", "llm-d-v0.10.0"])
def test_everything_that_is_pulled_is_below_the_prefix_and_is_listed(release: str) -> None:
    found = run({**_SECTIONS, "gatewayRelease": release})

    listed = used_artifacts(_settings(release))
    assert _pulled(found) == {each.reference for each in listed}
    assert all(each.reference.startswith(f"{_PREFIX}/") for each in listed)
    assert not any(each.source.startswith(_PREFIX) for each in listed)
    assert len(listed) == 8


def test_servers_pull_with_the_secrets_and_nodes_with_their_account() -> None:
    found = run({**_SECTIONS, "gatewayRelease": "v1.5.0"})

    pod = only(found, ":Deployment", "llama").inputs["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "mirror"}]
    roles = {grant.inputs["role"] for grant in of_type(found, ":IAMMember")}
    assert "roles/artifactregistry.reader" in roles
    elsewhere = run({**_SECTIONS, "registry": {"prefix": "registry.example.com:5000/mirror"}})
    roles = {grant.inputs["role"] for grant in of_type(elsewhere, ":IAMMember")}
    assert "roles/artifactregistry.reader" not in roles


def test_the_command_prints_one_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: Arguments) -> object:
        return stack_file({**_SECTIONS, "gatewayRelease": "v1.5.0"})

    monkeypatch.setattr("inference.offline.images.read", read)

    assert main(["images"]) == 0
    sources = capsys.readouterr().out.splitlines()
    assert "docker.io/vllm/vllm-openai:v0.32.0" in sources
    assert "registry.k8s.io/gateway-api-inference-extension/charts/inferencepool:v1.5.0" in sources
    assert main(["images", "--pairs"]) == 0
    pairs = [line.split(" ") for line in capsys.readouterr().out.splitlines()]
    assert [source for source, _ in pairs] == sources
    assert {target.partition("/mirror/")[0] for _, target in pairs} == {
        "us-central1-docker.pkg.dev/test-project"
    }
    assert main(["images", "--json"]) == 0
    images = json.loads(capsys.readouterr().out)["images"]
    assert [each["source"] for each in images] == sources
    assert {each["kind"] for each in images} == {"image", "chart"}


@pytest.mark.parametrize(
    "prefix", ["https://mirror.example.com", "mirror.example.com/a/", "mirror", "Mirror.com/a", ""]
)
def test_a_prefix_is_a_registry_and_folders(prefix: str) -> None:
    with pytest.raises(ValueError, match=r"registry\.prefix"):
        Settings.model_validate({"registry": {"prefix": prefix}})
