"""The identity token by which requests pass Identity-Aware Proxy. It is never shown."""

import os
from typing import Final

from pydantic import SecretStr

from inference.config.finding import refuse
from inference.config.settings import Settings
from inference.live.token import TOKEN_FORM

_VARIABLE: Final = "IAP_TOKEN"
_FINDING: Final = "live.iap-token"
_IAP: Final = "gateway.iap"


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
        f"export {_VARIABLE}=$(gcloud auth print-identity-token --impersonate-service-account "
        f"ACCOUNT --audiences {iap.client_id} --include-email), or pass a forwarded port with "
        "--url"
    )
    token = os.environ.get(_VARIABLE, "").strip()
    if token and not TOKEN_FORM.match(token):
        refuse(_FINDING, _IAP, f"{_VARIABLE} has characters that no identity token has", get)
    if token:
        return SecretStr(token)
    if url is None:
        refuse(
            _FINDING,
            _IAP,
            "Identity-Aware Proxy protects the endpoint and would reject every call without an "
            f"identity token, but {_VARIABLE} is not set",
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
