"""Calls of the OpenAI API, timed, and what came of each."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, final

import openai
from openai import OpenAI
from pydantic import BaseModel, ConfigDict, ValidationError

from live.targets import Target

_PROMPT: Final = "Why is the sky blue?"
_TOKENS: Final = 16
_LONG_BYTES: Final = 200 * 1024
_SENTENCE: Final = "The sky is blue. "
LONG_PROMPT: Final = (_SENTENCE * (_LONG_BYTES // len(_SENTENCE) + 1))[:_LONG_BYTES]
"""200 KB, which a proxy that buffers bodies must pass on whole."""
UNKNOWN_MODEL: Final = "no-such-model"
_LONGEST_WORDS: Final = 200


@final
@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one call."""

    http: int | None = None
    """Status of the answer; None when there was none."""
    error: str = ""
    """What went wrong; "" for a real answer."""
    connected: bool = True
    """Whether anything answered at all."""
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


def _answer(text: str, http: int, seconds: float) -> Outcome:
    """A whole answer; a model that only thinks says nothing, but counts its tokens."""
    answer = _Answer.model_validate_json(text)
    tokens = answer.usage.completion_tokens if answer.usage else 0
    if not answer.choices or not (tokens or answer.choices[0].said):
        return Outcome(http=http, seconds=seconds, error="the answer holds no text")
    return Outcome(http=http, seconds=seconds, tokens_per_second=_rate(tokens, seconds))


def _stream(chunks: Iterator[object], http: int, start: float) -> Outcome:
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


def _words(text: str) -> tuple[str, bool]:
    """An error's message, and whether it came as JSON."""
    try:
        answer = _ErrorAnswer.model_validate_json(text)
    except ValidationError:
        return "the error is not the JSON that clients expect", False
    error = answer.error
    own = error if isinstance(error, str) else error.message or error.detail
    words = own or answer.message or answer.detail
    return words[:_LONGEST_WORDS] or "without a message", True


def _attempt(call: Callable[[float], Outcome], timeout: float) -> Outcome:
    start = time.perf_counter()
    try:
        outcome = call(start)
    except openai.APIStatusError as error:
        words, readable = _words(error.response.text)
        outcome = Outcome(http=error.status_code, error=words, readable=readable)
    except openai.APITimeoutError:
        outcome = Outcome(error=f"no answer within {timeout:g} s", connected=False)
    except openai.APIConnectionError as error:
        why = type(error.__cause__).__name__ if error.__cause__ else "no connection"
        outcome = Outcome(error=f"the connection failed: {why}", connected=False)
    except openai.APIResponseValidationError:
        outcome = Outcome(http=HTTPStatus.OK, error="the answer cannot be read", readable=False)
    except openai.APIError as error:
        # A server that fails within a stream says so in an event, as the status is gone.
        outcome = Outcome(
            http=HTTPStatus.OK, error=f"it broke off: {error.message}"[:_LONGEST_WORDS]
        )
    except ValueError:
        outcome = Outcome(http=HTTPStatus.OK, error="the answer cannot be read", readable=False)
    return replace(outcome, seconds=time.perf_counter() - start)


@final
class Caller:
    """Calls one target."""

    def __init__(self, target: Target, timeout: float) -> None:
        self.target = target
        self._timeout = timeout
        self._client = OpenAI(
            base_url=target.url,
            # The endpoint asks for none, and the one in the environment is not for it.
            api_key="none",
            default_headers=dict(target.headers),
            max_retries=0,
            timeout=timeout,
        )

    def completion(
        self,
        *,
        prompt: str = _PROMPT,
        model: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Outcome:
        """One completion; of another model, with more headers, or in less time."""
        limit = self._timeout if timeout is None else min(timeout, self._timeout)

        def call(start: float) -> Outcome:
            raw = self._client.completions.with_raw_response.create(
                model=model or self.target.name,
                prompt=prompt,
                max_tokens=_TOKENS,
                temperature=0,
                extra_headers=headers,
                timeout=limit,
            )
            return _answer(raw.text, raw.status_code, time.perf_counter() - start)

        return _attempt(call, limit)

    def chat(self) -> Outcome:
        """One chat completion."""

        def call(start: float) -> Outcome:
            raw = self._client.chat.completions.with_raw_response.create(
                model=self.target.name,
                messages=[{"role": "user", "content": _PROMPT}],
                max_tokens=_TOKENS,
                temperature=0,
            )
            return _answer(raw.text, raw.status_code, time.perf_counter() - start)

        return _attempt(call, self._timeout)

    def stream(self) -> Outcome:
        """One streamed completion."""

        def call(start: float) -> Outcome:
            raw = self._client.completions.with_raw_response.create(
                model=self.target.name,
                prompt=_PROMPT,
                max_tokens=_TOKENS,
                temperature=0,
                stream=True,
                stream_options={"include_usage": True},
            )
            with closing(raw.parse()) as chunks:
                return _stream(iter(chunks), raw.status_code, start)

        return _attempt(call, self._timeout)
