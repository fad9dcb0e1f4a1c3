"""One end for everything that is asked: a call that is not over by then is given up."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar, final

_T = TypeVar("_T")


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
