"""Doctor's look at Hugging Face: the token, and the licence of each model and adapter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, final

import requests
from pydantic import BaseModel, ValidationError
from requests.auth import AuthBase

from inference.config.finding import TOKEN_KEY, set_command
from inference.config.settings import Settings
from inference.config.stack_file import StackFile
from inference.derive.weights import downloads_model, reads_hugging_face
from inference.live.checks import Check, failed
from inference.live.endpoints import hugging_face
from inference.live.errors import MalformedError, ServiceError, UnreachableError
from inference.live.report import Line, Status, ok, problem, unknown
from inference.live.token import FoundToken, TokenError, find_token

_TOKEN: Final = "Hugging Face token"  # noqa: S105 the line's name
_NEW_TOKEN: Final = "https://huggingface.co/settings/tokens"  # noqa: S105 where one is made
_HOST: Final = "Hugging Face"
_REPOSITORY: Final = re.compile(r"^[\w-][\w.-]*(/[\w-][\w.-]*)?$")
_ERROR: Final = "X-Error-Code"
_GATED: Final = "GatedRepo"
_ABSENT: Final = frozenset({"EntryNotFound", "RevisionNotFound"})
_WITHIN: Final = re.compile(r"^/[^/]")
"""A redirection to the Hub itself; others lead to where the file's content is."""
_MOST_MOVES: Final = 3


@final
class _WhoAmI(BaseModel):
    name: str


@final
@dataclass(frozen=True, kw_only=True)
class _Repository:
    what: str
    """`model` or `adapter`."""
    name: str
    file: str
    """A small file that every such repository has."""


@final
class _Bearer(AuthBase):
    """Sends the token. Given as an object, a .netrc file does not take its place."""

    def __init__(self, token: FoundToken | None) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            r.headers["Authorization"] = f"Bearer {self._token.value.get_secret_value()}"
        return r


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


@final
class _Hub:
    """The Hub, asked with one token or none."""

    def __init__(self, token: FoundToken | None, timeout: float) -> None:
        self.token = token
        self._timeout = timeout

    def ask(self, method: str, path: str) -> requests.Response:
        try:
            return requests.request(
                method,
                f"{hugging_face()}/{path}",
                auth=_Bearer(self.token),
                # Weights are elsewhere, and the token is not for there.
                allow_redirects=False,
                timeout=self._timeout,
            )
        except (requests.Timeout, requests.ConnectionError):
            message = f"{_HOST} did not answer within {self._timeout:g} s, or not at all"
            mend = "look at the network and at proxies, or give it longer with --timeout"
            # Without its cause, which holds the request and so the token.
            raise UnreachableError(message, mend) from None
        except requests.RequestException:
            raise MalformedError(_HOST) from None

    def head(self, path: str) -> requests.Response:
        """The answer for a file. A repository that was renamed is asked for by its new name."""
        response = self.ask("HEAD", path)
        for _ in range(_MOST_MOVES):
            location = response.headers.get("Location", "")
            if not _WITHIN.match(location):
                break
            response = self.ask("HEAD", location.removeprefix("/"))
        return response


def _who(hub: _Hub, token: FoundToken) -> Iterator[Line]:
    response = hub.ask("GET", "api/whoami-v2")
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        message = f"{_HOST} does not accept the token of {token.source}"
        command = set_command(TOKEN_KEY, "hf_…", secret=True)
        yield problem(_TOKEN, message, f"make one at {_NEW_TOKEN}, then {command}")
    elif response.status_code == HTTPStatus.OK:
        try:
            content: Any = response.json()
            who = _WhoAmI.model_validate(content)
        except (ValueError, ValidationError):
            raise MalformedError(_HOST) from None
        yield ok(_TOKEN, f"the token of {token.source} is {token.hidden_in(who.name)}'s")
    else:
        yield _odd(_TOKEN, response)


def _odd(name: str, response: requests.Response) -> Line:
    message = f"{_HOST} answered with status {response.status_code}"
    return unknown(name, message, "try again later")


def _access(hub: _Hub, repository: _Repository) -> Iterator[Line]:
    name = f"{repository.what} {repository.name}"
    if not _REPOSITORY.match(repository.name):
        yield unknown(name, f"is no repository of {_HOST}, and was not looked at", "")
        return
    response = hub.head(f"{repository.name}/resolve/main/{repository.file}")
    status, code = response.status_code, response.headers.get(_ERROR, "")
    if status < HTTPStatus.BAD_REQUEST:
        yield ok(name, "can be read" + (" with the token" if hub.token else " without a token"))
    elif status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        yield _denied(hub, name, repository.name, code, status)
    elif status == HTTPStatus.NOT_FOUND and code in _ABSENT:
        message = f"can be read, but holds no {repository.file}"
        yield problem(name, message, f"name a repository that holds a whole {repository.what}")
    elif status == HTTPStatus.NOT_FOUND:
        message = "there is no such repository, or this token may not see it"
        yield problem(name, message, "mend its name in the stack file")
    else:
        yield _odd(name, response)


def _denied(hub: _Hub, name: str, repository: str, code: str, status: int) -> Line:
    page = f"https://huggingface.co/{repository}"
    if hub.token is None:
        message = "is gated or private, and there is no token: vLLM could not download it"
        mend = f"set HF_TOKEN, or {set_command(TOKEN_KEY, 'hf_…', secret=True)}"
        return problem(name, message, mend)
    if code == _GATED or status == HTTPStatus.FORBIDDEN:
        message = "the token may not read it: the licence is not accepted, or it lacks the scope"
        mend = f"accept the licence at {page}, and give a fine-grained token gated repositories"
        return problem(name, message, mend)
    return problem(name, f"{_HOST} does not accept the token", f"make one at {_NEW_TOKEN}")


def _without_token(hub: _Hub, repository: _Repository, elsewhere: str) -> Iterator[Line]:
    """Where there is a token that cannot be had here, what it may read is not known."""
    for line in _access(hub, repository):
        if line.status is Status.PROBLEM and elsewhere:
            mend = "set HF_TOKEN to the same token, and ask again"
            yield unknown(line.name, f"needs a token, and {elsewhere}", mend)
        else:
            yield line


def hugging_face_checks(stack: StackFile, settings: Settings, timeout: float) -> Iterator[Check]:
    """What is looked at on Hugging Face: nothing where nothing is downloaded."""
    if not _repositories(settings):
        return
    token: FoundToken | None = None
    elsewhere = ""
    if settings.hugging_face_secret is not None:
        elsewhere = f"that of Secret {settings.hugging_face_secret.name} only the cluster has"
    elif settings.hugging_face_secret_manager is not None:
        secret = settings.hugging_face_secret_manager.secret
        elsewhere = f"that of {secret} in Secret Manager is never read here"
    try:
        token = find_token(stack)
    except TokenError as error:
        elsewhere = "the one that there is cannot be used"
        line = problem(_TOKEN, str(error), error.mend)
        yield Check(name=_TOKEN, look=lambda: [line])
    except ServiceError as error:
        elsewhere = "the stack's could not be read"
        line = failed(_TOKEN, error)
        yield Check(name=_TOKEN, look=lambda: [line])
    hub = _Hub(token, timeout)
    if token is not None:
        yield Check(name=_TOKEN, look=lambda token=token: _who(hub, token))
    for repository in _repositories(settings):
        yield Check(
            name=f"{repository.what} {repository.name}",
            look=lambda one=repository: (
                _access(hub, one) if token else _without_token(hub, one, elsewhere)
            ),
        )
