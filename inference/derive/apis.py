"""Which Google Cloud services the stack's resources need."""

from inference.catalog.gcp import (
    APIS,
    CERTIFICATE_API,
    IMAGE_STREAMING_API,
    MODEL_ARMOR_API,
    PUBSUB_API,
)
from inference.catalog.secret_manager import SECRET_MANAGER_API
from inference.catalog.weights import STORAGE_API
from inference.config.settings import Settings


def apis(settings: Settings) -> tuple[str, ...]:
    """Services to enable, in alphabetical order; none where nothing of Google Cloud is built."""
    if not settings.needs_project:
        return ()
    tls = settings.gateway.tls
    wanted = {
        PUBSUB_API: settings.cluster.notifications is not None,
        SECRET_MANAGER_API: settings.hugging_face_secret_manager is not None,
        STORAGE_API: settings.weights is not None,
        IMAGE_STREAMING_API: settings.streams_images,
        CERTIFICATE_API: tls is not None and tls.secret is None,
        MODEL_ARMOR_API: settings.gateway.model_armor is not None,
    }
    return tuple(sorted({*APIS, *(api for api, needed in wanted.items() if needed)}))
