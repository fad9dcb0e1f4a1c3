"""Volumes of model servers, from settings. Registers nothing."""

from components.serving.model_server_args import (
    BucketVolume,
    ClaimVolume,
    ConfigMapVolume,
    ImageVolume,
    ServerFiles,
    StoredVolume,
)
from inference.config.models import Model
from inference.config.pod import Volume
from inference.config.settings import Settings
from inference.derive.pod import pod_size
from inference.derive.weights import (
    ADAPTERS_FOLDER,
    CACHE_FOLDER,
    WEIGHTS_FOLDER,
    WeightsSource,
    adapters_in_bucket,
    folder,
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


def _stored(settings: Settings, model: Model) -> dict[str, StoredVolume]:
    """Volumes by name: of weights that are files, adapters in the bucket, caches, and `volumes`."""
    stored = {volume.name: _given(volume) for volume in model.volumes}
    claim = model.weights.persistent_volume_claim if model.weights else None
    if claim is not None:
        stored["weights"] = ClaimVolume(path=WEIGHTS_FOLDER, claim=claim.claim_name)
    if adapters_in_bucket(model):
        stored["adapter-bucket"] = BucketVolume(
            path=ADAPTERS_FOLDER,
            bucket=settings.bucket_name,
            options=reading_options(),
            read_only=True,
        )
    if weights_source(model) is WeightsSource.MOUNT:
        stored["weights"] = BucketVolume(
            path=WEIGHTS_FOLDER,
            bucket=settings.bucket_name,
            options=reading_options(folder(model)),
            read_only=True,
        )
    if model.weights is not None and model.weights.image is not None:
        stored["weights"] = ImageVolume(path=WEIGHTS_FOLDER, reference=model.weights.image)
    if keeps_cache(settings, model):
        stored["compile-cache"] = BucketVolume(
            path=CACHE_FOLDER,
            bucket=settings.cache_bucket_name,
            options=writing_options(),
            read_only=False,
        )
    return stored


def _given(volume: Volume) -> StoredVolume:
    if volume.persistent_volume_claim is not None:
        return ClaimVolume(path=volume.mount_path, claim=volume.persistent_volume_claim.claim_name)
    return ConfigMapVolume(
        path=volume.mount_path, config_map=volume.config_map.name if volume.config_map else ""
    )
