"""Requests to the Gateway, and what became of each."""

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any, Final, final

import requests

SERVED_BY: Final = "x-inference-pod"
"""The header in which the simulator names its Pod."""
_TIMEOUT: Final = 60


@final
@dataclass(frozen=True, kw_only=True)
class Ask:
    """One completion to ask for."""

    model: str
    prompt: str = "What is a gateway?"
    tokens: int = 4
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def body(self) -> dict[str, Any]:
        """The request's JSON: a stream, so that the first token is seen when it comes."""
        return {
            "model": self.model,
            "prompt": self.prompt,
            "max_tokens": self.tokens,
            "min_tokens": self.tokens,
            "stream": True,
        }


@final
@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. Times are of the monotonic clock, in seconds.

    Attributes:
        ask: what was asked.
        status: HTTP status; None where there was no answer.
        pod: name of the Pod that answered, or "".
        error: why it is none, or "".
        start: when the request was sent.
        first: when the first byte of the body came.
        end: when the last came.

    """

    ask: Ask
    status: int | None
    pod: str
    error: str
    start: float
    first: float
    end: float

    @property
    def ok(self) -> bool:
        """Whether it is a whole answer."""
        return self.status == requests.codes.ok and not self.error


def ask(session: requests.Session, url: str, one: Ask) -> Answer:
    """Ask once, without trying again."""
    start = time.monotonic()
    status, pod, error = None, "", ""
    first = start
    try:
        with session.post(
            f"{url}/v1/completions",
            json=one.body,
            headers=dict(one.headers),
            stream=True,
            timeout=_TIMEOUT,
        ) as response:
            status, pod = response.status_code, response.headers.get(SERVED_BY, "")
            text = b""
            for chunk in response.iter_content(None):
                if not text:
                    first = time.monotonic()
                text += chunk
            if status != requests.codes.ok:
                error = text.decode(errors="replace").strip()
            elif b"[DONE]" not in text:
                error = "the stream ended early"
    except requests.RequestException as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Answer(
        ask=one,
        status=status,
        pod=pod,
        error=error,
        start=start,
        first=first,
        end=time.monotonic(),
    )


def ask_once(url: str, one: Ask) -> Answer:
    """Ask on a connection of its own."""
    with requests.Session() as session:
        return ask(session, url, one)


def ask_all(url: str, asks: Iterable[Ask], clients: int) -> list[Answer]:
    """Ask everything, `clients` at a time, each on a connection that it keeps."""
    local = threading.local()

    def one(what: Ask) -> Answer:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        return ask(local.session, url, what)

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, asks))


@final
class Steady:
    """Clients that ask again as soon as they have an answer, until they are stopped."""

    def __init__(self, url: str, asks: Iterator[Ask], clients: int) -> None:
        self._url = url
        self._asks = asks
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.answers: list[Answer] = []
        self._running: dict[int, float] = {}
        self._threads = [threading.Thread(target=self._client) for _ in range(clients)]

    def _client(self) -> None:
        with requests.Session() as session:
            while not self._stopped.is_set():
                with self._lock:
                    what = next(self._asks)
                answer = ask(session, self._url, what)
                with self._lock:
                    self.answers.append(answer)

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every client finish what it asks."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, count: int) -> None:
        """Wait until so many more answers have come."""
        goal = len(self.answers) + count
        deadline = time.monotonic() + _TIMEOUT
        while len(self.answers) < goal:
            if time.monotonic() > deadline:
                message = f"no {count} answers came within {_TIMEOUT} s"
                raise TimeoutError(message)
            time.sleep(0.01)


@contextmanager
def steady(url: str, next_ask: Callable[[], Ask], clients: int) -> Generator[Steady]:
    """A load in the background of a block."""
    load = Steady(url, iter(next_ask, None), clients)
    load.start()
    try:
        yield load
    finally:
        load.stop()


def percentile(values: Sequence[float], percent: int) -> float:
    """A percentile; with few values the nearest."""
    if len(values) < 2:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def spread(answers: Iterable[Answer]) -> dict[str, int]:
    """Number of answers by Pod."""
    counts: dict[str, int] = {}
    for answer in answers:
        counts[answer.pod] = counts.get(answer.pod, 0) + 1
    return dict(sorted(counts.items()))
