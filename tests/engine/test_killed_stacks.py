"""The other stacks, killed while they are made: recovered, finished, compared, and destroyed.

`prod` has kinds that dev has not, several of them with ids that Google makes up. llm-d's chart
cannot be had here, so its pool is v1.5.0's; and nothing is protected, so that it can be destroyed.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pytest
from harness.interruption import Interruption, spread, thirds, undisturbed
from harness.scenario import Scenario, scenario

_POINTS: Final[Mapping[str, int]] = {"prod": 5, "autopilot": 2, "local": 2}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Some points from the first to the last, or with --every-fault each third creation."""
    if "kill_at" not in metafunc.fixturenames:
        return
    every = metafunc.config.getoption("--every-fault")
    points = [
        (stack, number)
        for stack, many in _POINTS.items()
        for number in (thirds(stack) if every else spread(thirds(stack), many))
    ]
    metafunc.parametrize(
        ("interruption", "kill_at"), points, indirect=["interruption"], scope="module"
    )


def _unprotect(cluster: Scenario) -> None:
    engine = cluster.engine
    engine.change("gatewayRelease", "v1.5.0")
    engine.change("security", {**engine.section("security"), "protect": False})
    engine.change("cluster", {**engine.section("cluster"), "deletionProtection": False})


@pytest.fixture(scope="module")
def interruption(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Interruption]:
    with scenario(tmp_path_factory.mktemp(request.param), request.param) as started:
        if request.param == "prod":
            _unprotect(started)
        yield undisturbed(started)


@pytest.mark.filterwarnings("ignore:Error in event stream:UserWarning")
def test_killed_engine(
    interruption: Interruption, kill_at: str, report: Callable[[str], None]
) -> None:
    """The engine and the plugin die after an object was made and before it was recorded."""
    cluster = interruption.cluster
    assert cluster.left() == [], "an earlier test left the cluster unusable"
    interruption.kill(int(kill_at))
    took = interruption.take_up()
    stack = cluster.engine.name
    report(f"{stack}, engine killed at create {kill_at}: {took}{interruption.converge()}")
