"""Google's credentials, found where the gcp provider finds them: commands and waits see the same.

That is an access token, else a key, else application default credentials, and the account that
these impersonate: source GetCredentials and HandleSDKDefaults of google/transport/config.go in
terraform-provider-google.
"""

import json
import os
from pathlib import Path
from typing import Final, cast

import google.auth
from google.auth import impersonated_credentials
from google.auth.credentials import Credentials
from google.oauth2 import credentials as oauth2

from inference.catalog.gcp import CLOUD_PLATFORM_SCOPE

_TOKEN: Final = "GOOGLE_OAUTH_ACCESS_TOKEN"  # noqa: S105 a variable's name
_KEYS: Final = ("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON")
_ACCOUNT: Final = "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"
_SCOPES: Final = [CLOUD_PLATFORM_SCOPE]


def _variable() -> str | None:
    """The variable that holds the token or the key."""
    return next((name for name in (_TOKEN, *_KEYS) if os.environ.get(name)), None)


def origin() -> str:
    """Where the credentials come from, as messages name it."""
    own = _variable() or "application default credentials"
    return f"{own} with {_ACCOUNT}" if os.environ.get(_ACCOUNT) else own


def renewal() -> str:
    """The command, or the edit, that gives others."""
    variable = _variable()
    if variable == _TOKEN:
        return f"export {_TOKEN}=$(gcloud auth print-access-token)"
    if variable is not None:
        return f"set {variable} to a JSON key or its file, or unset it"
    return "gcloud auth application-default login"


def _content(variable: str) -> str:
    """A variable's value, or the text of the file that it names."""
    value = os.environ[variable]
    try:
        return Path(value).expanduser().read_text(encoding="utf-8").strip()
    except OSError:
        return value


def _own() -> Credentials:
    variable = _variable()
    if variable == _TOKEN:
        return oauth2.Credentials(_content(variable))
    if variable is not None:
        key = json.loads(_content(variable))
        found = google.auth.load_credentials_from_dict(key, scopes=_SCOPES)
    else:
        found = google.auth.default(scopes=_SCOPES)
    return cast("Credentials", found[0])


def find_credentials() -> Credentials:
    """The credentials. Nothing of them is ever kept.

    Raises:
        GoogleAuthError: for none, or none that could be used.
        ValueError: for a key that is none.
    """
    account = os.environ.get(_ACCOUNT)
    if not account:
        return _own()
    return impersonated_credentials.Credentials(_own(), account, _SCOPES)
