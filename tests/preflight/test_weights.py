"""Weights that would not be found, and what a bucket or an image asks of the cluster: by table."""

from typing import Any, Final

import pytest
from preflight_cases import Table, Values

from inference.preflight import engine, weights

_IMAGE: Final = "europe-docker.pkg.dev/mine/models/llama@sha256:" + "a" * 64
_EXISTING: Final[Values] = {"cluster": {"mode": "existing", "context": "gke"}}
_CACHED: Final[Values] = {"weights": {"compileCache": True}}
_LOAD: Final = "models[0].weights.load"
_SET: Final = "pulumi config set --path 'gke-inference-gateway:"
_POOL: Final = "gcloud container clusters update CLUSTER --workload-pool PROJECT.svc.id.goog"


def _of(keys: Values | None = None, **model: Any) -> Values:  # noqa: ANN401 any setting
    """A stack with a bucket, whose model reads from it."""
    return {"weights": {}, "models": [{"weights": keys or {}, **model}]}


TABLE: Final = Table(
    modules=(weights,),
    trips=[
        ("weights.simulated", _of(engine="simulator"), "models[0].weights"),
        ("weights.simulated", _of({"image": _IMAGE}, engine="simulator"), "models[0].weights"),
        ("weights.image-cannot-stream", _of(image="vllm/vllm-openai:v0.11.0"), _LOAD),
        ("weights.image-cannot-stream", _of(image="mine/vllm:today"), _LOAD),
        ("weights.engine-cannot-stream", _of(engine="sglang"), _LOAD),
        ("weights.engine-cannot-stream", _of({"path": "llama"}, engine="sglang"), _LOAD),
        ("weights.cluster-elsewhere", {**_of(), **_EXISTING}, "weights"),
        ("weights.cluster-elsewhere", {**_CACHED, **_EXISTING}, "weights"),
        ("weights.image-volume-version", _of({"image": _IMAGE}), "models[0].weights.image"),
        (
            "weights.image-volume-version",
            {"models": [{"weights": {"image": _IMAGE, "path": "llama"}}]},
            "models[0].weights.image",
        ),
        ("weights.compile-cache", _CACHED, "weights.compileCache"),
        ("weights.compile-cache", {**_of(), **_CACHED}, "weights.compileCache"),
        (
            "weights.compile-cache-unused",
            {**_CACHED, "models": [{"engine": "simulator"}]},
            "weights.compileCache",
        ),
        (
            "weights.compile-cache-unused",
            {**_CACHED, **_EXISTING, "models": [{"engine": "simulator"}]},
            "weights.compileCache",
        ),
        ("weights.bucket-unused", {"weights": {}}, "weights"),
        ("weights.bucket-unused", _of({"image": _IMAGE}), "weights"),
    ],
    passes=[
        ("weights.simulated", _of()),
        ("weights.simulated", {"models": [{"engine": "simulator"}]}),
        ("weights.image-cannot-stream", _of(image="vllm/vllm-openai:v0.11.1")),
        ("weights.image-cannot-stream", _of({"load": "mount"}, image="vllm/vllm-openai:v0.9.0")),
        ("weights.engine-cannot-stream", _of()),
        ("weights.engine-cannot-stream", _of({"load": "mount"}, engine="sglang")),
        ("weights.cluster-elsewhere", _of()),
        ("weights.cluster-elsewhere", {**_EXISTING, "weights": {}}),
        (
            "weights.cluster-elsewhere",
            {**_EXISTING, "models": [{"weights": {"image": _IMAGE}}]},
        ),
        ("weights.image-volume-version", _of()),
        ("weights.image-volume-version", _of({"image": _IMAGE}, engine="simulator")),
        ("weights.compile-cache", _of()),
        ("weights.compile-cache", {**_CACHED, "models": [{"engine": "simulator"}]}),
        ("weights.compile-cache-unused", _CACHED),
        ("weights.compile-cache-unused", {"models": [{"engine": "simulator"}], "weights": {}}),
        ("weights.bucket-unused", _of()),
        ("weights.bucket-unused", _of({"load": "mount"})),
        ("weights.bucket-unused", {}),
    ],
    words=[
        (
            "weights.engine-cannot-stream",
            _of(engine="sglang"),
            "sglang cannot stream weights from a bucket here: llama3-8b would restart indefinitely",
            f"{_SET}{_LOAD}' mount",
        ),
        (
            "weights.simulated",
            _of(engine="simulator"),
            "llama3-8b gives made-up answers, without files",
            "pulumi config rm --path 'gke-inference-gateway:models[0].weights'",
        ),
        (
            "weights.image-cannot-stream",
            _of(image="vllm/vllm-openai:v0.11.0"),
            (
                "vllm/vllm-openai:v0.11.0 is not known to stream from gs://, which needs vLLM "
                "0.11.1 or later: it would restart indefinitely"
            ),
            f"{_SET}{_LOAD}' mount, or use vLLM 0.11.1 or later",
        ),
        (
            "weights.cluster-elsewhere",
            {**_of({"load": "mount"}), **_EXISTING},
            (
                "the cluster must have Workload Identity in this project and the Cloud Storage "
                "FUSE driver, or no server starts"
            ),
            (
                f"{_POOL}, the same with --update-addons GcsFuseCsiDriver=ENABLED, then accept "
                "this finding"
            ),
        ),
        (
            "weights.image-volume-version",
            _of({"image": _IMAGE}),
            (
                "image volumes are on by default from Kubernetes 1.35, and the nodes' version is "
                "unknown: if older, the server finds no weights"
            ),
            "accept this finding if the nodes have 1.35 or later",
        ),
        (
            "weights.compile-cache",
            _CACHED,
            "servers share compiled code in a bucket that each may write to; not tested on GKE",
            f"{_SET}weights.compileCache' false",
        ),
        (
            "weights.compile-cache-unused",
            {**_CACHED, "models": [{"engine": "simulator"}]},
            "no model's engine caches what it compiles",
            f"{_SET}weights.compileCache' false",
        ),
        (
            "weights.bucket-unused",
            {"weights": {"bucket": "my-weights"}},
            "no model reads from my-weights, which can be filled meanwhile",
            "set `weights: {}` on the models in the stack file once it is filled",
        ),
    ],
)


def test_an_existing_cluster_needs_no_driver_where_weights_are_streamed() -> None:
    (finding,) = TABLE.of("weights.cluster-elsewhere", {**_of(), **_EXISTING})

    assert "FUSE" not in finding.message
    assert finding.fix == f"{_POOL}, then accept this finding"


@pytest.mark.parametrize(
    ("image", "severity"), [("vllm/vllm-openai:v0.11.0", "error"), ("mine/vllm:today", "warning")]
)
def test_only_a_version_that_is_known_refuses(image: str, severity: str) -> None:
    (finding,) = TABLE.of("weights.image-cannot-stream", _of(image=image))
    assert finding.severity == severity


@pytest.mark.parametrize(
    ("image", "paths"), [("owner/model", ["models[0].weights.image"]), (_IMAGE, [])]
)
def test_an_image_of_weights_is_named_by_digest(image: str, paths: list[str]) -> None:
    table = Table(modules=(engine,), trips=[], passes=[], words=[])
    found = table.of("image.unpinned", _of({"image": image}))
    assert [finding.path for finding in found] == paths
