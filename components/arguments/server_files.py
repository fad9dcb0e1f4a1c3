"""Volumes of model servers, from settings. Registers nothing."""

from components.serving.model_server_args import BucketVolume, ImageVolume, ServerFiles
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.names import bucket_name, cache_bucket_name
from inference.derive.pod import pod_size
from inference.derive.weights import (
    CACHE_FOLDER,
    WEIGHTS_FOLDER,
    WeightsSource,
    keeps_cache,
    reading_options,
    weights_source,
    writing_options,
)


def server_files(settings: Settings, model: Model) -> ServerFiles | None:
    """None for a server without weights, which is only simulated."""
    if model.engine.is_simulated:
        return None
    size = pod_size(settings, model)
    return ServerFiles(
        data_gib=size.data_volume, shm_gib=size.shm_volume, stored=_stored(settings, model)
    )


def _stored(settings: Settings, model: Model) -> dict[str, BucketVolume | ImageVolume]:
    """Volumes by name; none where weights are streamed or downloaded, and no cache is kept."""
    stored: dict[str, BucketVolume | ImageVolume] = {}
    if weights_source(model) is WeightsSource.MOUNT:
        stored["weights"] = BucketVolume(
            path=WEIGHTS_FOLDER,
            bucket=bucket_name(settings),
            options=reading_options(model),
            read_only=True,
        )
    if model.weights is not None and model.weights.image is not None:
        stored["weights"] = ImageVolume(path=WEIGHTS_FOLDER, reference=model.weights.image)
    if keeps_cache(settings, model):
        stored["compile-cache"] = BucketVolume(
            path=CACHE_FOLDER,
            bucket=cache_bucket_name(settings),
            options=writing_options(),
            read_only=False,
        )
    return stored
