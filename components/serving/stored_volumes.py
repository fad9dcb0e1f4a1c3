"""Volumes of a model server that outlive it: weights and compile caches. Registers nothing."""

from collections.abc import Mapping

from pulumi_kubernetes import core

from components.serving.model_server_args import (
    BucketVolume,
    ClaimVolume,
    ImageVolume,
    StoredVolume,
)
from inference.catalog.weights import FUSE_DRIVER


def stored_volumes(
    stored: Mapping[str, StoredVolume],
) -> list[core.v1.VolumeArgs]:
    """Volumes of a Pod, by their names."""
    return [_volume(name, volume) for name, volume in stored.items()]


def stored_mounts(
    stored: Mapping[str, StoredVolume],
) -> list[core.v1.VolumeMountArgs]:
    """Where a container mounts them."""
    return [
        core.v1.VolumeMountArgs(
            name=name,
            mount_path=volume.path,
            read_only=None if isinstance(volume, BucketVolume) and not volume.read_only else True,
        )
        for name, volume in stored.items()
    ]


def _volume(name: str, volume: StoredVolume) -> core.v1.VolumeArgs:
    if isinstance(volume, BucketVolume):
        return core.v1.VolumeArgs(name=name, csi=_bucket(volume))
    if isinstance(volume, ImageVolume):
        return core.v1.VolumeArgs(name=name, image=_image(volume))
    if isinstance(volume, ClaimVolume):
        claim = core.v1.PersistentVolumeClaimVolumeSourceArgs(
            claim_name=volume.claim, read_only=True
        )
        return core.v1.VolumeArgs(name=name, persistent_volume_claim=claim)
    files = core.v1.ConfigMapVolumeSourceArgs(name=volume.config_map)
    return core.v1.VolumeArgs(name=name, config_map=files)


def _bucket(volume: BucketVolume) -> core.v1.CSIVolumeSourceArgs:
    return core.v1.CSIVolumeSourceArgs(
        driver=FUSE_DRIVER,
        read_only=volume.read_only,
        volume_attributes={
            "bucketName": volume.bucket,
            "mountOptions": volume.options,
            # The check asks IAM at each mount; the first file that is read fails the same way.
            "skipCSIBucketAccessCheck": "true",
        },
    )


def _image(volume: ImageVolume) -> core.v1.ImageVolumeSourceArgs:
    return core.v1.ImageVolumeSourceArgs(reference=volume.reference, pull_policy="IfNotPresent")
