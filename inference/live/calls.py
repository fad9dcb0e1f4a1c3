"""Calls of the OpenAI API, timed, and what came of each."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from typing import Final, final

import openai
from openai import OpenAI
from pydantic import SecretStr

from inference.live.answers import LONGEST_WORDS, Outcome, read_answer, read_error, read_stream
from inference.live.targets import Target

_PROMPT: Final = "Why is the sky blue?"
_TOKENS: Final = 16
_LONG_BYTES: Final = 200 * 1024
_SENTENCE: Final = "The sky is blue. "
LONG_PROMPT: Final = (_SENTENCE * (_LONG_BYTES // len(_SENTENCE) + 1))[:_LONG_BYTES]
"""200 KB, which a proxy that buffers bodies must pass on whole."""
UNKNOWN_MODEL: Final = "no-such-model"


def _attempt(call: Callable[[float], Outcome], timeout: float) -> Outcome:
    start = time.perf_counter()
    try:
        outcome = call(start)
    except openai.APIStatusError as error:
        words, readable = read_error(error.response.text)
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
            http=HTTPStatus.OK, error=f"it broke off: {error.message}"[:LONGEST_WORDS]
        )
    except ValueError:
        outcome = Outcome(http=HTTPStatus.OK, error="the answer cannot be read", readable=False)
    return replace(outcome, seconds=time.perf_counter() - start)


@final
class Caller:
    """Calls one target."""

    def __init__(self, target: Target, timeout: float, token: SecretStr | None = None) -> None:
        self.target = target
        self._timeout = timeout
        self._client = OpenAI(
            base_url=target.url,
            # The one in the environment is not for it; that of a proxy goes the same way.
            api_key=token.get_secret_value() if token else "none",
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
            return read_answer(raw.text, raw.status_code, time.perf_counter() - start)

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
            return read_answer(raw.text, raw.status_code, time.perf_counter() - start)

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
                return read_stream(iter(chunks), raw.status_code, start)

        return _attempt(call, self._timeout)
