"""Volumes of a model server that outlive it: weights and compile caches. Registers nothing."""

from collections.abc import Mapping

from pulumi_kubernetes import core

from components.serving.model_server_args import BucketVolume, ImageVolume
from inference.catalog.weights import FUSE_DRIVER


def stored_volumes(
    stored: Mapping[str, BucketVolume | ImageVolume],
) -> list[core.v1.VolumeArgs]:
    """Volumes of a Pod, by their names."""
    return [
        core.v1.VolumeArgs(name=name, csi=_bucket(volume))
        if isinstance(volume, BucketVolume)
        else core.v1.VolumeArgs(name=name, image=_image(volume))
        for name, volume in stored.items()
    ]


def stored_mounts(
    stored: Mapping[str, BucketVolume | ImageVolume],
) -> list[core.v1.VolumeMountArgs]:
    """Where a container mounts them."""
    return [
        core.v1.VolumeMountArgs(
            name=name,
            mount_path=volume.path,
            read_only=True if isinstance(volume, ImageVolume) or volume.read_only else None,
        )
        for name, volume in stored.items()
    ]


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
