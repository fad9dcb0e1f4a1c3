"""Arguments of what holds the Hugging Face token, from settings. Registers nothing."""

from __future__ import annotations

from typing import Final

import pulumi

from components.google.server_account import ServerAccount
from components.serving.hugging_face_secret import HuggingFaceSecretArgs
from components.serving.mounted_token import MountedTokenArgs
from inference.config import Configuration
from inference.config.secret_manager import SecretManagerSecret
from inference.derive.names import SECRET_NAME
from inference.derive.weights import needs_token, reads_hugging_face

_TOKEN_CLASS: Final = "hugging-face-token"  # noqa: S105 name of the SecretProviderClass


def hugging_face_secret_args(
    configuration: Configuration, namespace: pulumi.Input[str]
) -> HuggingFaceSecretArgs | None:
    """The Secret where a token is given or a model needs one; None where neither is the case.

    A gated model without a token gets this far only offline, where the Secret stands empty.
    """
    settings, given = configuration.settings, configuration.token
    models = [model for model in settings.models if reads_hugging_face(model)]
    existing = settings.hugging_face_secret
    wanted = given is not None or existing is not None
    if not models or not (wanted or any(needs_token(model) for model in models)):
        return None
    if existing is not None:
        return HuggingFaceSecretArgs(
            namespace=namespace, name=existing.name, key=existing.key, exists=True
        )
    return HuggingFaceSecretArgs(
        namespace=namespace, name=SECRET_NAME, token=given.value if given else None
    )


def mounted_token_args(
    secret: SecretManagerSecret,
    project: str,
    namespace: pulumi.Input[str],
    account: ServerAccount,
) -> MountedTokenArgs:
    """The token that Secret Manager's add-on mounts."""
    return MountedTokenArgs(
        name=_TOKEN_CLASS,
        namespace=namespace,
        project=project,
        secret=secret.secret,
        version=secret.version,
        member=account.member,
        after=[account.after] if account.after else [],
    )
