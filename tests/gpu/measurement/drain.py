"""Stops a server while it answers, as the kubelet does after the preStop sleep."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from measurement.calls import Answer, call, completion
from measurement.server import Server

REQUESTS: Final = 16
TOKENS: Final = 800
_UNDER_WAY: Final = 2.0
"""Seconds after which all requests generate."""


def _whole(answer: Answer, tokens: int) -> bool:
    content = answer.content
    if answer.status != 200 or not content:
        return False
    return content["usage"]["completion_tokens"] == tokens


def drain(server: Server, seconds: float, tokens: int = TOKENS) -> dict[str, Any]:
    """SIGTERM with requests in flight: which were whole, and what a newcomer was told.

    `seconds` is what the grace period leaves after the preStop sleep.
    """
    name = server.rendered.served_name
    with ThreadPoolExecutor(REQUESTS) as pool:
        flights = [
            pool.submit(completion, server.url, name, tokens, f"{number} drains " * 20, 300)
            for number in range(REQUESTS)
        ]
        time.sleep(_UNDER_WAY)
        before = sum(flight.done() for flight in flights)
        start = time.monotonic()
        server.process.terminate()
        time.sleep(1)
        health = call(f"{server.url}/health", timeout=5)
        newcomer = completion(server.url, name, 4, timeout=20)
        answers = [flight.result() for flight in flights]
        answered = time.monotonic() - start
    code = server.process.wait(max(0.0, seconds - (time.monotonic() - start)))
    ended = time.monotonic() - start
    if code is None:
        server.process.kill()
    return {
        "requests": REQUESTS,
        "tokensEach": tokens,
        "answeredBeforeSigterm": before,
        "whole": sum(_whole(answer, tokens) for answer in answers),
        "statuses": sorted(answer.status for answer in answers),
        "answeredSeconds": round(answered, 1),
        "endedSeconds": round(ended, 1) if code is not None else None,
        "exitCode": code,
        "allowedSeconds": seconds,
        "healthDuring": health.status,
        "newRequestDuring": newcomer.status,
        "newRequestAnswer": newcomer.text[:200],
    }
