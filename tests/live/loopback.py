"""Real HTTP servers on loopback, whose answers a test chooses and whose requests it sees."""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from itertools import takewhile
from threading import Event, Lock, Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

_WORST: Final = 60
"""Seconds after which even a slow answer ends, should a test leave its server running."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as the server saw it."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 any JSON
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer; `slow` ones come when the test is over."""

    body: Any = field(default_factory=dict[str, Any])
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    slow: bool = False
    chunks: tuple[bytes, ...] | None = None
    """Sent one after the other instead of the body, after which the connection is closed."""
    raw: Callable[[], Iterator[bytes]] | None = None
    """Sent instead of everything, status line included, until the test is over."""

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Answer = Reply | Callable[[Request], Reply]


class Server:
    """What a server answers by path, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.over = Event()
        self.requests: list[Request] = []
        self.otherwise: Answer = Reply(status=404, body={"error": {"code": 404, "message": "none"}})
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self._lock = Lock()

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Answer a path with these in turn; the last one stays."""
        self._answers[method, path] = list(answers)

    def answer(self, request: Request) -> Reply:
        """The answer to a request, which is kept."""
        with self._lock:
            self.requests.append(request)
            answers = self._answers.get((request.method, request.path), [self.otherwise])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer if isinstance(answer, Reply) else answer(request)

    def asked(self, path: str) -> list[Request]:
        """The requests for a path."""
        return [request for request in self.requests if request.path == path]


def _until(over: Event, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks that come before a test is over."""
    return takewhile(lambda _: not over.is_set(), chunks)


def _write(file: BufferedIOBase, chunks: Iterable[bytes]) -> None:
    for chunk in chunks:
        file.write(chunk)
        file.flush()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Small answers in two packets would each wait for an acknowledgement.
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = server.answer(
                Request(
                    method=self.command,
                    path=parts.path,
                    query=parse_qs(parts.query),
                    headers=self.headers,
                    body=body,
                )
            )
            if reply.slow:
                server.over.wait(_WORST)
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            try:
                if reply.raw is not None:
                    self.close_connection = True
                    _write(self.wfile, _until(server.over, reply.raw()))
                    return
                self.send_response(reply.status)
                headers = {"Content-Type": "application/json", **reply.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                if reply.chunks is None:
                    self.send_header("Content-Length", str(len(reply.content)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(reply.content)
                else:
                    self.send_header("Connection", "close")
                    self.end_headers()
                    _write(self.wfile, reply.chunks)
                    self.close_connection = True
            except ConnectionError:
                self.close_connection = True

        do_GET = do_HEAD = do_POST = _serve  # noqa: N815 the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
            """Write nothing between the tests' dots."""

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what some tests are about."""


@contextmanager
def serving() -> Generator[Server]:
    """A server on a free port of loopback, for as long as the context lasts."""
    listener = _Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server = Server(f"http://127.0.0.1:{listener.server_port}")
    listener.RequestHandlerClass = _handler(server)
    thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        listener.shutdown()
        thread.join()
        listener.server_close()


@contextmanager
def nobody() -> Generator[str]:
    """The address of a port that was free a moment ago, where nobody listens."""
    with serving() as server:
        url = server.url
    yield url
