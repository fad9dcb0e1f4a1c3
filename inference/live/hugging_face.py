"""Doctor's look at Hugging Face: the token, and the licence of each model and adapter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, final

import httpx
from huggingface_hub import HfApi, constants, hf_hub_url, set_client_factory
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RevisionNotFoundError,
)

from inference.config.finding import TOKEN_COMMAND
from inference.config.settings import Settings
from inference.config.stack_file import StackFile
from inference.derive.weights import downloads_model, reads_hugging_face
from inference.live.checks import Check, failed
from inference.live.endpoints import hugging_face
from inference.live.errors import MalformedError, RedirectedError, ServiceError
from inference.live.http import ask, client
from inference.live.report import Line, Status, ok, problem, unknown
from inference.live.session import Session
from inference.live.token import FoundToken, TokenError, find_token

# Nothing is asked of the Hub but what doctor is for, and nothing is said of this machine.
constants.HF_HUB_DISABLE_TELEMETRY = True

_TOKEN: Final = "Hugging Face token"  # noqa: S105 the line's name
_NEW_TOKEN: Final = "https://huggingface.co/settings/tokens"  # noqa: S105 where one is made
_HOST: Final = "Hugging Face"
_REPOSITORY: Final = re.compile(r"^[\w-][\w.-]*(/[\w-][\w.-]*)?$")
_COMMIT: Final = "X-Repo-Commit"
"""Header by which the Hub says that it knows a file, be its content elsewhere."""


@final
@dataclass(frozen=True, kw_only=True)
class _Repository:
    what: str
    """`model` or `adapter`."""
    name: str
    file: str
    """A small file that every such repository has."""

    @property
    def line(self) -> str:
        return f"{self.what} {self.name}"


def _repositories(settings: Settings) -> list[_Repository]:
    """What model servers download; simulated ones read neither model nor adapters."""
    found = [
        _Repository(what="model", name=model.model, file="config.json")
        for model in settings.models
        if downloads_model(model)
    ]
    found += [
        _Repository(what="adapter", name=adapter.source, file="adapter_config.json")
        for model in settings.models
        if model.lora and reads_hugging_face(model)
        for adapter in model.lora.adapters
    ]
    return list(dict.fromkeys(found))


def _stay(response: httpx.Response) -> None:
    """Hook: refuse what leads from the Hub to elsewhere, unless the Hub itself does it.

    Raises:
        RedirectedError: where a proxy or portal answers.
    """
    if not response.has_redirect_location:
        return
    target = response.url.join(response.headers["Location"])
    same = (target.scheme, target.netloc) == (response.url.scheme, response.url.netloc)
    if not same and _COMMIT not in response.headers:
        raise RedirectedError(_HOST, str(target))


@final
class _Hub:
    """The Hub, asked with one token or none."""

    def __init__(self, token: FoundToken | None, session: Session) -> None:
        self.has_token = token is not None
        self._session = session
        # Without one of ours the library would look for the user's own.
        secret = token.value.get_secret_value() if token else False
        set_client_factory(lambda: client(session, _stay))
        self._api: Any = HfApi(hugging_face(), secret)

    def who(self) -> str:
        """The name of the token's owner."""
        content = ask(_HOST, self._session.deadline, self._api.whoami)
        name = content.get("name") if isinstance(content, dict) else None
        if not isinstance(name, str):
            raise MalformedError(_HOST)
        return name

    def look(self, repository: _Repository) -> None:
        """Ask for a file's metadata. A repository that was renamed is found by its old name."""
        url = hf_hub_url(repository.name, repository.file, endpoint=hugging_face())
        deadline = self._session.deadline

        def look() -> Any:  # noqa: ANN401 of a library without types
            return self._api.get_hf_file_metadata(url=url, timeout=deadline.seconds)

        found = ask(_HOST, deadline, look)
        if found.commit_hash is None:
            raise MalformedError(_HOST)


def _who(hub: _Hub, token: FoundToken) -> Iterator[Line]:
    try:
        yield ok(_TOKEN, f"the token from {token.source} belongs to {hub.who()}")
    except HfHubHTTPError as error:
        if error.response.status_code == HTTPStatus.UNAUTHORIZED:
            message = f"{_HOST} does not accept the token from {token.source}"
            yield problem(_TOKEN, message, f"create one at {_NEW_TOKEN}, then {TOKEN_COMMAND}")
        else:
            yield _odd(_TOKEN, error)


def _odd(name: str, error: HfHubHTTPError) -> Line:
    message = f"{_HOST} responded with status {error.response.status_code}"
    return unknown(name, message, "try again later")


def _access(hub: _Hub, repository: _Repository) -> Iterator[Line]:
    name = repository.line
    if not _REPOSITORY.match(repository.name):
        yield unknown(name, f"is not a {_HOST} repository, and was not checked", "")
        return
    try:
        hub.look(repository)
    except HfHubHTTPError as error:
        yield _refusal(hub, repository, error)
    else:
        yield ok(name, "can be read" + (" with the token" if hub.has_token else " without a token"))


def _refusal(hub: _Hub, repository: _Repository, error: HfHubHTTPError) -> Line:
    name, status = repository.line, error.response.status_code
    denied = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    if denied and not hub.has_token:
        message = "is gated or private, and there is no token: vLLM could not download it"
        fix = f"set HF_TOKEN, or {TOKEN_COMMAND}"
        return problem(name, message, fix)
    if status == HTTPStatus.FORBIDDEN or (denied and isinstance(error, GatedRepoError)):
        page = f"https://huggingface.co/{repository.name}"
        message = "the token may not read it: the licence is not accepted, or it lacks the scope"
        fix = f"accept the licence at {page}, and let a fine-grained token read gated repositories"
        return problem(name, message, fix)
    if denied:
        return problem(name, f"{_HOST} does not accept the token", f"create one at {_NEW_TOKEN}")
    if status != HTTPStatus.NOT_FOUND:
        return _odd(name, error)
    if isinstance(error, RemoteEntryNotFoundError | RevisionNotFoundError):
        message = f"can be read, but has no {repository.file}"
        return problem(name, message, f"use a repository that holds a complete {repository.what}")
    message = "no such repository, or this token may not see it"
    return problem(name, message, "correct its name in the stack file")


def _without_token(hub: _Hub, repository: _Repository, elsewhere: str) -> Iterator[Line]:
    """Where there is a token that cannot be had here, what it may read is not known."""
    for line in _access(hub, repository):
        if line.status is Status.PROBLEM and elsewhere:
            fix = "set HF_TOKEN to the same token, and try again"
            yield unknown(line.name, f"needs a token, and {elsewhere}", fix)
        else:
            yield line


def hugging_face_checks(stack: StackFile, settings: Settings, session: Session) -> Iterator[Check]:
    """What is looked at on Hugging Face: nothing where nothing is downloaded."""
    if not _repositories(settings):
        return
    token: FoundToken | None = None
    elsewhere = ""
    if settings.hugging_face_secret is not None:
        elsewhere = f"the one in Secret {settings.hugging_face_secret.name} is only in the cluster"
    elif settings.hugging_face_secret_manager is not None:
        secret = settings.hugging_face_secret_manager.secret
        elsewhere = f"the one in {secret} in Secret Manager is never read here"
    try:
        token = find_token(stack, session.secrets)
    except TokenError as error:
        elsewhere = "the one found cannot be used"
        line = problem(_TOKEN, str(error), error.fix)
        yield Check(name=_TOKEN, look=lambda: [line])
    except ServiceError as error:
        elsewhere = "the stack's token could not be read"
        line = failed(_TOKEN, error)
        yield Check(name=_TOKEN, look=lambda: [line])
    hub = _Hub(token, session)
    if token is not None:
        yield Check(name=_TOKEN, look=lambda token=token: _who(hub, token))
    for repository in _repositories(settings):
        yield Check(
            name=repository.line,
            look=lambda one=repository: (
                _access(hub, one) if token else _without_token(hub, one, elsewhere)
            ),
        )
