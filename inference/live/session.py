"""What all questions of one command share: an end, secrets that are never printed, connections."""

import os
import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from threading import Thread
from typing import Any, Final, TypeVar, cast, final

from inference.live.report import Line

_T = TypeVar("_T")
HIDDEN: Final = "[secret]"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_VARIABLES: Final = ("HF_TOKEN", "IAP_TOKEN")


@final
class Deadline:
    """A moment after which nobody waits any more."""

    def __init__(self, seconds: float) -> None:
        """Begin to count down; `seconds` is also what a message can name."""
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; 0 when it has passed."""
        return max(self._end - time.monotonic(), 0.0)

    def run(self, call: Callable[[], _T]) -> _T:
        """What a call returns or raises.

        The timeouts of HTTP libraries count from byte to byte, and none counts while a name is
        looked up. So the call runs in a thread, which is abandoned at the deadline.

        Raises:
            TimeoutError: when it is not over by the deadline.
        """
        result: Future[_T] = Future()

        def work() -> None:
            try:
                result.set_result(call())
            except BaseException as error:  # noqa: BLE001 raised again where the result is read
                result.set_exception(error)

        # A daemon: the program's end does not wait for it.
        Thread(target=work, daemon=True).start()
        return result.result(self.left)


@final
class Secrets:
    """The secrets that a command knows. Every line goes through `line` before it is printed."""

    def __init__(self) -> None:
        """Begin with those of the environment."""
        self._known: set[str] = set()
        for name in _VARIABLES:
            self.add(os.environ.get(name))

    def add(self, secret: str | None) -> None:
        """Hide one more."""
        if secret is not None and secret.strip():
            self._known.add(secret.strip())

    def text(self, text: str) -> str:
        """A text without secrets, and without what a terminal would obey."""
        # The longest first: one may hold another.
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)

    def value(self, value: Any) -> Any:  # noqa: ANN401 any JSON
        """A value of JSON whose texts are without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in cast("list[Any]", value)]
        if isinstance(value, dict):
            items = cast("dict[str, Any]", value).items()
            return {self.text(key): self.value(one) for key, one in items}
        return value

    def line(self, line: Line) -> Line:
        """A line whose texts are without secrets."""
        return replace(
            line,
            name=self.text(line.name),
            message=self.text(line.message),
            fix=self.text(line.fix),
            details=self.value(dict(line.details)),
        )


@final
@dataclass(frozen=True, kw_only=True)
class Session:
    """When the command stops waiting, what it never prints, and what it has open.

    Attributes:
        deadline: by which what is asked must be answered.
        secrets: that no line shows.
        opened: connections; closed at the end, which also ends the calls that were given up.
    """

    deadline: Deadline
    secrets: Secrets = field(default_factory=Secrets)
    opened: ExitStack = field(default_factory=ExitStack)
