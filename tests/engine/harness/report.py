"""A pytest plugin: what tests measured, told at the end of the run."""

from collections.abc import Callable

import pytest

_LINES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Collect what tests want to tell."""
    config.stash[_LINES] = []


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Add a line to what the run tells at its end."""
    return request.config.stash[_LINES].append


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell what the tests measured."""
    lines = config.stash[_LINES]
    if lines:
        terminalreporter.section("what it took")
        for line in lines:
            terminalreporter.write_line(line)
