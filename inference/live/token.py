"""The Hugging Face token: where it comes from, and never what it is."""

import os
import re
from dataclasses import dataclass
from typing import Final, final

from pydantic import SecretStr

from inference.config.finding import PROJECT, TOKEN_KEY
from inference.config.stack_file import StackFile
from inference.live.errors import ServiceError
from inference.live.programs import run
from inference.live.redaction import Secrets

_VARIABLE: Final = "HF_TOKEN"
_KEY: Final = f"{PROJECT}:{TOKEN_KEY}"
TOKEN_FORM: Final = re.compile(r"^[A-Za-z0-9_.-]+$")
_COPY: Final = "copy it again from https://huggingface.co/settings/tokens"


@final
@dataclass(frozen=True, kw_only=True)
class FoundToken:
    """A token that was found; its representation hides it."""

    value: SecretStr
    source: str


@final
class TokenError(ServiceError):
    """There is a token, but none that could be one."""


def _checked(text: str, source: str, secrets: Secrets) -> FoundToken:
    token = text.strip()
    secrets.add(token)
    # Sent as it is, such a token would come back within the HTTP library's own error.
    if not TOKEN_FORM.match(token):
        raise TokenError(f"the token from {source} has characters that no token has", _COPY)
    return FoundToken(value=SecretStr(token), source=source)


def find_token(stack: StackFile, secrets: Secrets) -> FoundToken | None:
    """The token of the environment, else the stack's; None when there is none. It joins `secrets`.

    Raises:
        ServiceError: when there is one, but it cannot be decrypted, or could not be one.
    """
    text = os.environ.get(_VARIABLE)
    if text and text.strip():
        return _checked(text, _VARIABLE, secrets)
    if _KEY not in stack.config:
        return None
    if _KEY not in stack.secret_keys:
        return _checked(stack.config[_KEY], "the stack file", secrets)
    written = stack.written.get(_KEY, TOKEN_KEY)
    text = run(
        "pulumi",
        ["config", "get", written, "--stack", stack.name, "--non-interactive"],
        f"install pulumi, or set {_VARIABLE}",
    )
    return _checked(text, f"stack {stack.name}", secrets)
