"""Volumes of a model server that outlive it: weights and compile caches. Registers nothing."""

from typing import Final

from pulumi_kubernetes import core

from inference.catalog.weights import FUSE_DRIVER
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.weights import (
    CACHE_FOLDER,
    WEIGHTS_FOLDER,
    WeightsSource,
    keeps_cache,
    reading_options,
    weights_source,
    writing_options,
)

WEIGHTS: Final = "weights"
_CACHE: Final = "compile-cache"


def stored_mounts(settings: Settings, model: Model) -> dict[str, str]:
    """Where they are mounted, by the volume's name."""
    mounts = (
        {WEIGHTS: WEIGHTS_FOLDER}
        if weights_source(model) in {WeightsSource.MOUNT, WeightsSource.IMAGE}
        else {}
    )
    return {**mounts, _CACHE: CACHE_FOLDER} if keeps_cache(settings, model) else mounts


def _mounted(bucket: str, options: str, *, read_only: bool) -> core.v1.CSIVolumeSourceArgs:
    return core.v1.CSIVolumeSourceArgs(
        driver=FUSE_DRIVER,
        read_only=read_only,
        volume_attributes={
            "bucketName": bucket,
            "mountOptions": options,
            # It asks IAM at each mount, for what the first file tells anyway.
            "skipCSIBucketAccessCheck": "true",
        },
    )


def stored_volumes(settings: Settings, model: Model) -> list[core.v1.VolumeArgs]:
    """The volumes; none where weights are streamed or downloaded, and no cache is kept."""
    volumes: list[core.v1.VolumeArgs] = []
    if weights_source(model) is WeightsSource.MOUNT:
        source = _mounted(settings.bucket_name, reading_options(model), read_only=True)
        volumes.append(core.v1.VolumeArgs(name=WEIGHTS, csi=source))
    if weights_source(model) is WeightsSource.IMAGE and model.weights is not None:
        image = core.v1.ImageVolumeSourceArgs(
            reference=model.weights.image, pull_policy="IfNotPresent"
        )
        volumes.append(core.v1.VolumeArgs(name=WEIGHTS, image=image))
    if keeps_cache(settings, model):
        source = _mounted(settings.cache_bucket_name, writing_options(), read_only=False)
        volumes.append(core.v1.VolumeArgs(name=_CACHE, csi=source))
    return volumes
