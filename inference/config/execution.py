"""Whether an engine runs this program, or it is only being planned.

Offline, nothing is downloaded, and a missing token or a project that is still to be filled in is a
warning; in preview and up it is an error. `offline` sets the mode while it runs the program.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

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
