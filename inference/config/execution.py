"""Whether an engine runs this program, or it is only being planned.

Offline, nothing is downloaded, and a missing token or a project that is still to be filled in is a
warning; in preview and up it is an error. `offline` sets the mode while it runs the program.
"""

import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_SHOWN: Final = 32
"""Exit status at which Pulumi's Python host adds no message: what went wrong has been shown."""
_offline: ContextVar[bool] = ContextVar("offline", default=False)


def is_offline() -> bool:
    """Whether the program runs without an engine."""
    return _offline.get()


@contextmanager
def offline() -> Generator[None]:
    """Run the enclosed code as offline."""
    token = _offline.set(True)
    try:
        yield
    finally:
        _offline.reset(token)


def end_quietly() -> None:
    """End without a traceback when the engine stops the program, as it does after an error.

    Its error is then the last thing on the screen. In a thread, as of the Automation API, and
    offline an interrupt is not the engine's.
    """
    if not is_offline() and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(_SHOWN))
