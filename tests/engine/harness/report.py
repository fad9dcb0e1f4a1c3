"""A pytest plugin: what tests measured, told at the end of the run."""

from collections.abc import Callable
from functools import partial
from typing import Final, final

import pytest

_KEY: Final = "measured"


@final
class _Measured:
    """What reports of tests bring here, from whichever process ran the test."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a test's lines at its end."""
        if report.when == "teardown":
            self._lines += [str(line) for key, line in report.user_properties if key == _KEY]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell them."""
        if self._lines:
            terminalreporter.section("what it took")
            for line in self._lines:
                terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    """Collect what tests want to tell."""
    config.pluginmanager.register(_Measured())


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Add a line to what the run tells at its end."""
    return partial(record_property, _KEY)
