"""Tokens of Hugging Face and Identity-Aware Proxy: where they come from, never what they are."""

import os
import re
from dataclasses import dataclass
from typing import Final, final

from pydantic import SecretStr

from inference.config.finding import PROJECT, TOKEN_KEY, refuse
from inference.config.settings import Settings
from inference.config.stack_file import StackFile
from inference.live.errors import ServiceError
from inference.live.programs import run
from inference.live.session import Secrets

_HUB_VARIABLE: Final = "HF_TOKEN"
_KEY: Final = f"{PROJECT}:{TOKEN_KEY}"
TOKEN_FORM: Final = re.compile(r"^[A-Za-z0-9_.-]+$")
_COPY: Final = "copy it again from https://huggingface.co/settings/tokens"
_IAP_VARIABLE: Final = "IAP_TOKEN"
_FINDING: Final = "live.iap-token"
_IAP: Final = "gateway.iap"


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
    text = os.environ.get(_HUB_VARIABLE)
    if text and text.strip():
        return _checked(text, _HUB_VARIABLE, secrets)
    if _KEY not in stack.config:
        return None
    if _KEY not in stack.secret_keys:
        return _checked(stack.config[_KEY], "the stack file", secrets)
    written = stack.written.get(_KEY, TOKEN_KEY)
    text = run(
        "pulumi",
        ["config", "get", written, "--stack", stack.name, "--non-interactive"],
        f"install pulumi, or set {_HUB_VARIABLE}",
    )
    return _checked(text, f"stack {stack.name}", secrets)


def identity_token(settings: Settings, url: str | None) -> SecretStr | None:
    """The token of the environment, where the stack has the proxy; `url` is the one that is given.

    An endpoint that is named, such as a forwarded port, may be reached without.

    Raises:
        RefusedError: when there is none, or none that could be one.
    """
    iap = settings.gateway.iap
    if iap is None:
        return None
    get = (
        f"export {_IAP_VARIABLE}=$(gcloud auth print-identity-token --impersonate-service-account "
        f"ACCOUNT --audiences {iap.client_id} --include-email), or pass a forwarded port with "
        "--url"
    )
    token = os.environ.get(_IAP_VARIABLE, "").strip()
    if token and not TOKEN_FORM.match(token):
        refuse(_FINDING, _IAP, f"{_IAP_VARIABLE} has characters that no identity token has", get)
    if token:
        return SecretStr(token)
    if url is None:
        refuse(
            _FINDING,
            _IAP,
            "Identity-Aware Proxy protects the endpoint and would reject every call without an "
            f"identity token, but {_IAP_VARIABLE} is not set",
            get,
        )
    return None


def refuse_load(settings: Settings, url: str | None) -> None:
    """Refuse to measure through the proxy: the tool would show the token among the processes.

    Raises:
        RefusedError: when the stack has the proxy, and no other way in is given.
    """
    if settings.gateway.iap is not None and url is None:
        refuse(
            "live.iap-load",
            _IAP,
            "Identity-Aware Proxy protects the endpoint, and the load tool would expose the "
            "identity token to everyone on this machine",
            "kubectl port-forward deployment/MODEL 8000, then --url http://127.0.0.1:8000: one "
            "server, without the Gateway and picker",
        )
