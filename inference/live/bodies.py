"""Bodies of HTTP responses, of which no more is read than any service has reason to send."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, final

import httpx
import httpx2

from inference.live.errors import TooLargeError

_MEBIBYTES: Final = 16
"""The most that is read of a body. A page of Google's, of 500 machines, is some 2."""


def limited(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks of a body.

    Raises:
        TooLargeError: at the limit.

    """
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > _MEBIBYTES << 20:
            raise TooLargeError(_MEBIBYTES)
        yield chunk


def parse(body: str | bytes) -> Any:  # noqa: ANN401 any JSON
    """A body as JSON.

    Raises:
        ValueError: when it is none, or nested too deeply to be read.

    """
    try:
        return json.loads(body)
    except RecursionError:
        message = "nested too deeply"
        raise ValueError(message) from None


@final
class _Limited(httpx.SyncByteStream, httpx2.SyncByteStream):
    """A limited stream, for the library of Hugging Face and the one of OpenAI."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 a stream of either
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return limited(self._stream)

    def close(self) -> None:
        self._stream.close()


def limit(response: Any) -> None:  # noqa: ANN401 a response of either library
    """Hook of an HTTP client: limits each response, whose body is read afterwards.

    Raises:
        TooLargeError: for a compressed body, which nobody asked for and which could grow.

    """
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise TooLargeError(_MEBIBYTES)
    response.stream = _Limited(response.stream)
