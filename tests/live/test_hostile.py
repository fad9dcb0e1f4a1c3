"""Services that never end, send too much, lead away or echo a token: each command still ends well.

Every command is given `--timeout` 0.5 and must have ended some seconds later, whatever comes.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import google_account as account
import pytest
from google_account import ACCESS_TOKEN, error
from live_stacks import HF_TOKEN, LiveStack, Outcome
from loopback import Reply, Request, Server, serving

_SECONDS: Final = "0.5"
_SLACK: Final = 8
"""Seconds for the command's own work on a busy machine, beside what it waits."""
_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: "
_IDENTITY: Final = "eyJhbGciOi.an-identity-of-the-test.signed"
_STACK: Final[dict[str, Any]] = {
    "nodePools": [{"machineType": "a3-highgpu-2g", "capacity": "spot", "nodes": 2}],
    "models": [{"objectives": [{"name": "urgent", "priority": 10}]}],
}
_IAP: Final[dict[str, Any]] = {
    **_STACK,
    "gateway": {
        "hostnames": ["llm.example.com"],
        "tls": {},
        "iap": {"clientId": "the-client.apps.googleusercontent.com", "secret": "iap"},
    },
}


def _slowly(chunk: bytes) -> Iterator[bytes]:
    while True:
        yield chunk
        time.sleep(0.1)


def _slow_headers() -> Iterator[bytes]:
    yield _HEAD
    yield from _slowly(b"x")


def _slow_body() -> Iterator[bytes]:
    yield _HEAD + b"application/json\r\nContent-Length: 100000\r\n\r\n"
    yield from _slowly(b" ")


def _endless_events() -> Iterator[bytes]:
    yield _HEAD + b"text/event-stream\r\nConnection: close\r\n\r\n"
    piece = {"choices": [{"index": 0, "text": "and", "finish_reason": None}]}
    yield from _slowly(b"data: " + json.dumps(piece).encode() + b"\n\n")


def _endless_bytes() -> Iterator[bytes]:
    yield _HEAD + b"application/json\r\nConnection: close\r\n\r\n"
    while True:
        yield b" " * (1 << 20)


_ENDLESS: Final = (_slow_headers, _slow_body, _endless_events, _endless_bytes)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def stack(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> LiveStack:
    """A stack all of whose services are one server, which knows each token."""
    stack = LiveStack(tmp_path, monkeypatch, capsys)
    stack.forbidden += [ACCESS_TOKEN, _IDENTITY]
    stack.write(_STACK)
    stack.program("pulumi", "echo v3.260.1")
    stack.program("gke-gcloud-auth-plugin", "echo Kubernetes v1.30.0+abc")
    account.sign_in(server, tmp_path, monkeypatch)
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_TOKEN", HF_TOKEN)
    monkeypatch.setenv("IAP_TOKEN", _IDENTITY)
    return stack


def _run(stack: LiveStack, server: Server, command: str, seconds: str = _SECONDS) -> Outcome:
    where = ["--url", server.url, "--answer-timeout", seconds] if command == "smoke" else []
    began = time.monotonic()
    outcome = stack.run(command, ["--json", "--timeout", seconds, *where])
    assert time.monotonic() - began < float(seconds) + _SLACK
    return outcome


def _answered(stack: LiveStack, server: Server, command: str) -> Outcome:
    """The same of a server that answers at once; smoke still asks until its time is over."""
    return _run(stack, server, command, "1" if command == "smoke" else "30")


@pytest.mark.parametrize(
    ("command", "endless"),
    [("leftovers", _slow_headers), ("smoke", _endless_events), *(("doctor", e) for e in _ENDLESS)],
)
def test_what_never_ends_is_given_up_and_told_as_unreachable(
    stack: LiveStack, server: Server, command: str, endless: Callable[[], Iterator[bytes]]
) -> None:
    server.otherwise = Reply(raw=endless)
    outcome = _run(stack, server, command)

    assert outcome.status == 3
    asked = [line for line in outcome.lines.values() if line["status"] != "ok"]
    assert {line["status"] for line in asked} == {"unknown"}


def test_sign_in_that_never_ends_is_given_up(stack: LiveStack, server: Server) -> None:
    server.on("POST", "/token", Reply(raw=_slow_body))
    assert _run(stack, server, "leftovers").status == 3


def test_a_list_of_ever_new_pages_is_given_up(stack: LiveStack, server: Server) -> None:
    account.good_project(server)
    pages = iter(range(1_000_000))

    def page(request: object) -> Reply:
        del request
        return Reply(body={"items": [], "nextPageToken": str(next(pages))})

    server.on("GET", account.SUBNETS, page)
    line = _run(stack, server, "doctor").lines["proxy-only subnet"]
    assert line["status"] == "unknown"


@pytest.mark.parametrize("command", ["doctor", "leftovers", "smoke"])
@pytest.mark.parametrize(("status", "body"), [(200, b"[" * 200_000), (403, b'{"error":' * 100_000)])
def test_deep_json_is_an_answer_that_cannot_be_read(
    *, stack: LiveStack, server: Server, command: str, status: int, body: bytes
) -> None:
    server.otherwise = Reply(status=status, body=body)
    assert _answered(stack, server, command).status in {0, 1}


@pytest.mark.parametrize("command", ["doctor", "leftovers", "smoke"])
def test_a_redirect_to_another_origin_is_a_problem_and_not_followed(
    stack: LiveStack, server: Server, command: str
) -> None:
    with serving() as portal:
        location = {"Location": f"{portal.url}/login"}
        server.otherwise = Reply(status=302, headers=location)
        outcome = _answered(stack, server, command)

        assert outcome.status == 1
        problems = [one for one in outcome.lines.values() if one["status"] == "problem"]
        assert any(f"redirects to {portal.url}" in one["message"] for one in problems)
        assert portal.requests == []


def _echo(status: int) -> Callable[[Request], Reply]:
    """An error that holds the request's token, at the place where a long message is cut."""

    def answer(request: Request) -> Reply:
        token = request.headers["Authorization"]
        message = f"{'x' * 190}{token}\x1b[2J"
        if request.path.endswith("completions"):
            return Reply(status=status, body={"error": {"message": message}})
        return error(status, "DENIED", message)

    return answer


@pytest.mark.parametrize("status", [401, 503])
@pytest.mark.parametrize("command", ["doctor", "leftovers", "smoke"])
def test_a_token_that_a_server_echoes_is_never_printed_whole_or_in_part(
    *, stack: LiveStack, server: Server, command: str, status: int
) -> None:
    stack.forbidden += [HF_TOKEN[:8], ACCESS_TOKEN[:8], _IDENTITY[:8], "\\u001b"]
    stack.write(_IAP)
    server.otherwise = _echo(status)
    outcome = _answered(stack, server, command)

    assert outcome.status in {0, 1}
    assert "xxx" in outcome.out
