"""The volumes of a model server: what it downloads, shares and reads. Registers nothing."""

from typing import Final

from pulumi_kubernetes import core

from components.serving.model_server_args import (
    BucketVolume,
    ClaimVolume,
    ImageVolume,
    ModelServerArgs,
    StoredVolume,
    TokenFile,
)
from inference.catalog.secret_manager import DRIVER
from inference.catalog.weights import FUSE_DRIVER
from inference.derive.engines.server import DATA_FOLDER
from inference.derive.quantities import gibibytes

TOKEN_FILE: Final = "token"  # noqa: S105 the file's name
_ADAPTERS: Final = "adapters"
_ADAPTERS_GIB: Final = 1
_TOKEN: Final = "hugging-face-token"  # noqa: S105 the volume's name
_TOKEN_FOLDER: Final = "/var/run/secrets/hugging-face"  # noqa: S105 where it is mounted


def token_path() -> str:
    """Where a server finds a mounted token."""
    return f"{_TOKEN_FOLDER}/{TOKEN_FILE}"


def server_mounts(args: ModelServerArgs) -> list[core.v1.VolumeMountArgs]:
    """Where the server's volumes are mounted; a server without files mounts none."""
    if args.files is None:
        return []
    paths = {"data": DATA_FOLDER, "shm": "/dev/shm"}  # noqa: S108 where workers share memory
    if isinstance(args.token, TokenFile):
        paths[_TOKEN] = _TOKEN_FOLDER
    mounts = [_mount(name, path) for name, path in paths.items()]
    mounts += [
        core.v1.VolumeMountArgs(
            name=name,
            mount_path=volume.path,
            read_only=None if isinstance(volume, BucketVolume) and not volume.read_only else True,
        )
        for name, volume in args.files.stored.items()
    ]
    return [*mounts, _mount(_ADAPTERS, "/adapters")] if args.adapters else mounts


def _mount(name: str, path: str) -> core.v1.VolumeMountArgs:
    return core.v1.VolumeMountArgs(name=name, mount_path=path)


def server_volumes(args: ModelServerArgs) -> list[core.v1.VolumeArgs]:
    """The same volumes, as the Pod declares them."""
    if args.files is None:
        return []
    files = args.files
    volumes = [_empty("data", files.data_gib), _empty("shm", files.shm_gib, medium="Memory")]
    if isinstance(args.token, TokenFile):
        secrets = core.v1.CSIVolumeSourceArgs(
            driver=DRIVER,
            read_only=True,
            volume_attributes={"secretProviderClass": args.token.class_name},
        )
        volumes.append(core.v1.VolumeArgs(name=_TOKEN, csi=secrets))
    volumes += [_stored(name, volume) for name, volume in args.files.stored.items()]
    if args.adapters:
        volumes.append(_empty(_ADAPTERS, _ADAPTERS_GIB))
    return volumes


def _empty(name: str, gib: int, medium: str | None = None) -> core.v1.VolumeArgs:
    source = core.v1.EmptyDirVolumeSourceArgs(medium=medium, size_limit=gibibytes(gib))
    return core.v1.VolumeArgs(name=name, empty_dir=source)


def _stored(name: str, volume: StoredVolume) -> core.v1.VolumeArgs:
    if isinstance(volume, BucketVolume):
        return core.v1.VolumeArgs(name=name, csi=_bucket(volume))
    if isinstance(volume, ImageVolume):
        image = core.v1.ImageVolumeSourceArgs(
            reference=volume.reference, pull_policy="IfNotPresent"
        )
        return core.v1.VolumeArgs(name=name, image=image)
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
