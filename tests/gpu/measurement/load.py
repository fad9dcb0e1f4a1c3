"""Open-loop load: requests arrive at a rate, whether or not earlier ones are answered.

A point is measured in a window of time while the load goes on around it, so that neither the first
requests of an empty server nor the last ones of a fading load are in it.
"""

import asyncio
import json
import random
import string
import time
from dataclasses import dataclass
from typing import Any, Final, final

from measurement.calls import call, samples
from measurement.window import Flight, Observed, Window, summary

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


@final
class OpenLoop:
    """Poisson arrivals of one kind of request, from its first point until it is stopped."""

    def __init__(self, port: int, traffic: Traffic, seed: int = 1) -> None:
        self.rate = 1.0
        self.observed = Observed()
        self._port = port
        self._traffic = traffic
        self._random = random.Random(seed)  # noqa: S311 traffic need not be secret
        length = int(traffic.input_tokens * traffic.shared)
        self._prefixes = [self._letters(length) for _ in range(traffic.groups)]
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrivals: asyncio.Task[None] | None = None

    def _letters(self, number: int) -> str:
        return "".join(self._random.choices(string.ascii_letters, k=number))

    def _request(self) -> bytes:
        prefix = self._random.choice(self._prefixes)
        body = json.dumps(
            {
                "model": self._traffic.model,
                "prompt": prefix + self._letters(self._traffic.input_tokens - len(prefix)),
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
                    self.observed.gaps.append((now, now - last))
                last = now
            elif line.startswith(b"data: [DONE]"):
                flight.ended = time.perf_counter()
        if flight.ended is None:
            flight.failure = "cut off"

    async def _ask(self, request: bytes) -> None:
        flight = Flight(arrived=time.perf_counter())
        self.observed.flights.append(flight)
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

    def _start(self, request: bytes) -> None:
        task = asyncio.create_task(self._ask(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _arrive(self) -> None:
        at = time.perf_counter()
        while True:
            request = self._request()
            at += self._random.expovariate(self.rate)
            late = time.perf_counter() - at
            self.observed.latest = max(self.observed.latest, late)
            await asyncio.sleep(max(0.0, -late))
            self._start(request)

    async def stop(self) -> None:
        """Send no more, and hang up on all requests; the server gives them up."""
        tasks = list(self._tasks)
        if self._arrivals is not None:
            tasks.append(self._arrivals)
            self._arrivals = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def point(self, rate: float, settle: float, seconds: float) -> dict[str, Any]:
        """One load point at `rate`, measured for so many seconds after `settle` seconds."""
        self.rate = rate
        self.observed = Observed()
        if self._arrivals is None:
            self._arrivals = asyncio.create_task(self._arrive())
        await asyncio.sleep(settle)
        begin, states = time.perf_counter(), [await self._scrape()]
        while time.perf_counter() < begin + seconds - _SAMPLING / 2:
            await asyncio.sleep(_SAMPLING)
            states.append(await self._scrape())
        end = time.perf_counter()
        await self._first_tokens(begin, end)
        window = Window(begin=begin, end=end, seen=time.perf_counter(), states=states)
        return {"rate": round(rate, 3), **summary(window, self.observed)}

    async def _first_tokens(self, begin: float, end: float) -> None:
        """Wait until those that arrived between have a first token; the load goes on."""
        asked = [f for f in self.observed.flights if begin <= f.arrived < end]
        for _ in range(_LOOKS):
            if all(f.first is not None or f.failure is not None for f in asked):
                return
            await asyncio.sleep(_PATIENCE / _LOOKS)

    async def _scrape(self) -> dict[str, float]:
        answer = await asyncio.to_thread(call, f"http://127.0.0.1:{self._port}/metrics", None, 10)
        return samples(answer.text)
