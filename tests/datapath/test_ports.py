"""Ports of programs that start side by side."""

from harness.processes import free_port


def test_no_two_programs_are_given_one_port() -> None:
    """Two servers on one port: the second seems to answer, and fails when the first is drained."""
    ports = [free_port() for _ in range(1000)]
    assert len({*ports}) == len(ports)
