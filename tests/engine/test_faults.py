"""Updates that are interrupted: by a killed engine, a provider's error, a lost API server.

After each, plain `pulumi up`, or `inference recover` and then `pulumi up`, must reach the
state that an undisturbed update reaches, and `pulumi destroy` must leave nothing. Which of the two
it took is told at the end of the run.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.engine import UpdateError
from harness.faults import Fault, Harm, order, pending, reset_ordinal
from harness.interruption import EACH, Interruption, created, spread, thirds, undisturbed
from harness.processes import wait_for
from harness.scenario import Scenario, scenario

_POINTS = 4
Report = Callable[[str], None]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Four spread points of each sort, or with --every-fault all of them."""
    every = metafunc.config.getoption("--every-fault")
    numbers = thirds("dev")
    sorts = {
        "kill_at": numbers,
        "failing_kind": sorted(set(created("dev"))),
        "restart_at": numbers,
    }
    for argument, points in sorts.items():
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, points if every else spread(points, _POINTS))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """The dev stack, destroyed after each test: the next one finds what the last one left."""
    with scenario(tmp_path_factory.mktemp("faults"), "dev") as started:
        yield started


@pytest.fixture(scope="module")
def interruption(cluster: Scenario) -> Interruption:
    return undisturbed(cluster)


@pytest.fixture(autouse=True)
def clean(interruption: Interruption) -> None:
    """What an earlier failure left would fail every later test, and hide which one it was."""
    assert interruption.cluster.left() == [], "an earlier test left the cluster unusable"


@pytest.mark.filterwarnings("ignore:Error in event stream:UserWarning")
def test_killed_engine(interruption: Interruption, kill_at: str, report: Report) -> None:
    """The engine and the plugin die after an object was made and before it was recorded."""
    interruption.kill(int(kill_at))
    took = interruption.take_up()
    report(f"engine killed at create {kill_at}: {took}{interruption.converge()}")


@pytest.mark.filterwarnings("ignore:Error in event stream:UserWarning")
def test_killed_engine_that_was_writing_its_state(
    cluster: Scenario, interruption: Interruption, report: Report
) -> None:
    """The side file of the state is cut off: Pulumi itself can do nothing more with the stack."""
    interruption.kill(EACH)
    cluster.engine.side_file.write_bytes(b"")
    took = interruption.take_up()
    assert took.startswith("recover (side file)")
    report(f"engine killed while it wrote: {took}{interruption.converge()}")


def test_provider_error(
    cluster: Scenario, interruption: Interruption, failing_kind: str, report: Report
) -> None:
    """A provider refuses to make a resource of a kind, once."""
    order(cluster.run, Fault(name="error", harm=Harm.ERROR, kind=failing_kind))
    with pytest.raises(UpdateError, match=f"Error 503: the backend for {failing_kind}"):
        cluster.engine.up()
    assert pending(cluster.run) == []
    report(f"error at {failing_kind}: {interruption.converge()}")


def test_killed_helm(cluster: Scenario, interruption: Interruption, report: Report) -> None:
    """Helm dies while it upgrades; its record says so, and it refuses the next update."""
    cluster.engine.up()
    order(cluster.run, Fault(name="helm", harm=Harm.KILL_HELM, kind="llama3-8b"))
    release = cluster.engine.section("gatewayRelease")
    cluster.engine.change("gatewayRelease", "v1.0.0")
    with pytest.raises(UpdateError, match="the connection to Helm is lost"):
        cluster.engine.up()
    assert pending(cluster.run) == []
    with pytest.raises(UpdateError, match="another operation"):
        cluster.engine.up()
    assert "removed from Helm's record" in cluster.engine.recover()
    took = interruption.converge()
    cluster.engine.change("gatewayRelease", release)
    report(f"Helm killed while it upgraded: recover, {took}")


def test_restarted_api_server(
    cluster: Scenario, interruption: Interruption, restart_at: str, report: Report
) -> None:
    """The API server is killed, and started again, while objects are being made."""
    reset_ordinal(cluster.run)
    creates: Path = cluster.run.path / "creates"
    ended = threading.Event()

    def restart() -> bool:
        """Restart the API server at the right moment; False when the update ended before."""

        def reached() -> bool:
            return ended.is_set() or (
                creates.exists() and creates.stat().st_size >= int(restart_at)
            )

        wait_for(f"create {restart_at}", reached)
        if not ended.is_set():
            cluster.control_plane.restart_api_server()
            return True
        return False

    with ThreadPoolExecutor(1) as beside:
        restarted = beside.submit(restart)
        try:
            cluster.engine.up()
            outcome = "went on by itself"
        except UpdateError:
            outcome = "failed"
        finally:
            ended.set()
        assert restarted.result()
    took = interruption.converge()
    report(f"API server restarted at create {restart_at}: {outcome}, {took}")
