"""`registry`: a mirror of the images and charts that the program uses."""

from typing import Annotated, final

from pydantic import Field

from inference.config.patterns import REGISTRY_PATTERN
from inference.config.pod import PullSecretName
from inference.config.section import Section


@final
class Registry(Section):
    """Where images and charts are pulled from, in place of the registries that publish them."""

    prefix: Annotated[str, Field(pattern=REGISTRY_PATTERN)] | None = None
    """Registry and path of the mirror, such as `us-central1-docker.pkg.dev/PROJECT/mirror`: an
    image is `PREFIX/REPOSITORY:TAG`, without its registry. `inference images` lists what to
    copy."""
    pull_secrets: tuple[PullSecretName, ...] = ()
    """Secrets in the stack's namespace for pulling model servers' images, as `[NAME]`."""
