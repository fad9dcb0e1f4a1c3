"""Says on a terminal what takes long. Imports nothing that itself takes long to load."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from threading import Timer
from typing import Final

_SECONDS: Final = 2.0
"""What may pass in silence."""
_ERASE: Final = "\r\x1b[K"


@contextmanager
def showing(what: str) -> Generator[None]:
    """Show what is being done from the third second on; nothing of it is left behind."""
    if not sys.stderr.isatty():
        yield
        return

    shown: list[str] = []

    def show() -> None:
        shown.append(what)
        sys.stderr.write(f"{what} ...")
        sys.stderr.flush()

    timer = Timer(_SECONDS, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        sys.stderr.write(_ERASE if shown else "")
        sys.stderr.flush()
