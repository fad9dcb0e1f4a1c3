"""What came of a call of the OpenAI API, read strictly: an answer without text is none."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, final

import httpx
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, ValidationError

from inference.live.session import Secrets

_DATA: Final = "data:"
_END: Final = "[DONE]"
_LONGEST_MESSAGE: Final = 200
"""Characters of an error's message that are shown."""


@final
@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one call."""

    http: int | None = None
    """Status of the answer; None when there was none."""
    error: str = ""
    """What went wrong; "" for a real answer."""
    connected: bool = True
    """Whether a whole answer came in time, be it an error."""
    readable: bool = True
    """Whether an error came as the JSON that clients expect."""
    seconds: float = 0
    first_token: float | None = None
    """Seconds until the first text of a stream."""
    tokens_per_second: float | None = None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


@final
class _Choice(_Part):
    text: str | None = Field(
        None,
        validation_alias=AliasChoices(
            "text", AliasPath("message", "content"), AliasPath("delta", "content")
        ),
    )
    """Of a completion, a chat, and a part of a streamed chat."""
    finish_reason: str | None = None


@final
class _Answer(_Part):
    choices: tuple[_Choice, ...]
    tokens: int = Field(0, validation_alias=AliasPath("usage", "completion_tokens"))


def _rate(tokens: int, seconds: float) -> float | None:
    return tokens / seconds if tokens and seconds > 0 else None


def read_answer(response: httpx.Response, start: float) -> Outcome:
    """A whole answer; a model that only thinks says nothing, but counts its tokens.

    Raises:
        ValueError: when it is none.
    """
    http, answer = response.status_code, _Answer.model_validate_json(response.read())
    if not answer.choices or not (answer.tokens or answer.choices[0].text):
        return Outcome(http=http, error="the response has no text")
    rate = _rate(answer.tokens, time.perf_counter() - start)
    return Outcome(http=http, tokens_per_second=rate)


def _events(response: httpx.Response) -> Iterator[str]:
    """The data of server-sent events, each of which is one line."""
    lines = (line for line in response.iter_lines() if line.startswith(_DATA))
    data = (line.removeprefix(_DATA).strip() for line in lines)
    return takewhile(lambda text: text != _END, data)


def read_stream(response: httpx.Response, start: float, secrets: Secrets) -> Outcome:
    """A stream: whole only when a reason for its end came, since a cut one ends as well.

    Raises:
        ValueError: when an event is none.
    """
    first = last = None
    pieces = counted = 0
    finished, http = False, response.status_code
    for event in _events(response):
        try:
            part = _Answer.model_validate_json(event)
        except ValidationError:
            message, readable = read_error(event, secrets)
            if not readable:
                raise
            # A server that fails within a stream says so in an event, as the status is gone.
            return Outcome(http=http, error=f"it was interrupted: {message}")
        counted = part.tokens or counted
        for choice in part.choices:
            finished = finished or choice.finish_reason is not None
            if choice.text:
                last = time.perf_counter()
                first = first or last
                pieces += 1
    if not finished:
        return Outcome(http=http, error="the stream was cut off")
    if first is None or last is None:
        return Outcome(http=http, error="the stream has no text")
    tokens = counted or pieces
    rate = _rate(tokens - 1, last - first)
    return Outcome(http=http, first_token=first - start, tokens_per_second=rate)


@final
class _Error(_Part):
    message: str = ""
    detail: str = ""


@final
class _ErrorAnswer(_Part):
    """An error as OpenAI writes it, and as the web frameworks of model servers do."""

    error: _Error | str = ""
    message: str = ""
    detail: str = ""


def read_error(body: str | bytes, secrets: Secrets) -> tuple[str, bool]:
    """An error's message, and whether it came as JSON."""
    try:
        answer = _ErrorAnswer.model_validate_json(body)
    except ValidationError:
        return "the error is not the JSON that clients expect", False
    error = answer.error
    own = error if isinstance(error, str) else error.message or error.detail
    message = own or answer.message or answer.detail
    # Cut first, a token that the server echoes could be left in part.
    return secrets.text(message)[:_LONGEST_MESSAGE] or "without a message", True
