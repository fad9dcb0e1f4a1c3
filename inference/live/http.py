"""How services are asked over HTTP: by a deadline, in limited size, and following no redirect."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeVar, cast, final

import httpx

from inference.live.errors import SLOW, MalformedError, UnreachableError
from inference.live.session import Deadline, Session

_MEBIBYTES: Final = 16
"""The most that is read of a body. A page of Google's, of 500 machines, is some 2."""
_TOO_LARGE: Final = f"a response exceeded {_MEBIBYTES} MiB and was abandoned"
_T = TypeVar("_T")


@final
class _Limited(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > _MEBIBYTES << 20:
                raise UnreachableError(_TOO_LARGE, SLOW)
            yield chunk

    def close(self) -> None:
        self._stream.close()


def _limit(response: httpx.Response) -> None:
    """Limit a response, whose body is read afterwards.

    Raises:
        UnreachableError: for a compressed body, which nobody asked for and which could grow.
    """
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise UnreachableError(_TOO_LARGE, SLOW)
    response.stream = _Limited(cast("httpx.SyncByteStream", response.stream))


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted: to read them takes longer than most calls."""
    return httpx.create_ssl_context()


def client(
    session: Session,
    *hooks: Callable[[httpx.Response], None],
    headers: Mapping[str, str] | None = None,
    base_url: str = "",
) -> httpx.Client:
    """A client that is closed with the session; `hooks` see each response before its body."""
    made = httpx.Client(
        base_url=base_url,
        headers={**(headers or {}), "Accept-Encoding": "identity"},
        event_hooks={"response": [*hooks, _limit]},
        timeout=session.deadline.seconds,
        verify=_trusted(),
    )
    return session.opened.enter_context(made)


def ask(who: str, deadline: Deadline, call: Callable[[], _T]) -> _T:
    """What a call of a service gives.

    Raises:
        ServiceError: when there is no whole answer in time, or none that can be read.
    """
    # Errors lose their causes, which hold the request and so the token.
    try:
        return deadline.run(call)
    except (TimeoutError, httpx.TimeoutException, httpx.NetworkError):
        message = f"{who} did not respond within {deadline.seconds:g} s, or at all"
        raise UnreachableError(message, SLOW) from None
    except (httpx.RequestError, httpx.InvalidURL, ValueError, RecursionError):
        raise MalformedError(who) from None


def parse(body: str | bytes) -> Any:  # noqa: ANN401 any JSON
    """A body as JSON.

    Raises:
        ValueError: when it is none, or nested too deeply to be read.
    """
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
