"""Calls of the OpenAI API, timed, and what came of each."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from typing import Final, Self, final

import openai
from openai import DefaultHttpxClient, OpenAI
from pydantic import SecretStr

from inference.live.bodies import limit
from inference.live.deadline import Deadline
from inference.live.errors import RedirectedError, ServiceError, UnreachableError
from inference.live.redaction import Secrets
from inference.live.responses import Outcome, read_answer, read_error, read_stream, shortened
from inference.live.targets import Target

_PROMPT: Final = "Why is the sky blue?"
_TOKENS: Final = 16
_LONG_BYTES: Final = 200 * 1024
_SENTENCE: Final = "The sky is blue. "
LONG_PROMPT: Final = (_SENTENCE * (_LONG_BYTES // len(_SENTENCE) + 1))[:_LONG_BYTES]
"""200 KB, which a proxy that buffers bodies must pass on whole."""
UNKNOWN_MODEL: Final = "no-such-model"


@final
class Caller:
    """Calls one target, within a `with`, at whose end its connections are closed."""

    def __init__(
        self,
        target: Target,
        seconds: float,
        secrets: Secrets,
        token: SecretStr | None = None,
    ) -> None:
        """Prepare to call; each answer must be whole within some seconds."""
        self.target = target
        self._seconds = seconds
        self._secrets = secrets
        self._client = OpenAI(
            base_url=target.url,
            # The one in the environment is not for it; that of a proxy goes the same way.
            api_key=token.get_secret_value() if token else "none",
            default_headers={"Accept-Encoding": "identity", **target.headers},
            max_retries=0,
            http_client=DefaultHttpxClient(
                event_hooks={"response": [limit]}, follow_redirects=False
            ),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # A call that was given up ends with its connection.
        self._client.close()

    def _attempt(self, call: Callable[[float], Outcome], seconds: float | None = None) -> Outcome:
        most = self._seconds if seconds is None else min(seconds, self._seconds)
        start = time.perf_counter()
        try:
            outcome = Deadline(most).run(lambda: call(start))
        except (openai.APIError, ServiceError, ValueError, RecursionError, TimeoutError) as error:
            outcome = self._failure(error, most)
        return replace(outcome, seconds=time.perf_counter() - start)

    def _failure(self, error: Exception, most: float) -> Outcome:
        """What came of a call without a whole answer."""
        cause = error.__cause__ or error
        if isinstance(error, openai.APIStatusError):
            return self._refusal(error)
        if isinstance(error, TimeoutError | openai.APITimeoutError):
            return Outcome(error=f"no whole answer within {most:g} s", connected=False)
        if isinstance(cause, UnreachableError):
            return Outcome(error=str(cause), connected=False)
        if isinstance(error, openai.APIConnectionError):
            why = f"the connection failed: {type(cause).__name__}"
            return Outcome(error=why, connected=False)
        words = "the answer cannot be read"
        if isinstance(error, openai.APIError):
            # A server that fails within a stream says so in an event, as the status is gone.
            words = shortened(f"it broke off: {error.message}", self._secrets)
        return Outcome(http=HTTPStatus.OK, error=words, readable=False)

    def _refusal(self, error: openai.APIStatusError) -> Outcome:
        location = error.response.headers.get("Location")
        if location:
            elsewhere = str(error.response.url.join(location))
            words, readable = str(RedirectedError("it", elsewhere)), False
        else:
            words, readable = read_error(error.response.text, self._secrets)
        return Outcome(http=error.status_code, error=words, readable=readable)

    def completion(
        self,
        *,
        prompt: str = _PROMPT,
        model: str | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Outcome:
        """One completion; of another model, with more headers, or in less time."""

        def call(start: float) -> Outcome:
            raw = self._client.completions.with_raw_response.create(
                model=model or self.target.name,
                prompt=prompt,
                max_tokens=_TOKENS,
                temperature=0,
                extra_headers=headers,
            )
            return read_answer(raw.text, raw.status_code, time.perf_counter() - start)

        return self._attempt(call, seconds)

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

        return self._attempt(call)

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

        return self._attempt(call)
