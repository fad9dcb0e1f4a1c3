"""Google's REST APIs with the user's own credentials. Reads; changes nothing."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from threading import Lock
from typing import Any, Final, TypeVar, cast, final

import httpx
import requests
from google.auth import exceptions
from google.auth.transport.requests import Request
from pydantic import AliasPath, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from inference.live.credentials import find_credentials, origin, renewal
from inference.live.endpoints import Service
from inference.live.errors import (
    SLOW,
    ApiError,
    CredentialsError,
    MalformedError,
    RedirectedError,
    UnreachableError,
)
from inference.live.http import ask, client, parse
from inference.live.session import Session

DISABLED: Final = "SERVICE_DISABLED"
"""Reason of the error of an API that the project does not use."""


class GoogleModel(BaseModel):
    """A part of an API's answer; whatever else stands in it is left out."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


_A = TypeVar("_A", bound=GoogleModel)


@final
class Money(GoogleModel):
    """An amount of money."""

    currency_code: str = ""
    units: int = 0
    """An int64, which JSON carries as text."""
    nanos: int = 0

    @property
    def amount(self) -> float:
        """In units of the currency."""
        return self.units + self.nanos / 1e9


@final
class _Error(GoogleModel):
    message: str = Field("", validation_alias=AliasPath("error", "message"))
    status: str = Field("", validation_alias=AliasPath("error", "status"))
    details: tuple[Mapping[str, Any], ...] = Field(
        (), validation_alias=AliasPath("error", "details")
    )

    @property
    def reason(self) -> str:
        """The most precise reason that stands in the error."""
        found = (detail["reason"] for detail in self.details if detail.get("reason"))
        return next(found, self.status)


@final
class _Next(GoogleModel):
    next_page_token: str = ""


@final
class _Aggregated(GoogleModel):
    """One page of an aggregated list."""

    items: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]])
    """By zone or region."""
    unreachables: tuple[str, ...] = ()
    """Zones and regions that did not answer."""


def _items(service: Service, holder: Mapping[str, Any], key: str) -> list[object]:
    """The items of one page, or of one zone or region; an empty list is left out of answers."""
    items = holder.get(key, [])
    if not isinstance(items, list):
        raise MalformedError(service.api)
    return cast("list[object]", items)


def _fix(service: Service, project: str, error: _Error, status: int) -> str:
    if error.reason == DISABLED:
        return f"gcloud services enable {service.api} --project {project}"
    if "quota project" in error.message:
        return f"gcloud auth application-default set-quota-project {project}"
    if status == HTTPStatus.UNAUTHORIZED:
        return renewal()
    if status == HTTPStatus.FORBIDDEN:
        return f"request roles/viewer on {project}, or ask someone who has it to run this"
    return "try again later"


@final
class Google:
    """One user, who looks at one project."""

    def __init__(self, project: str, session: Session) -> None:
        """Find the user's credentials.

        Raises:
            ServiceError: when there are none.
        """
        self.project = project
        self._session = session
        self._http = client(session)
        self._sign_in = Request(session.opened.enter_context(requests.Session()))
        self._signing_in = Lock()
        try:
            # On a machine of Google's it asks the metadata server.
            self._credentials = session.deadline.run(find_credentials)
        except TimeoutError as error:
            raise UnreachableError("Google did not return credentials in time", SLOW) from error
        except (exceptions.GoogleAuthError, ValueError, OSError) as error:
            message = f"no usable Google credentials were found: {origin()}"
            raise CredentialsError(message, renewal()) from error

    def read(
        self,
        service: Service,
        path: str,
        answer: type[_A],
        body: Mapping[str, Any] | None = None,
        **parameters: str | list[str],
    ) -> _A:
        """One response; a question with a `body` is a POST.

        Raises:
            ServiceError: when there is no usable one.
        """
        return self._parsed(service, answer, self._call(service, path, parameters, body))

    def read_all(
        self,
        service: Service,
        path: str,
        key: str,
        answer: type[_A],
        body: Mapping[str, Any] | None = None,
        **parameters: str,
    ) -> Iterator[_A]:
        """All items of a list, page by page; `key` names them, and a list with a `body` is a POST.

        Raises:
            ServiceError: when a page cannot be had.
        """
        for page in self._pages(service, path, parameters, body):
            for item in _items(service, page, key):
                yield self._parsed(service, answer, item)

    def read_everywhere(
        self, service: Service, path: str, key: str, answer: type[_A], **parameters: str
    ) -> tuple[list[_A], tuple[str, ...]]:
        """All items of all zones and regions, and the scopes that did not answer.

        Raises:
            ServiceError: when a page cannot be had.
        """
        found: list[_A] = []
        unreachable: list[str] = []
        # A region that is down must not hide what is in the others.
        for raw in self._pages(service, path, {"returnPartialSuccess": "true", **parameters}):
            page = self._parsed(service, _Aggregated, raw)
            unreachable += page.unreachables
            found += [
                self._parsed(service, answer, item)
                for scope in page.items.values()
                for item in _items(service, scope, key)
            ]
        return found, tuple(unreachable)

    def _pages(
        self,
        service: Service,
        path: str,
        parameters: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> Iterator[dict[str, Any]]:
        token, seen = "", set[str]()
        while True:
            following = {"pageToken": token} if token else {}
            if body is None:
                page = self._call(service, path, {**parameters, **following})
            else:
                page = self._call(service, path, {}, {**body, **following})
            yield page
            token = self._parsed(service, _Next, page).next_page_token
            if not token:
                return
            if token in seen:
                raise MalformedError(service.api)
            seen.add(token)

    def _call(
        self,
        service: Service,
        path: str,
        parameters: Mapping[str, str | list[str]],
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        url, method = service.url(path), "GET" if body is None else "POST"

        def exchange() -> httpx.Response:
            access: dict[str, str] = {}
            # One signs in, the others wait for it.
            with self._signing_in:
                self._credentials.before_request(self._sign_in, method, url, access)
            self._session.secrets.add(cast("str | None", self._credentials.token))
            return self._http.request(method, url, headers=access, params=parameters, json=body)

        try:
            response = ask(service.api, self._session.deadline, exchange)
        except exceptions.TransportError as error:
            message = f"{service.api} could not be queried: Google's sign-in did not respond"
            raise UnreachableError(message, SLOW) from error
        except exceptions.GoogleAuthError as error:
            message = f"Google does not accept the credentials: {origin()}"
            raise CredentialsError(message, renewal()) from error
        return self._content(service, response)

    def _content(self, service: Service, response: httpx.Response) -> dict[str, Any]:
        try:
            body: Any = parse(response.content)
        except ValueError:
            body = None
        if response.has_redirect_location:
            location = str(response.url.join(response.headers["Location"]))
            raise RedirectedError(service.api, location)
        if not response.is_success:
            try:
                error = _Error.model_validate(body)
            except ValidationError:
                error = _Error()
            message = error.message or f"HTTP status {response.status_code}"
            fix = _fix(service, self.project, error, response.status_code)
            raise ApiError(
                response.status_code, error.reason, f"{service.api} says: {message}", fix
            )
        if not isinstance(body, dict):
            raise MalformedError(service.api)
        return cast("dict[str, Any]", body)

    @staticmethod
    def _parsed(service: Service, answer: type[_A], content: object) -> _A:
        try:
            return answer.model_validate(content)
        except ValidationError as error:
            raise MalformedError(service.api) from error
