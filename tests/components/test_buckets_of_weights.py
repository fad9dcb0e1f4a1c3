"""Weights from a bucket or an image: who may read, what waits for it, and what a Pod has."""

from typing import Any, Final

import pytest
from conftest import OTHER_GATEWAY, of_type, only, run

from inference.offline.recorder import Registration
from inference.offline.runner import Run
from inference.offline.timeline import timeline

_GRANT: Final = ":BucketIAMMember"
_BUCKET: Final = "storage/bucket:Bucket"
_IMAGE: Final = "registry/weights@sha256:" + "a" * 64


def _run(model: dict[str, Any] | None = None, **sections: Any) -> Run:  # noqa: ANN401 any setting
    """A stack with a bucket, whose model streams from it."""
    models = [{"weights": {}, **(model or {})}]
    return run({**OTHER_GATEWAY, "weights": {"create": True}, "models": models, **sections})


def _deployment(found: Run) -> Registration:
    return only(found, ":Deployment")


def _template(found: Run) -> dict[str, Any]:
    template: dict[str, Any] = _deployment(found).inputs["spec"]["template"]
    return template


def _container(found: Run) -> dict[str, Any]:
    (container,) = _template(found)["spec"]["containers"]
    return dict(container)


def _volume(found: Run, name: str) -> dict[str, Any]:
    (volume,) = (one for one in _template(found)["spec"]["volumes"] if one["name"] == name)
    return dict(volume)


def _mount(found: Run, name: str) -> dict[str, Any]:
    (mount,) = (one for one in _container(found)["volumeMounts"] if one["name"] == name)
    return dict(mount)


def _environment(found: Run) -> dict[str, Any]:
    return {one["name"]: one.get("value") for one in _container(found)["env"]}


@pytest.mark.parametrize(
    ("protect", "said"), [({}, False), ({"security": {"protect": True}}, True)]
)
def test_the_bucket_is_private_lies_in_the_region_and_stays(
    protect: dict[str, Any], *, said: bool
) -> None:
    found = _run(**protect)
    bucket = only(found, _BUCKET)

    assert bucket.inputs == {
        "name": "test-project-inference-gateway-weights",
        "location": "US-CENTRAL1",
        "uniformBucketLevelAccess": True,
        "publicAccessPrevention": "enforced",
        "softDeletePolicy": {"retentionDurationSeconds": 604800},
    }
    assert bucket.protect is said
    assert bucket.retain_on_delete is True
    assert of_type(found, "projects/service:Service")
    service = next(
        one
        for one in of_type(found, "projects/service:Service")
        if one.inputs["service"] == "storage.googleapis.com"
    )
    assert service.urn in bucket.depends_on


def test_servers_may_read_before_they_start_and_not_write() -> None:
    found = _run()
    grants = of_type(found, _GRANT)

    assert {grant.inputs["role"] for grant in grants} == {
        "roles/storage.objectViewer",
        "roles/storage.bucketViewer",
    }
    for grant in grants:
        assert grant.inputs["bucket"] == "test-project-inference-gateway-weights"
        assert only(found, "container/cluster:Cluster").urn in grant.depends_on
        assert grant.urn in _deployment(found).depends_on
    spec = _template(found)["spec"]
    account = only(found, ":ServiceAccount", "model-server")
    assert spec["serviceAccountName"] == account.inputs["metadata"]["name"]
    assert spec["automountServiceAccountToken"] is False
    assert account.inputs["automountServiceAccountToken"] is False


def test_streaming_mounts_nothing() -> None:
    found = _run()

    assert "gs://test-project-inference-gateway-weights" in _container(found)["args"][1]
    assert [volume["name"] for volume in _template(found)["spec"]["volumes"]] == ["data", "shm"]
    assert "annotations" not in _template(found)["metadata"]
    addons = only(found, "container/cluster:Cluster").inputs["addonsConfig"]
    assert addons == {"httpLoadBalancing": {"disabled": False}}


def test_mounted_weights_are_read_only_files_of_their_folder() -> None:
    found = _run({"weights": {"load": "mount", "path": "llama"}})
    volume = _volume(found, "weights")

    assert volume["csi"]["driver"] == "gcsfuse.csi.storage.gke.io"
    assert volume["csi"]["readOnly"] is True
    attributes = volume["csi"]["volumeAttributes"]
    assert attributes["bucketName"] == "test-project-inference-gateway-weights"
    assert "only-dir=llama" in attributes["mountOptions"].split(",")
    assert _mount(found, "weights") == {
        "name": "weights",
        "mountPath": "/weights",
        "readOnly": True,
    }
    assert _container(found)["args"][1] == "/weights"
    assert _template(found)["metadata"]["annotations"]["gke-gcsfuse/volumes"] == "true"


@pytest.mark.parametrize(
    ("cluster", "addon"), [({}, {"enabled": True}), ({"mode": "autopilot"}, None)]
)
def test_a_standard_cluster_gets_the_driver_that_autopilot_has(
    cluster: dict[str, str], addon: dict[str, bool] | None
) -> None:
    found = _run({"weights": {"load": "mount"}}, cluster=cluster)
    inputs = only(found, "container/cluster:Cluster").inputs
    assert inputs.get("addonsConfig", {}).get("gcsFuseCsiDriverConfig") == addon


def test_an_image_volume_needs_neither_bucket_nor_account() -> None:
    found = run({**OTHER_GATEWAY, "models": [{"weights": {"image": _IMAGE, "path": "llama"}}]})

    assert _volume(found, "weights") == {
        "name": "weights",
        "image": {"reference": _IMAGE, "pullPolicy": "IfNotPresent"},
    }
    assert _mount(found, "weights")["readOnly"] is True
    assert _container(found)["args"][1] == "/weights/llama"
    assert of_type(found, _BUCKET) == of_type(found, _GRANT) == []
    assert "serviceAccountName" not in _template(found)["spec"]


def test_what_is_compiled_is_kept_in_a_bucket_of_its_own_that_goes_with_the_stack() -> None:
    found = _run(weights={"bucket": "mine", "compileCache": True})
    cache = only(found, _BUCKET, "mine-cache")
    writer = next(one for one in of_type(found, _GRANT) if "objectUser" in one.inputs["role"])

    assert cache.inputs["forceDestroy"] is True
    # Neither folders, which a forced delete leaves, nor a rule that takes single files.
    assert not {"hierarchicalNamespace", "lifecycleRules"} & cache.inputs.keys()
    assert not cache.retain_on_delete
    assert not cache.protect
    assert writer.inputs["bucket"] == "mine-cache"
    assert _volume(found, "compile-cache")["csi"]["readOnly"] is False
    assert _environment(found)["VLLM_CACHE_ROOT"].startswith("/compile-cache/llama3-8b/")
    assert _mount(found, "compile-cache") == {
        "name": "compile-cache",
        "mountPath": "/compile-cache",
    }


def test_an_existing_bucket_is_only_granted() -> None:
    found = _run(weights={"bucket": "theirs", "create": False})

    assert of_type(found, _BUCKET) == []
    assert {grant.inputs["bucket"] for grant in of_type(found, _GRANT)} == {"theirs"}


@pytest.mark.parametrize("token", [{}, {"huggingFaceSecret": {"name": "mine"}}])
def test_a_server_without_adapters_gets_no_token(token: dict[str, Any]) -> None:
    environment = _environment(_run(**token))
    assert not {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} & set(environment)
    assert of_type(_run(**token), "core/v1:Secret") == [
        only(_run(**token), "core/v1:Secret", "inference-gateway-sa-metrics-reader-secret")
    ]


def test_adapters_come_from_hugging_face_with_a_token_where_there_is_one() -> None:
    lora = {"lora": {"adapters": [{"name": "food", "source": "owner/food"}]}}

    assert "HF_TOKEN" in _environment(_run(lora, huggingFaceSecret={"name": "mine"}))
    # Without one public adapters are read, and no empty Secret stands there.
    assert "HF_TOKEN" not in _environment(_run(lora))


def test_token_and_weights_are_read_by_one_account() -> None:
    found = _run({"lora": {}}, huggingFaceSecretManager={"secret": "a"})
    (secret,) = of_type(found, ":SecretIamMember")

    assert len(of_type(found, ":ServiceAccount")) == 2
    account = only(found, "core/v1:ServiceAccount", "model-server").urn
    grants = of_type(found, _GRANT)
    assert len(grants) == 2
    assert all(account in grant.depends_on for grant in (*grants, secret))


def test_a_model_beside_it_that_downloads_runs_as_no_account() -> None:
    both = run(
        {
            **OTHER_GATEWAY,
            "weights": {"create": True},
            "nodePools": [{"machineType": "a3-highgpu-2g", "nodes": 2}],
            "models": [{"weights": {}}, {"name": "qwen", "model": "Qwen/Qwen3-8B"}],
        }
    )
    spec = only(both, ":Deployment", "qwen").inputs["spec"]["template"]["spec"]

    assert "serviceAccountName" not in spec
    grants = {grant.urn for grant in of_type(both, _GRANT)}
    assert not grants & set(only(both, ":Deployment", "qwen").depends_on)


def test_nothing_of_it_is_there_without_the_keys() -> None:
    found = run({})

    assert of_type(found, _BUCKET) == of_type(found, _GRANT) == []
    assert "annotations" not in _template(found)["metadata"]
    assert _environment(found)["VLLM_CACHE_ROOT"] == "/data/vllm"


@pytest.mark.parametrize(("model", "minutes"), [({}, 0.27), ({"weights": {"load": "mount"}}, 0.8)])
def test_the_timeline_has_buckets_first_and_weights_by_their_way(
    model: dict[str, Any], minutes: float
) -> None:
    steps = {step.id: step for step in timeline(_run(model)).steps}

    assert steps["weights llama3-8b"].minutes == pytest.approx(minutes, abs=0.01)
    assert steps["buckets"].waits_for == ("apis",)
    # It can be filled while the cluster is made.
    assert steps["buckets"].end < 1 < steps["cluster"].end
