"""What is shown on a terminal while a command takes long."""

import io
import time

import pytest

from inference import progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _wait_for(stream: io.StringIO, text: str) -> None:
    deadline = time.monotonic() + 10
    while text not in stream.getvalue() and time.monotonic() < deadline:
        time.sleep(0.005)


def test_what_takes_long_is_shown_and_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := _Terminal())
    monkeypatch.setattr(progress, "_SECONDS", 0)

    with progress.showing("reading"):
        _wait_for(terminal, "reading ...")

    assert terminal.getvalue() == "reading ...\r\x1b[K"


@pytest.mark.parametrize("stream", [_Terminal, io.StringIO], ids=["in time", "no terminal"])
def test_nothing_is_shown(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", written := stream())
    monkeypatch.setattr(progress, "_SECONDS", 60 if stream is _Terminal else 0)

    with progress.showing("reading"):
        pass

    assert written.getvalue() == ""
