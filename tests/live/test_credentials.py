"""Commands and waits are signed in as the gcp provider is: by the same variables."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import google_account as account
import pytest
from google.auth import impersonated_credentials
from loopback import Reply, Server, serving

from inference.live.credentials import find_credentials, origin, renewal
from inference.live.endpoints import BILLING
from inference.live.errors import ApiError, CredentialsError
from inference.live.google import Google, GoogleModel
from inference.live.session import Deadline, Session

_TOKEN: Final = "ya29.of-the-variable"  # noqa: S105 of a server on loopback
_OTHER: Final = f"other@{account.PROJECT}.iam.gserviceaccount.com"
_PATH: Final = "projects/test-project/billingInfo"


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An account with application default credentials, which are those of `someone`."""
    with serving() as server:
        account.sign_in(server, tmp_path, monkeypatch)
        server.on("GET", account.BILLING, Reply())
        yield server


def _key(folder: Path) -> str:
    """A key of another account, as JSON."""
    known = json.loads((folder / "credentials.json").read_text(encoding="utf-8"))
    return json.dumps({**known, "client_email": _OTHER})


def _ask(server: Server) -> tuple[str, str]:
    """The header that a question brings, and the account that signed in for it."""
    session = Session(deadline=Deadline(10))
    with session.opened:
        Google(account.PROJECT, session).read(BILLING, _PATH, GoogleModel)
    (asked,) = server.asked(account.BILLING)
    signed = [_claims(one.body)["iss"] for one in server.asked("/token")]
    return asked.headers["Authorization"], "".join(signed)


def _claims(body: bytes) -> Mapping[str, Any]:
    part = body.decode().partition("assertion=")[2].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


# The advice is for keys of strangers; this one is the user's own.
@pytest.mark.filterwarnings("ignore:.*load_credentials_from_dict:DeprecationWarning")
@pytest.mark.parametrize(
    ("variables", "who"),
    [
        ({}, f"someone@{account.PROJECT}.iam.gserviceaccount.com"),
        ({"GOOGLE_CREDENTIALS": "KEY"}, _OTHER),
        ({"GOOGLE_CREDENTIALS": "FILE"}, _OTHER),
        ({"GCLOUD_KEYFILE_JSON": "FILE"}, _OTHER),
        ({"GOOGLE_OAUTH_ACCESS_TOKEN": _TOKEN}, ""),
        ({"GOOGLE_OAUTH_ACCESS_TOKEN": _TOKEN, "GOOGLE_CREDENTIALS": "KEY"}, ""),
    ],
)
def test_a_question_is_signed_in_as_the_provider_is(
    google: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: Mapping[str, str],
    who: str,
) -> None:
    file = tmp_path / "other.json"
    file.write_text(_key(tmp_path), encoding="utf-8")
    values = {"KEY": _key(tmp_path), "FILE": str(file)}
    for name, value in variables.items():
        monkeypatch.setenv(name, values.get(value, value))

    header = account.ACCESS_TOKEN if who else _TOKEN
    assert _ask(google) == (f"Bearer {header}", who)


@pytest.mark.usefixtures("google")
def test_an_account_is_impersonated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", _OTHER)
    found = find_credentials()

    assert isinstance(found, impersonated_credentials.Credentials)
    assert found.service_account_email == _OTHER  # pyrefly: ignore[unknown-attribute-access]
    assert origin().endswith(" with GOOGLE_IMPERSONATE_SERVICE_ACCOUNT")


def test_a_key_that_is_none_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CREDENTIALS", "/no/such/file")
    session = Session(deadline=Deadline(10))
    with session.opened, pytest.raises(CredentialsError) as failed:
        Google(account.PROJECT, session)

    assert "GOOGLE_CREDENTIALS" in str(failed.value)
    assert "GOOGLE_CREDENTIALS" in failed.value.fix


def test_a_token_that_has_run_out_is_got_anew(
    google: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", _TOKEN)
    google.on("GET", account.BILLING, account.error(401, "", "invalid"))
    with pytest.raises(ApiError) as failed:
        _ask(google)

    assert failed.value.fix == renewal() == (
        "export GOOGLE_OAUTH_ACCESS_TOKEN=$(gcloud auth print-access-token)"
    )  # fmt: skip
