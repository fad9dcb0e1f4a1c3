"""Calls of the OpenAI API, timed, and what came of each."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, final

import httpx
from pydantic import SecretStr

from inference.live.errors import RedirectedError, UnreachableError
from inference.live.http import client
from inference.live.responses import Outcome, read_answer, read_error, read_stream
from inference.live.session import Deadline, Session
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
    """Calls one target."""

    def __init__(
        self, target: Target, seconds: float, session: Session, token: SecretStr | None = None
    ) -> None:
        """Prepare to call; each answer must be whole within some seconds."""
        self.target = target
        self._seconds = seconds
        self._secrets = session.secrets
        access = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        self._client = client(session, base_url=target.url, headers={**target.headers, **access})

    def _call(
        self,
        path: str,
        content: Mapping[str, Any],
        read: Callable[[httpx.Response, float], Outcome],
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Outcome:
        most = self._seconds if seconds is None else min(seconds, self._seconds)
        start = time.perf_counter()
        body = {"model": self.target.name, "max_tokens": _TOKENS, "temperature": 0, **content}

        def exchange() -> Outcome:
            with self._client.stream("POST", path, json=body, headers=headers) as response:
                return read(response, start) if response.is_success else self._refusal(response)

        try:
            outcome = Deadline(most).run(exchange)
        except TimeoutError:
            outcome = Outcome(error=f"no complete response within {most:g} s", connected=False)
        except UnreachableError as error:
            outcome = Outcome(error=str(error), connected=False)
        except httpx.RequestError as error:
            why = f"the connection failed: {type(error).__name__}"
            outcome = Outcome(error=why, connected=False)
        except (ValueError, RecursionError):
            outcome = Outcome(http=200, error="the response cannot be read", readable=False)
        return replace(outcome, seconds=time.perf_counter() - start)

    def _refusal(self, response: httpx.Response) -> Outcome:
        if response.has_redirect_location:
            location = str(response.url.join(response.headers["Location"]))
            message, readable = str(RedirectedError("it", location)), False
        else:
            message, readable = read_error(response.read(), self._secrets)
        return Outcome(http=response.status_code, error=message, readable=readable)

    def completion(
        self,
        *,
        prompt: str = _PROMPT,
        model: str | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Outcome:
        """One completion; of another model, with more headers, or in less time."""
        content = {"prompt": prompt, "model": model or self.target.name}
        return self._call("completions", content, read_answer, headers, seconds)

    def chat(self) -> Outcome:
        """One chat completion."""
        messages = [{"role": "user", "content": _PROMPT}]
        return self._call("chat/completions", {"messages": messages}, read_answer)

    def stream(self) -> Outcome:
        """One streamed completion."""
        options = {"stream": True, "stream_options": {"include_usage": True}}

        def read(response: httpx.Response, start: float) -> Outcome:
            return read_stream(response, start, self._secrets)

        return self._call("completions", {"prompt": _PROMPT, **options}, read)
