"""What a stack adds to its servers' Pods: variables, pull secrets, claims, ConfigMaps, adapters."""

import json
from io import StringIO
from typing import Any

import pytest
from conftest import OTHER_GATEWAY, of_type, only, run
from rich.console import Console

from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.pod import pod_size
from inference.derive.weights import downloads_model, needs_token
from inference.offline.plan import make_plan
from inference.offline.tree import details

_MODEL = {
    "env": {
        "HF_ENDPOINT": "https://mirror.example.com",
        "HTTPS_PROXY": "http://proxy:3128",
        "HEADERS": {"secret": "telemetry", "key": "headers"},
    },
    "imagePullSecrets": ["registry", {"name": "other.registry"}],
    "volumes": [
        {"name": "models", "mountPath": "/mnt/a", "persistentVolumeClaim": {"claimName": "disk"}},
        {"name": "templates", "mountPath": "/templates", "configMap": {"name": "chat"}},
    ],
    "weights": {"persistentVolumeClaim": {"claimName": "llama"}, "path": "8b"},
    "lora": {
        "adapters": [
            {"name": "food", "source": "gs://mine/adapters/food"},
            {"name": "on-disk", "source": "/mnt/a/lora"},
        ]
    },
}
_BUCKET = {**OTHER_GATEWAY, "weights": {"bucket": "mine"}}


def _pod(**model: Any) -> dict[str, Any]:  # noqa: ANN401 any setting
    found = run({**_BUCKET, "models": [{**_MODEL, **model}]})
    pod: dict[str, Any] = only(found, ":Deployment").inputs["spec"]["template"]["spec"]
    return pod


def _named(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item.pop("name"): item for item in items}


def test_variables_are_the_servers_and_not_the_syncers_which_calls_the_server_alone() -> None:
    pod = _pod()
    server = _named(pod["containers"][0]["env"])

    assert server["HF_ENDPOINT"] == {"value": "https://mirror.example.com"}
    assert server["HEADERS"] == {
        "valueFrom": {"secretKeyRef": {"name": "telemetry", "key": "headers"}}
    }
    assert [*_named(pod["initContainers"][0]["env"])] == ["DYNAMIC_LORA_ROLLOUT_CONFIG"]
    assert pod["imagePullSecrets"] == [{"name": "registry"}, {"name": "other.registry"}]


def test_files_are_mounted_read_only_where_the_engine_looks() -> None:
    pod = _pod()
    volumes, mounts = _named(pod["volumes"]), _named(pod["containers"][0]["volumeMounts"])

    assert volumes["weights"]["persistentVolumeClaim"] == {"claimName": "llama", "readOnly": True}
    assert volumes["models"]["persistentVolumeClaim"] == {"claimName": "disk", "readOnly": True}
    assert volumes["templates"]["configMap"] == {"name": "chat"}
    assert volumes["adapter-bucket"]["csi"]["volumeAttributes"]["bucketName"] == "mine"
    assert {
        name: mounts[name] for name in ("weights", "models", "templates", "adapter-bucket")
    } == {
        "weights": {"mountPath": "/weights", "readOnly": True},
        "models": {"mountPath": "/mnt/a", "readOnly": True},
        "templates": {"mountPath": "/templates", "readOnly": True},
        "adapter-bucket": {"mountPath": "/adapter-bucket", "readOnly": True},
    }
    assert pod["containers"][0]["args"][1] == "/weights/8b"


def test_adapters_of_the_bucket_are_named_where_it_is_mounted_and_may_be_read() -> None:
    found = run({**_BUCKET, "models": [_MODEL]})
    config = only(found, ":ConfigMap").inputs["data"]["configmap.yaml"]

    assert "source: /adapter-bucket/adapters/food\n" in config
    assert "source: /mnt/a/lora\n" in config
    assert of_type(found, ":BucketIAMMember")
    template = only(found, ":Deployment").inputs["spec"]["template"]
    assert template["metadata"]["annotations"]["gke-gcsfuse/volumes"] == "true"
    assert template["spec"]["serviceAccountName"]


@pytest.mark.parametrize(
    ("model", "downloads", "gib_on_the_node"),
    [
        ({}, True, 35),
        ({"model": "/models/llama", "parametersBillion": 8.03}, False, 35),
        ({"model": "/mnt/a/llama", "parametersBillion": 8.03}, False, 20),
        ({"weights": _MODEL["weights"]}, False, 20),
    ],
    ids=["hub", "image", "volume", "claim"],
)
def test_a_node_holds_weights_that_are_on_no_volume(
    model: dict[str, Any], *, downloads: bool, gib_on_the_node: int
) -> None:
    given = {"volumes": _MODEL["volumes"], **model}
    settings = Settings.model_validate({"models": (given,)})

    assert downloads_model(settings.models[0]) is downloads
    assert pod_size(settings, settings.models[0]).node_storage == gib_on_the_node


def test_a_model_answers_to_its_aliases_too() -> None:
    model = {"servedName": "qwen3", "aliases": ["gpt-4o", "default"], "lora": _MODEL["lora"]}
    other = {"name": "other", "model": "Qwen/Qwen3-8B", "weights": None}
    found = run({**_BUCKET, "models": [{**_MODEL, **model}, other]})
    arguments = only(found, ":Deployment", "llama3-8b").inputs["spec"]["template"]["spec"][
        "containers"
    ][0]["args"]
    routes = json.dumps([route.inputs for route in of_type(found, ":HTTPRoute")])

    at = arguments.index("--served-model-name")
    assert arguments[at + 1 : at + 5] == ["qwen3", "gpt-4o", "default", "--port=8000"]
    assert all(f'"value": "{name}"' in routes for name in ("qwen3", "gpt-4o", "default", "food"))


def test_a_plan_of_a_hundred_adapters_is_no_longer_than_one_of_twelve() -> None:
    def lines(count: int) -> int:
        adapters = [{"name": f"team-{n}", "source": f"owner/team-{n}"} for n in range(count)]
        lora = {"maxCpuLoras": 100, "adapters": adapters}
        found = run({**OTHER_GATEWAY, "models": [{"lora": lora}]})
        console = Console(width=80, record=True, file=StringIO())
        console.print(*details(make_plan(found), sources=False, machines=False))
        return len(console.export_text().splitlines())

    assert lines(100) <= lines(12)


def test_of_a_mirror_it_is_not_known_whether_it_asks_for_a_token() -> None:
    assert needs_token(Model())
    assert not needs_token(Model.model_validate({"env": {"HF_ENDPOINT": "https://mirror"}}))
