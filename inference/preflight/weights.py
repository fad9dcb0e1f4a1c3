"""Weights from buckets and images: what the image, the engine and the cluster must have for it."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.limits import BUCKET_CHARACTERS, BUCKETS
from inference.catalog.sglang import SGLANG_SOURCE
from inference.catalog.weights import (
    COMPILE_CACHE_SOURCE,
    FUSE_SOURCE,
    IMAGE_VOLUME_SOURCE,
    STREAM_SINCE,
    STREAMER_SOURCE,
    WORKLOAD_IDENTITY_SOURCE,
)
from inference.config import Finding, Settings, Severity
from inference.config.finding import remove_command, set_command
from inference.config.models import Model
from inference.config.weights import Bucket
from inference.derive.engines import image, server_of
from inference.derive.names import bucket_name, cache_bucket_name
from inference.derive.versions import image_version
from inference.derive.weights import (
    WeightsSource,
    adapters_in_bucket,
    keeps_cache,
    mounts_any,
    uses_buckets,
    weights_source,
)
from inference.preflight.registry import error, info, own_rule, refusal, warning

SIMULATED: Final = warning(
    id="weights.simulated",
    cause="A simulated model has weights or volumes.",
    consequence="They have no effect: its answers are made up.",
    fix="Remove the key, or `engine`.",
    source=STREAMER_SOURCE,
)
IMAGE_CANNOT_STREAM: Final = error(
    id="weights.image-cannot-stream",
    cause="Weights are to be streamed to vLLM older than 0.11.1. If the image's tag gives no "
    "version, this is a warning.",
    consequence="The server cannot read the bucket, and restarts indefinitely.",
    fix="Use a later image, or mount the weights.",
    source=STREAMER_SOURCE,
)
ENGINE_CANNOT_STREAM: Final = error(
    id="weights.engine-cannot-stream",
    cause="Weights are to be streamed to SGLang, which needs the streamer from its extra `runai`, "
    "and the image is built without it.",
    consequence="The server cannot read the bucket, and restarts indefinitely.",
    fix="Mount the weights, or serve the model with vLLM.",
    source=SGLANG_SOURCE,
)
CLUSTER_ELSEWHERE: Final = warning(
    id="weights.cluster-elsewhere",
    cause="Servers use buckets, but this stack does not manage the cluster.",
    consequence="Without Workload Identity in the stack's project, they cannot read; without the "
    "Cloud Storage FUSE driver, nothing can be mounted: no server starts.",
    fix="Enable what is missing, and accept the finding.",
    source=WORKLOAD_IDENTITY_SOURCE,
)
IMAGE_VOLUME_VERSION: Final = warning(
    id="weights.image-volume-version",
    cause="Weights are an image volume, which Kubernetes always supports from 1.36, and by "
    "default from 1.35.",
    consequence="An older cluster drops the volume from the Pod, or rejects the Pod.",
    fix="Use a cluster with such a version, and accept the finding.",
    source=IMAGE_VOLUME_SOURCE,
)
COMPILE_CACHE: Final = info(
    id="weights.compile-cache",
    cause="What servers compile is cached in a bucket that each of them mounts.",
    consequence="Starts after the first one skip the compilation. This was not tested on GKE. A "
    "compromised server can change what others load.",
    fix="Set compileCache to false where servers do not trust each other.",
    source=COMPILE_CACHE_SOURCE,
)
COMPILE_CACHE_UNUSED: Final = warning(
    id="weights.compile-cache-unused",
    cause="Compile caches are enabled, but no model's engine writes any.",
    consequence="A bucket is created that stays empty.",
    fix="Remove the key.",
    source=COMPILE_CACHE_SOURCE,
)
BUCKET_UNUSED: Final = info(
    id="weights.bucket-unused",
    cause="There is a weights bucket, but no model reads from it.",
    consequence="Models are loaded from elsewhere; the bucket can be filled meanwhile.",
    fix="Set `weights` on the models once it is filled.",
    source=FUSE_SOURCE,
)

NO_BUCKET: Final = own_rule(
    id="weights.no-bucket",
    cause="A model reads its weights from a bucket, but the stack sets none.",
    consequence="The server finds no weights.",
    fix="Set a bucket in `weights`, or remove `weights` from the model.",
)
OUTSIDE_GKE: Final = refusal(
    id="weights.outside-gke",
    cause="There is a weights bucket, but the cluster is not a GKE cluster.",
    consequence="Pods have no Google Cloud identity that could read it.",
    fix="Remove `weights`.",
    source=WORKLOAD_IDENTITY_SOURCE,
)
BUCKET_NAME_TOO_LONG: Final = refusal(
    id="weights.bucket-name-too-long",
    cause="The name of the bucket, or of the one for compile caches, is too long.",
    consequence="Cloud Storage rejects it.",
    fix="Set `weights.bucket` to a shorter name.",
    source=BUCKETS,
)


def _streamed(index: int, model: Model) -> Iterator[Finding]:
    path = f"models[{index}].weights.load"
    reference = image(model)
    version = image_version(reference)
    if version is None or version < STREAM_SINCE:
        since = ".".join(map(str, STREAM_SINCE))
        yield IMAGE_CANNOT_STREAM.finding(
            path,
            f"{reference} is not known to stream from gs://, which needs vLLM {since} or later: "
            "it would restart indefinitely",
            set_command(path, "mount") + f", or use vLLM {since} or later",
            Severity.WARNING if version is None else None,
        )


def _model(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    path = f"models[{index}].weights"
    volumes = f"models[{index}].volumes"
    for key, given in ((path, model.weights), (volumes, model.volumes)):
        if model.engine.is_simulated and given:
            yield SIMULATED.to_remove(key, f"{model.name} gives made-up answers, without files")
    if model.weights is None:
        return
    if model.weights.in_bucket and settings.weights is None:
        yield NO_BUCKET.finding(
            path,
            "reads weights from a bucket, but the stack has none: the server would find no weights",
            set_command("weights.bucket", "NAME") + ", or " + remove_command(path),
        )
    if weights_source(model) is WeightsSource.STREAM and server_of(model).stream is None:
        yield ENGINE_CANNOT_STREAM.to_set(
            f"{path}.load",
            f"{model.engine} cannot stream weights from a bucket here: {model.name} would restart "
            "indefinitely",
            "mount",
        )
    elif weights_source(model) is WeightsSource.STREAM:
        yield from _streamed(index, model)
    if weights_source(model) is WeightsSource.IMAGE:
        yield IMAGE_VOLUME_VERSION.finding(
            f"{path}.image",
            "image volumes are on by default from Kubernetes 1.35, and the nodes' version is "
            "unknown: if older, the server finds no weights",
            "accept this finding if the nodes have 1.35 or later",
        )


def _bucket(settings: Settings, bucket: Bucket) -> Iterator[Finding]:
    used = any(uses_buckets(settings, model) for model in settings.models)
    if used and not settings.cluster.is_created:
        driver = mounts_any(settings)
        more = " and the Cloud Storage FUSE driver" if driver else ""
        add_on = "--update-addons GcsFuseCsiDriver=ENABLED"
        pool = f"--workload-pool {settings.gcp.project or 'PROJECT'}.svc.id.goog"
        yield CLUSTER_ELSEWHERE.finding(
            "weights",
            f"the cluster must have Workload Identity in this project{more}, or no server starts",
            f"gcloud container clusters update CLUSTER {pool}"
            + (f", the same with {add_on}" if driver else "")
            + ", then accept this finding",
        )
    path = "weights.compileCache"
    if any(keeps_cache(settings, model) for model in settings.models):
        yield COMPILE_CACHE.to_set(
            path,
            "servers share compiled code in a bucket that each may write to; not tested on GKE",
            "false",
        )
    elif bucket.compile_cache:
        yield COMPILE_CACHE_UNUSED.to_set(
            path, "no model's engine caches what it compiles", "false"
        )
    if not any(
        weights_source(model) in {WeightsSource.STREAM, WeightsSource.MOUNT}
        or adapters_in_bucket(model)
        for model in settings.models
    ):
        yield BUCKET_UNUSED.finding(
            "weights",
            f"no model reads from {bucket_name(settings)}, which can be filled meanwhile",
            "set `weights: {}` on the models in the stack file once it is filled",
        )


def _named_bucket(settings: Settings, bucket: Bucket) -> Iterator[Finding]:
    if not settings.on_gke:
        yield OUTSIDE_GKE.finding(
            "weights",
            "needs GKE, where a Pod's own identity reads the bucket",
            remove_command("weights") + ", and `weights` of the models with it",
        )
    name = cache_bucket_name(settings) if bucket.compile_cache else bucket_name(settings)
    if len(name) > BUCKET_CHARACTERS:
        left = BUCKET_CHARACTERS - len(name)
        yield BUCKET_NAME_TOO_LONG.to_set(
            "weights.bucket",
            f"{name} has {len(name)} characters, but Cloud Storage allows at most "
            f"{BUCKET_CHARACTERS}",
            bucket_name(settings)[:left].rstrip("-_."),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about weights that are not downloaded from Hugging Face."""
    for index, model in enumerate(settings.models):
        yield from _model(index, settings, model)
    if settings.weights is not None:
        yield from _named_bucket(settings, settings.weights)
        yield from _bucket(settings, settings.weights)
