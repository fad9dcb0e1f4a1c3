"""What came of a call of the OpenAI API, read strictly: an answer without text is none."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from pydantic import BaseModel, ConfigDict, ValidationError

from inference.live.redaction import Secrets

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
class _Text(_Part):
    content: str | None = None


@final
class _Choice(_Part):
    text: str | None = None
    message: _Text | None = None
    delta: _Text | None = None
    finish_reason: str | None = None

    @property
    def said(self) -> str:
        holder = self.message or self.delta
        return self.text or (holder.content if holder else None) or ""


@final
class _Usage(_Part):
    completion_tokens: int = 0


@final
class _Answer(_Part):
    choices: tuple[_Choice, ...]
    usage: _Usage | None = None


def _rate(tokens: int, seconds: float) -> float | None:
    return tokens / seconds if tokens and seconds > 0 else None


def read_answer(text: str, http: int, seconds: float) -> Outcome:
    """A whole answer; a model that only thinks says nothing, but counts its tokens."""
    answer = _Answer.model_validate_json(text)
    tokens = answer.usage.completion_tokens if answer.usage else 0
    if not answer.choices or not (tokens or answer.choices[0].said):
        return Outcome(http=http, seconds=seconds, error="the answer holds no text")
    return Outcome(http=http, seconds=seconds, tokens_per_second=_rate(tokens, seconds))


def read_stream(chunks: Iterator[object], http: int, start: float) -> Outcome:
    """A stream: whole only when a reason for its end came, since a cut one ends as well."""
    first = last = None
    pieces = counted = 0
    finished = False
    for chunk in chunks:
        part = _Answer.model_validate(chunk, from_attributes=True)
        counted = part.usage.completion_tokens if part.usage else counted
        for choice in part.choices:
            finished = finished or choice.finish_reason is not None
            if choice.said:
                last = time.perf_counter()
                first = first or last
                pieces += 1
    seconds = time.perf_counter() - start
    if not finished:
        return Outcome(http=http, seconds=seconds, error="the stream was cut off")
    if first is None or last is None:
        return Outcome(http=http, seconds=seconds, error="the stream holds no text")
    tokens = counted or pieces
    return Outcome(
        http=http,
        seconds=seconds,
        first_token=first - start,
        tokens_per_second=_rate(tokens - 1, last - first),
    )


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


def shortened(message: str, secrets: Secrets) -> str:
    """A server's message, without a token that it may echo, and not longer than a reader wants."""
    # Cut first, a token could be left in part.
    return secrets.text(message)[:_LONGEST_MESSAGE]


def read_error(text: str, secrets: Secrets) -> tuple[str, bool]:
    """An error's message, and whether it came as JSON."""
    try:
        answer = _ErrorAnswer.model_validate_json(text)
    except ValidationError:
        return "the error is not the JSON that clients expect", False
    error = answer.error
    own = error if isinstance(error, str) else error.message or error.detail
    message = own or answer.message or answer.detail
    return shortened(message, secrets) or "without a message", True
