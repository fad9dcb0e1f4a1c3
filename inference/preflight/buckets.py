"""The weights bucket: whether there is one that servers can reach, with a valid name."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import OWN_KEYS
from inference.catalog.limits import BUCKET_CHARACTERS, BUCKETS
from inference.catalog.weights import WORKLOAD_IDENTITY_SOURCE
from inference.config import Finding, Settings
from inference.config.finding import remove_command, set_command
from inference.derive.names import bucket_name, cache_bucket_name
from inference.preflight.registry import refusal

NO_BUCKET: Final = refusal(
    id="weights.no-bucket",
    cause="A model reads its weights from a bucket, but the stack sets none.",
    consequence="The server finds no weights.",
    fix="Set a bucket in `weights`, or remove `weights` from the model.",
    source=OWN_KEYS,
)
NOT_GKE: Final = refusal(
    id="weights.outside-gke",
    cause="There is a weights bucket, but the cluster is not a GKE cluster.",
    consequence="Pods have no Google Cloud identity that could read it.",
    fix="Remove `weights`.",
    source=WORKLOAD_IDENTITY_SOURCE,
)
LONG_NAME: Final = refusal(
    id="weights.bucket-name-too-long",
    cause="The name of the bucket, or of the one for compile caches, is too long.",
    consequence="Cloud Storage rejects it.",
    fix="Set `weights.bucket` to a shorter name.",
    source=BUCKETS,
)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the bucket that models read from."""
    for index, model in enumerate(settings.models):
        if model.weights is not None and model.weights.in_bucket and settings.weights is None:
            path = f"models[{index}].weights"
            yield NO_BUCKET.finding(
                path,
                "reads weights from a bucket, but the stack has none: the server would find no "
                "weights",
                set_command("weights.bucket", "NAME") + ", or " + remove_command(path),
            )
    if settings.weights is None:
        return
    if not settings.on_gke:
        yield NOT_GKE.finding(
            "weights",
            "needs GKE, where a Pod's own identity reads the bucket",
            remove_command("weights") + ", and `weights` of the models with it",
        )
    cached = settings.weights.compile_cache
    name = cache_bucket_name(settings) if cached else bucket_name(settings)
    if len(name) > BUCKET_CHARACTERS:
        left = BUCKET_CHARACTERS - len(name)
        yield LONG_NAME.to_set(
            "weights.bucket",
            f"{name} has {len(name)} characters, but Cloud Storage allows at most "
            f"{BUCKET_CHARACTERS}",
            bucket_name(settings)[:left].rstrip("-_."),
        )
