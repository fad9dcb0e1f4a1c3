"""What the engine tests share. They run by `make engine-test`, never with the unit tests."""

import pytest

pytest_plugins = ["harness.report"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of `make engine-test-full`."""
    parser.addoption("--every-fault", action="store_true", help="try faults at every point")
