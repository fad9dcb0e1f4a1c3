"""Rules about the Hugging Face token, which comes from one place."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inference.config.rules.rule import BrokenRule

if TYPE_CHECKING:
    from inference.config.settings import Settings


def broken(settings: "Settings") -> Iterator[BrokenRule]:
    """Rules that the keys of the token break."""
    path = "huggingFaceSecretManager"
    if settings.hugging_face_secret_manager is None:
        return
    if settings.hugging_face_secret is not None:
        yield BrokenRule(
            path=path,
            message="stands beside huggingFaceSecret: servers can take the token from one place",
            fix=f"remove `{path}` or `huggingFaceSecret` from the stack file",
        )
    if not settings.on_gke:
        yield BrokenRule(
            path=path,
            message="needs GKE, whose Secret Manager add-on mounts the secret",
            fix=f"remove `{path}` from the stack file, and name a Secret in `huggingFaceSecret`",
        )
