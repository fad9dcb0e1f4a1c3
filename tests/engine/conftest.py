"""What the engine tests share. They run by `make engine-test`, never with the unit tests."""

from collections.abc import Callable

import pytest

_LINES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of `make engine-test-full`."""
    parser.addoption("--every-fault", action="store_true", help="try faults at every point")


def pytest_configure(config: pytest.Config) -> None:
    """Collect what tests want to tell."""
    config.stash[_LINES] = []


@pytest.fixture
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
