"""Arguments of what holds the Hugging Face token, from settings. Registers nothing."""

import pulumi

from components.google.server_account import ServerAccount
from components.serving.hugging_face_secret import HuggingFaceSecretArgs
from components.serving.mounted_token import MountedTokenArgs
from inference.config import Configuration
from inference.config.secret_manager import SecretManagerSecret
from inference.derive.names import SECRET_NAME, TOKEN_CLASS
from inference.derive.token import TokenSource, token_source


def hugging_face_secret_args(
    configuration: Configuration, namespace: pulumi.Input[str]
) -> HuggingFaceSecretArgs | None:
    """The Secret that servers read the token from; None where they read none.

    A gated model without a token gets this far only offline, where the Secret is empty.
    """
    settings, given = configuration.settings, configuration.token
    source, existing = token_source(settings, given=given is not None), settings.hugging_face_secret
    if source in {TokenSource.SECRET_MANAGER, TokenSource.NONE}:
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
        name=TOKEN_CLASS,
        namespace=namespace,
        project=project,
        secret=secret.secret,
        version=secret.version,
        member=account.member,
        after=[account.after] if account.after else [],
    )
