"""`huggingFaceSecretManager`: a token that never comes near the stack."""

from typing import Annotated, final

from pydantic import Field

from inference.catalog.limits import SECRET_ID_CHARACTERS
from inference.config.patterns import SECRET_ID_PATTERN, VERSION_PATTERN
from inference.config.section import Section


@final
class SecretManagerSecret(Section):
    """A secret of Secret Manager that is there already, in the stack's project."""

    secret: Annotated[str, Field(pattern=SECRET_ID_PATTERN, max_length=SECRET_ID_CHARACTERS)]
    """Name of the secret."""
    version: Annotated[str, Field(pattern=VERSION_PATTERN)] = "latest"
    """Version number or alias; `latest` follows each new version."""
