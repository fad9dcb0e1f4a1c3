"""`weights` and `models[].weights`: where model servers take their weights from."""

from enum import StrEnum
from typing import Annotated, Self, final

from pydantic import Field, model_validator

from inference.config.patterns import BUCKET_PATTERN, FOLDER_PATTERN
from inference.config.pod import Claim
from inference.config.section import Section


class Load(StrEnum):
    """How a server reads weights from a bucket."""

    STREAM = "stream"
    MOUNT = "mount"


@final
class Bucket(Section):
    """A Cloud Storage bucket with the weights of models."""

    bucket: Annotated[str, Field(pattern=BUCKET_PATTERN)] | None = None
    """Name of the bucket; `PROJECT-CLUSTER-weights` when unset."""
    create: bool = True
    """Whether to create it, private and in the stack's region; it is kept when the stack is
    destroyed."""
    compile_cache: bool = False
    """Whether what servers compile is cached for later ones, in a separate bucket."""


@final
class ModelWeights(Section):
    """Weights from the bucket that `weights` names, from an image, or from a claim."""

    path: Annotated[str, Field(pattern=FOLDER_PATTERN)] | None = None
    """Directory of the model; when unset, the repository's name in a bucket, otherwise the root."""
    load: Load = Load.STREAM
    """`stream` (into GPU memory, nothing on disk), or `mount` (files of Cloud Storage FUSE)."""
    image: Annotated[str, Field(min_length=1)] | None = None
    """Image that holds the weights, by digest, mounted as a volume instead of the bucket."""
    persistent_volume_claim: Claim | None = None
    """Claim for a volume that holds the weights, such as Hyperdisk ML, instead of the bucket."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.image is not None and self.persistent_volume_claim is not None:
            raise ValueError("set `image` or `persistentVolumeClaim`, not both")
        if self.in_bucket or "load" not in self.model_fields_set:
            return self
        other = "persistentVolumeClaim" if self.image is None else "image"
        message = f"`load` applies to weights in a bucket, and would be ignored with `{other}`"
        raise ValueError(message)

    @property
    def in_bucket(self) -> bool:
        """Whether they are in the bucket that `weights` names."""
        return self.image is None and self.persistent_volume_claim is None
