"""Which Google Cloud services the stack's resources need."""

from catalog.gcp import APIS, IMAGE_STREAMING_API, PUBSUB_API
from config.settings import Settings


def apis(settings: Settings) -> tuple[str, ...]:
    """Services to enable, in alphabetical order; none where nothing of Google Cloud is built."""
    if not settings.needs_project:
        return ()
    wanted = {
        PUBSUB_API: settings.cluster.notifications is not None,
        IMAGE_STREAMING_API: settings.cluster.image_streaming,
    }
    return tuple(sorted({*APIS, *(api for api, needed in wanted.items() if needed)}))
