"""Where model servers take the Hugging Face token from."""

from enum import StrEnum

from inference.config.settings import Settings
from inference.derive.weights import needs_token, reads_hugging_face


class TokenSource(StrEnum):
    """The one place that model servers read the token from. Values are keys of the stack file."""

    SECRET_MANAGER = "huggingFaceSecretManager"  # noqa: S105 a key
    """A secret of Secret Manager, mounted as a file."""
    EXISTING_SECRET = "huggingFaceSecret"  # noqa: S105 a key
    """A Secret that is in the cluster already."""
    STACK = "huggingFaceToken"
    """The stack's own configuration, from which the program makes a Secret."""
    MISSING = "missing"
    """A model needs one and none is given: downloads would fail."""
    NONE = "none"
    """No server reads Hugging Face, or only what is public."""


def token_source(settings: Settings, *, given: bool) -> TokenSource:
    """Where the token comes from; `given` says whether the stack's configuration has one."""
    if settings.hugging_face_secret_manager is not None:
        return TokenSource.SECRET_MANAGER
    if not any(reads_hugging_face(model) for model in settings.models):
        return TokenSource.NONE
    if settings.hugging_face_secret is not None:
        return TokenSource.EXISTING_SECRET
    if given:
        return TokenSource.STACK
    if any(needs_token(model) for model in settings.models):
        return TokenSource.MISSING
    return TokenSource.NONE
