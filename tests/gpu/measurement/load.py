"""Open-loop load: requests arrive at a rate, whether or not earlier ones are answered.

A point is measured in a window of time while the load goes on around it, so that neither the first
requests of an empty server nor the last ones of a fading load are in it.

Several processes send it: one reads some 10,000 tokens a second at most, a GPU writes more, and
what waits to be read would be counted as the server's time.
"""

import asyncio
import json
import multiprocessing
import random
import string
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Any, Final, Protocol, cast, final

from measurement.calls import call, samples
from measurement.window import Flight, Observed, Window, summary

_PROCESSES: Final = 6
_PATIENCE: Final = 5.0
"""Seconds that first tokens are waited for after a window."""
_LOOKS: Final = 50
_SAMPLING: Final = 1.0
_LONGEST_LINE: Final = 2**20


@final
@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What every request looks like."""

    model: str
    input_tokens: int
    output_tokens: int
    shared: float = 0.0
    """Share of the prompt that requests of a group have in common."""
    groups: int = 4

    @property
    def name(self) -> str:
        """Such as 1024/256, or 1024/256 shared 75 %."""
        lengths = f"{self.input_tokens}/{self.output_tokens}"
        return f"{lengths} shared {self.shared:.0%}" if self.shared else lengths


class Orders(Protocol):
    """An end of the pipe between this process and one that sends."""

    def send(self, obj: object, /) -> None:
        """Send anything that can be pickled."""

    def recv(self) -> Any:  # noqa: ANN401 what the other end sent
        """Wait for what the other end sends."""


def _letters(source: random.Random, number: int) -> str:
    return "".join(source.choices(string.ascii_letters, k=number))


@final
class _Sender:
    """Poisson arrivals of one kind of request, at the share of the rate that one process has."""

    def __init__(self, port: int, traffic: Traffic, number: int) -> None:
        self._rate = 1.0
        self._observed = Observed()
        self._port = port
        self._traffic = traffic
        # Traffic need not be secret. All processes share the prefixes, and nothing else.
        common = random.Random(0)  # noqa: S311
        self._random = random.Random(number + 1)  # noqa: S311
        length = int(traffic.input_tokens * traffic.shared)
        self._prefixes = [_letters(common, length) for _ in range(traffic.groups)]
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrivals: asyncio.Task[None] | None = None

    async def obey(self, orders: Orders) -> None:
        """Send at each rate that comes; tell what was seen in a window; end at None."""
        while (order := await asyncio.to_thread(orders.recv)) is not None:
            if isinstance(order, tuple):
                begin, end = cast("tuple[float, float]", order)
                await self._first_tokens(begin, end)
                orders.send(self._observed)
                continue
            self._rate, self._observed = cast("float", order), Observed()
            if self._arrivals is None:
                self._arrivals = asyncio.create_task(self._arrive())
        await self._stop()

    def _request(self) -> bytes:
        prefix = self._random.choice(self._prefixes)
        rest = _letters(self._random, self._traffic.input_tokens - len(prefix))
        body = json.dumps(
            {
                "model": self._traffic.model,
                "prompt": prefix + rest,
                "max_tokens": self._traffic.output_tokens,
                "ignore_eos": True,
                "temperature": 0,
                "stream": True,
            }
        ).encode()
        head = (
            "POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def _read(self, reader: asyncio.StreamReader, flight: Flight) -> None:
        status = await reader.readline()
        if b" 200 " not in status:
            flight.failure = status.decode(errors="replace").strip() or "no answer"
            return
        last = flight.arrived
        async for line in reader:
            if line.startswith(b"data: {"):
                now = time.perf_counter()
                if flight.first is None:
                    flight.first = now
                else:
                    self._observed.gaps.append((now, now - last))
                last = now
            elif line.startswith(b"data: [DONE]"):
                flight.ended = time.perf_counter()
        if flight.ended is None:
            flight.failure = "cut off"

    async def _ask(self, request: bytes) -> None:
        flight = Flight(arrived=time.perf_counter())
        self._observed.flights.append(flight)
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self._port, limit=_LONGEST_LINE
            )
            try:
                writer.write(request)
                await self._read(reader, flight)
            finally:
                writer.close()
        except (OSError, ValueError) as error:
            flight.failure = repr(error)

    async def _arrive(self) -> None:
        at = time.perf_counter()
        while True:
            request = self._request()
            at += self._random.expovariate(self._rate)
            late = time.perf_counter() - at
            self._observed.latest = max(self._observed.latest, late)
            await asyncio.sleep(max(0.0, -late))
            task = asyncio.create_task(self._ask(request))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _first_tokens(self, begin: float, end: float) -> None:
        """Wait until those that arrived between have a first token; the load goes on."""
        asked = [f for f in self._observed.flights if begin <= f.arrived < end]
        for _ in range(_LOOKS):
            if all(f.first is not None or f.failure is not None for f in asked):
                return
            await asyncio.sleep(_PATIENCE / _LOOKS)

    async def _stop(self) -> None:
        """Send no more, and hang up on all requests; the server gives them up."""
        tasks = [*self._tasks, *filter(None, [self._arrivals])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _send(orders: Orders, port: int, traffic: Traffic, number: int) -> None:
    asyncio.run(_Sender(port, traffic, number).obey(orders))


@final
class OpenLoop:
    """One kind of request at a rate, from its first point until it is stopped."""

    def __init__(self, port: int, traffic: Traffic) -> None:
        self._port = port
        self._traffic = traffic
        self._senders: list[tuple[BaseProcess, Orders]] = []

    def _start(self) -> None:
        # Not forked: this process has threads.
        context = multiprocessing.get_context("spawn")
        for number in range(_PROCESSES):
            ours, theirs = context.Pipe()
            arguments = (theirs, self._port, self._traffic, number)
            process = context.Process(target=_send, args=arguments, daemon=True)
            process.start()
            self._senders.append((process, ours))

    async def stop(self) -> None:
        """Send no more, and hang up on all requests; the server gives them up."""
        senders, self._senders = self._senders, []
        for _, orders in senders:
            orders.send(None)
        for process, _ in senders:
            await asyncio.to_thread(process.join)

    async def point(self, rate: float, settle: float, seconds: float) -> dict[str, Any]:
        """One load point at `rate`, measured for so many seconds after `settle` seconds."""
        if not self._senders:
            self._start()
        for _, orders in self._senders:
            orders.send(rate / _PROCESSES)
        await asyncio.sleep(settle)
        begin, states = time.perf_counter(), [await self._scrape()]
        while time.perf_counter() < begin + seconds - _SAMPLING / 2:
            await asyncio.sleep(_SAMPLING)
            states.append(await self._scrape())
        end = time.perf_counter()
        for _, orders in self._senders:
            orders.send((begin, end))
        seen = [await asyncio.to_thread(orders.recv) for _, orders in self._senders]
        window = Window(begin=begin, end=end, seen=time.perf_counter(), states=states)
        return {"rate": round(rate, 3), **summary(window, Observed.of_all(seen))}

    async def _scrape(self) -> dict[str, float]:
        answer = await asyncio.to_thread(call, f"http://127.0.0.1:{self._port}/metrics", None, 10)
        return samples(answer.text)
