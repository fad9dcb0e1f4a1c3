"""A pytest plugin: what tests measured, told at the end of the run."""

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Final

import pytest

_KEY: Final = "measured"


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Add a line to what the run tells at its end."""
    return partial(record_property, _KEY)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what reports brought, from whichever process ran the test."""
    lines = [
        str(line)
        for one in chain.from_iterable(terminalreporter.stats.values())
        # Each of a test's reports has its properties; there is one of its teardown.
        if isinstance(one, pytest.TestReport) and one.when == "teardown"
        for key, line in one.user_properties
        if key == _KEY
    ]
    if lines:
        terminalreporter.section("what it took")
        for line in lines:
            terminalreporter.write_line(line)
