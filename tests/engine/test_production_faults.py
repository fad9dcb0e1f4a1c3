"""Stack prod, killed while it is made: recovered, finished, compared, and destroyed.

`prod` has kinds that dev has not, several of them with ids that Google makes up. llm-d's chart
cannot be had here, so the pool is v1.5.0's; and nothing is protected, so that it can be destroyed.
"""

from collections.abc import Callable, Iterator

import pytest
from harness.interruption import Interruption, spread, thirds, undisturbed
from harness.scenario import scenario

_POINTS = 5


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Some points from the first to the last, or with --every-fault each third creation."""
    if "kill_at" in metafunc.fixturenames:
        points = thirds("prod")
        every = metafunc.config.getoption("--every-fault")
        metafunc.parametrize("kill_at", points if every else spread(points, _POINTS))


@pytest.fixture(scope="module")
def interruption(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interruption]:
    with scenario(tmp_path_factory.mktemp("prod-faults"), "prod") as started:
        engine = started.engine
        engine.change("gatewayRelease", "v1.5.0")
        engine.change("security", {**engine.section("security"), "protect": False})
        engine.change("cluster", {**engine.section("cluster"), "deletionProtection": False})
        yield undisturbed(started)


@pytest.mark.filterwarnings("ignore:Error in event stream:UserWarning")
def test_killed_engine(
    interruption: Interruption, kill_at: str, report: Callable[[str], None]
) -> None:
    """The engine and the plugin die after an object was made and before it was recorded."""
    assert interruption.cluster.left() == [], "an earlier test left the cluster unusable"
    interruption.kill(int(kill_at))
    took = interruption.take_up()
    report(f"prod, engine killed at create {kill_at}: {took}{interruption.converge()}")
