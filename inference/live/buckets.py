"""The buckets of a stack: before it is built whether weights are there, after it what is kept."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final, final

from inference.config.finding import set_command
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.names import bucket_name, cache_bucket_name, google_labels
from inference.derive.weights import WeightsSource, folder, weights_source
from inference.live.checks import Check
from inference.live.endpoints import STORAGE
from inference.live.errors import ApiError
from inference.live.google import Google, GoogleModel
from inference.live.report import Line, ok, problem, unknown

_WEIGHTS: Final = ".safetensors"
_CONFIGURATION: Final = "config.json"


@final
class _Bucket(GoogleModel):
    name: str
    location: str
    labels: dict[str, str] = {}  # noqa: RUF012 pydantic copies it


@final
class _Object(GoogleModel):
    name: str


def _bucket(google: Google, name: str) -> _Bucket | None:
    """A bucket, or None where there is none.

    Raises:
        ServiceError: when it cannot be seen.
    """
    try:
        return google.read(STORAGE, f"b/{name}", _Bucket)
    except ApiError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def _is_ours(bucket: _Bucket, stack: str) -> bool:
    return google_labels(stack).items() <= bucket.labels.items()


def _elsewhere(bucket: _Bucket, settings: Settings) -> bool:
    """Whether it lies in another region; one of several regions is taken to have ours."""
    return "-" in bucket.location and bucket.location.lower() != settings.gcp.region


def _there(google: Google, stack: str, settings: Settings, *, create: bool) -> Iterator[Line]:
    name = f"bucket {bucket_name(settings)}"
    another = set_command("weights.bucket", "NAME")
    try:
        bucket = _bucket(google, bucket_name(settings))
    except ApiError as error:
        if error.status != HTTPStatus.FORBIDDEN:
            raise
        message = "is another project's, or you may not see it; bucket names are globally unique"
        yield problem(name, message, another)
        return
    if bucket is None and create:
        yield ok(name, "does not exist yet; the stack creates it")
    elif bucket is None:
        message = "does not exist, and the stack does not create it: servers would find no weights"
        yield problem(name, message, set_command("weights.create", "true"))
    elif create and not _is_ours(bucket, stack):
        message = "exists, but not in this stack: the update would fail when it tries to create it"
        yield problem(name, message, f"{set_command('weights.create', 'false')}, or {another}")
    elif _elsewhere(bucket, settings):
        message = (
            f"is in {bucket.location.lower()}, but servers are in {settings.gcp.region}: each "
            "start reads slowly, and costs inter-region traffic"
        )
        yield problem(name, message, f"copy it to one in {settings.gcp.region}, then {another}")
    else:
        # Whether the stack's state has it, the account cannot tell: a destroy keeps it, on purpose.
        anew = "; a re-created stack uses it with weights.create false" if create else ""
        yield ok(name, f"exists, in {bucket.location.lower()}{anew}")


def _filled(google: Google, settings: Settings, model: Model) -> Iterator[Line]:
    name, bucket = f"weights of {model.name}", bucket_name(settings)
    place = f"gs://{bucket}/{folder(model)}"
    fill = f"gcloud storage cp --recursive 'FOLDER/*' {place}"
    path = f"b/{bucket}/o"
    try:
        found = google.read_all(
            STORAGE, path, "items", _Object, prefix=f"{folder(model)}/", delimiter="/"
        )
        names = [one.name.rpartition("/")[2] for one in found]
    except ApiError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        yield unknown(name, "can be checked once the bucket exists", f"then fill it: {fill}")
        return
    weights = [one for one in names if one.endswith(_WEIGHTS)]
    if not weights or _CONFIGURATION not in names:
        missing = _CONFIGURATION if weights else f"file *{_WEIGHTS}"
        message = f"{place} has no {missing}: servers restart until it is there"
        yield problem(name, message, fill)
    else:
        yield ok(name, f"{len(weights)} weight files in {place}")


def bucket_checks(google: Google, stack: str, settings: Settings) -> Iterator[Check]:
    """What doctor looks at: the bucket, and the folder of each model that is read from it."""
    if settings.weights is None:
        return
    create = settings.weights.create
    yield Check(
        name=f"bucket {bucket_name(settings)}",
        look=lambda: _there(google, stack, settings, create=create),
    )
    for model in settings.models:
        if weights_source(model) in {WeightsSource.STREAM, WeightsSource.MOUNT}:
            yield Check(
                name=f"weights of {model.name}",
                look=lambda model=model: _filled(google, settings, model),
            )


def _kept(google: Google, stack: str, name: str, *, on_purpose: bool) -> Iterator[Line]:
    """What became of a bucket that the stack made: its labels tell, whatever the settings say."""
    line = f"bucket {name}"
    delete = f"gcloud storage rm --recursive gs://{name}"
    bucket = _bucket(google, name)
    if bucket is None or not _is_ours(bucket, stack):
        yield ok(line, "none is left")
    elif on_purpose:
        stays = "is kept on purpose, with the weights, and is billed for its contents"
        yield ok(line, f"{stays}; else {delete}")
    else:
        yield problem(line, "is left", delete)


def kept_buckets(google: Google, stack: str, settings: Settings) -> Iterator[Check]:
    """What leftovers looks at: the bucket that stays on purpose, and the one that does not."""
    if settings.weights is None:
        return
    for name, stays in ((bucket_name(settings), True), (cache_bucket_name(settings), False)):
        yield Check(
            name=f"bucket {name}",
            look=lambda name=name, stays=stays: _kept(google, stack, name, on_purpose=stays),
        )
