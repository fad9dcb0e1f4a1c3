"""How a model's weights reach its servers, and what their Pods have for it."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, final

from inference.catalog.weights import (
    READ_OPTIONS,
    WRITE_OPTIONS,
)
from inference.config.models import Lora, Model
from inference.config.settings import Settings
from inference.config.weights import Load
from inference.derive.engines import image, server_of

WEIGHTS_FOLDER: Final = "/weights"
"""Where weights that are files are mounted."""
CACHE_FOLDER: Final = "/compile-cache"
"""Where the bucket with compile caches is mounted."""
ADAPTERS_FOLDER: Final = "/adapter-bucket"
"""Where the bucket of `weights` is mounted for adapters that are in it."""
_BUCKET: Final = "gs://"
_NOT_ON_THE_HUB: Final = ("/", ".", _BUCKET, "s3://")
_UNFIT_FOR_A_FOLDER: Final = re.compile(r"[^-._A-Za-z0-9]+")


class WeightsSource(Enum):
    """How weights reach a server."""

    NONE = auto()
    """There are none: answers are made up."""
    HUGGING_FACE = auto()
    STREAM = auto()
    MOUNT = auto()
    IMAGE = auto()
    CLAIM = auto()
    PATH = auto()
    """`model` itself says where: a folder of the image or of a volume, or an address."""


def on_hub(source: str) -> bool:
    """Whether a model or adapter is a repository of Hugging Face, and no path or address."""
    return not source.startswith(_NOT_ON_THE_HUB)


def in_volume(model: Model, path: str) -> bool:
    """Whether a path is in one of the volumes that a model's servers mount."""
    return any(
        f"{path}/".startswith(f"{volume.mount_path.rstrip('/')}/") for volume in model.volumes
    )


def weights_source(model: Model) -> WeightsSource:
    """How the weights of a model reach its servers."""
    if model.engine.is_simulated:
        return WeightsSource.NONE
    if model.weights is None:
        return WeightsSource.HUGGING_FACE if on_hub(model.model) else WeightsSource.PATH
    if model.weights.image is not None:
        return WeightsSource.IMAGE
    if model.weights.persistent_volume_claim is not None:
        return WeightsSource.CLAIM
    return WeightsSource.STREAM if model.weights.load is Load.STREAM else WeightsSource.MOUNT


def downloads_model(model: Model) -> bool:
    """Whether servers download the model itself from Hugging Face."""
    return weights_source(model) is WeightsSource.HUGGING_FACE


def needs_token(model: Model) -> bool:
    """Whether servers download a model that Hugging Face gives to holders of a token alone.

    Of a mirror that takes its place nothing is known.
    """
    asked = downloads_model(model) and "HF_ENDPOINT" not in model.env
    return asked and model.facts is not None and model.facts.gated


def folder(model: Model) -> str:
    """Folder of a model in the bucket."""
    return (model.weights.path if model.weights else None) or model.model


def location(settings: Settings, model: Model) -> str:
    """What the engine is told to load: a repository, an address or a folder."""
    match weights_source(model):
        case WeightsSource.STREAM:
            return f"gs://{settings.bucket_name}/{folder(model)}"
        case WeightsSource.MOUNT:
            return WEIGHTS_FOLDER
        case WeightsSource.IMAGE | WeightsSource.CLAIM:
            path = model.weights.path if model.weights else None
            return f"{WEIGHTS_FOLDER}/{path}" if path else WEIGHTS_FOLDER
        case _:
            return model.model


def started(settings: Settings, model: Model) -> Model:
    """The model as its engine is to see it: from where it is loaded, under the name it has.

    Arguments of the stack come last, so that they may say how to stream.
    """
    model = model.model_copy(update={"lora": _mounted_adapters(settings, model)})
    if model.weights is None or model.engine.is_simulated:
        return model
    stream = server_of(model).stream
    more = (
        stream(model)
        if weights_source(model) is WeightsSource.STREAM and stream is not None
        else ()
    )
    return model.model_copy(
        update={
            "model": location(settings, model),
            "served_name": model.served_model_name,
            "extra_args": (*more, *model.extra_args),
        }
    )


def adapters_in_bucket(model: Model) -> bool:
    """Whether adapters of a model are read from a bucket; the simulator reads none."""
    adapters = model.lora.adapters if model.lora and not model.engine.is_simulated else ()
    return any(adapter.source.startswith(_BUCKET) for adapter in adapters)


def _mounted_adapters(settings: Settings, model: Model) -> Lora | None:
    """The adapters, those of the bucket where it is mounted: engines read folders and the Hub."""
    if model.lora is None or not adapters_in_bucket(model):
        return model.lora
    bucket = f"{_BUCKET}{settings.bucket_name}"
    adapters = tuple(
        adapter.model_copy(update={"source": adapter.source.replace(bucket, ADAPTERS_FOLDER, 1)})
        for adapter in model.lora.adapters
    )
    return model.lora.model_copy(update={"adapters": adapters})


def reads_hugging_face(model: Model) -> bool:
    """Whether servers download from Hugging Face: the model itself, or adapters.

    The setting decides, not the number of adapters: the first one is not to restart a Pod.
    """
    return downloads_model(model) or (model.lora is not None and not model.engine.is_simulated)


def keeps_cache(settings: Settings, model: Model) -> bool:
    """Whether what a model's servers compile is kept."""
    kept = settings.weights is not None and settings.weights.compile_cache
    return kept and server_of(model).compile_cache is not None


def cache_path(model: Model) -> str:
    """Folder of a model's compile cache: one for each image and GPU.

    The engine would tell them apart by itself, but servers of two images never write one file.
    """
    tag = image(model).rpartition("/")[2]
    name = _UNFIT_FOR_A_FOLDER.sub("-", f"{tag}-{model.gpu.accelerator}-{model.gpu.count}")
    return f"{CACHE_FOLDER}/{model.name}/{name}"


def uses_buckets(settings: Settings, model: Model) -> bool:
    """Whether servers of a model read or write in a bucket."""
    return weights_source(model) is WeightsSource.STREAM or mounts_buckets(settings, model)


def mounts_buckets(settings: Settings, model: Model) -> bool:
    """Whether a bucket is mounted in the Pods of a model."""
    mounted = weights_source(model) is WeightsSource.MOUNT or adapters_in_bucket(model)
    return mounted or keeps_cache(settings, model)


def mounts_any(settings: Settings) -> bool:
    """Whether the cluster must have the driver that mounts buckets."""
    return any(mounts_buckets(settings, model) for model in settings.models)


def reading_options(only: str | None = None) -> str:
    """Options of a mount that is read; of the folder `only` alone, or of the whole bucket."""
    return ",".join((*READ_OPTIONS, f"only-dir={only}") if only else READ_OPTIONS)


def writing_options() -> str:
    """Options of the mount of the compile caches."""
    return ",".join(WRITE_OPTIONS)


@final
@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """What a container that GKE adds to a Pod requests. vCPU and GiB."""

    cpu: float = 0
    memory: float = 0
    storage: int = 0


NO_SIDECAR: Final = Sidecar()
