"""Updates that are interrupted: by a killed engine, a provider's error, a lost API server.

After each, plain `pulumi up`, or `inference recover` and then `pulumi up`, must reach the
state that an undisturbed update reaches, and `pulumi destroy` must leave nothing. Which of the two
it took is told at the end of the run.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.engine import UpdateError
from harness.faults import Fault, Harm, order, pending, reset_ordinal
from harness.processes import wait_for
from harness.scenario import Scenario, scenario

from inference.config.stack_file import read_stack
from inference.offline.runner import run_program

_POINTS = 6
_EACH = 3
_UNRECORDED = ("already exists", "alreadyExists")
_LOCKED = "currently locked"
_CUT_OFF = "failed to load checkpoint: EOF"
_HELM_STUCK = ("still in use", "another operation (install/upgrade/rollback) is in progress")
Report = Callable[[str], None]


def _created() -> list[str]:
    """Kinds that the dev stack makes through a provider, one for each resource."""
    found = run_program(read_stack("dev")).resources
    engines = ("pulumi:", "pulumi-python:")
    made = [one for one in found if one.custom and not (one.read or one.type.startswith(engines))]
    return [one.type.rpartition(":")[2] for one in made]


def _spread(points: list[str]) -> list[str]:
    """Six points from the first to the last."""
    step = (len(points) - 1) / (_POINTS - 1)
    return [points[round(index * step)] for index in range(_POINTS)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Six spread points of each sort, or with --every-fault all of them."""
    every = metafunc.config.getoption("--every-fault")
    made = _created()
    sorts = {
        "kill_at": [str(number) for number in range(_EACH, len(made) + 1, _EACH)],
        "failing_kind": sorted(set(made)),
        "restart_at": [str(number) for number in range(_EACH, len(made) + 1, _EACH)],
    }
    for argument, points in sorts.items():
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, points if every else _spread(points))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """The dev stack, destroyed after each test: the next one finds what the last one left."""
    with scenario(tmp_path_factory.mktemp("faults"), "dev") as started:
        yield started


@pytest.fixture(scope="module")
def undisturbed(cluster: Scenario) -> Mapping[str, str]:
    """Id by resource of an update to which nothing happened."""
    cluster.engine.up()
    ids = cluster.engine.ids()
    cluster.engine.destroy()
    assert cluster.left() == []
    return ids


@pytest.fixture(autouse=True)
def clean(cluster: Scenario, undisturbed: Mapping[str, str]) -> None:
    """What an earlier failure left would fail every later test, and hide which one it was."""
    assert undisturbed
    assert cluster.left() == [], "an earlier test left the cluster unusable"


def _converge(cluster: Scenario, undisturbed: Mapping[str, str]) -> str:
    """Recover from an interrupted update; what it took. The stack is destroyed afterwards."""
    took = "up"
    try:
        cluster.engine.up()
    except UpdateError as error:
        if not any(words in str(error) for words in _UNRECORDED + _HELM_STUCK):
            raise
        cluster.engine.recover()
        cluster.engine.up()
        took = "recover, up"
    assert cluster.engine.preview().steps == {}
    assert cluster.engine.ids() == undisturbed
    assert {pod["status"]["phase"] for pod in cluster.api.find_all("v1", "Pod")} == {"Running"}
    cluster.engine.destroy()
    assert cluster.left() == []
    return took


def _kill(cluster: Scenario, ordinal: int) -> None:
    """Kill an update at a create call."""
    reset_ordinal(cluster.run)
    order(cluster.run, Fault(name="kill", harm=Harm.KILL_ENGINE, ordinal=ordinal))
    with pytest.raises(UpdateError):
        cluster.engine.up()
    assert pending(cluster.run) == []


def _take_up(cluster: Scenario) -> str:
    """What docs/operations.md says of a killed update; the steps that it took."""
    took = "cancel, recover, "
    with pytest.raises(UpdateError, match=f"{_LOCKED}|{_CUT_OFF}") as refused:
        cluster.engine.up()
    if _CUT_OFF in str(refused.value):
        assert _LOCKED in cluster.engine.recover(status=1)
        took = f"recover (side file), {took}"
    cluster.engine.unlock()
    assert cluster.engine.has_pending_operations()
    cluster.engine.recover()
    assert not cluster.engine.has_pending_operations()
    return took


@pytest.mark.filterwarnings("ignore:Error in event stream:UserWarning")
def test_killed_engine(
    cluster: Scenario, undisturbed: Mapping[str, str], kill_at: str, report: Report
) -> None:
    """The engine and the plugin die after an object was made and before it was recorded."""
    _kill(cluster, int(kill_at))
    took = _take_up(cluster)
    report(f"engine killed at create {kill_at}: {took}{_converge(cluster, undisturbed)}")


@pytest.mark.filterwarnings("ignore:Error in event stream:UserWarning")
def test_killed_engine_that_was_writing_its_state(
    cluster: Scenario, undisturbed: Mapping[str, str], report: Report
) -> None:
    """The side file of the state is cut off: Pulumi itself can do nothing more with the stack."""
    _kill(cluster, _EACH)
    cluster.engine.side_file.write_bytes(b"")
    took = _take_up(cluster)
    assert took.startswith("recover (side file)")
    report(f"engine killed while it wrote: {took}{_converge(cluster, undisturbed)}")


def test_provider_error(
    cluster: Scenario, undisturbed: Mapping[str, str], failing_kind: str, report: Report
) -> None:
    """A provider refuses to make a resource of a kind, once."""
    order(cluster.run, Fault(name="error", harm=Harm.ERROR, kind=failing_kind))
    with pytest.raises(UpdateError, match=f"Error 503: the backend for {failing_kind}"):
        cluster.engine.up()
    assert pending(cluster.run) == []
    report(f"error at {failing_kind}: {_converge(cluster, undisturbed)}")


def test_killed_helm(cluster: Scenario, undisturbed: Mapping[str, str], report: Report) -> None:
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
    assert "taken out of Helm's record" in cluster.engine.recover()
    took = _converge(cluster, undisturbed)
    cluster.engine.change("gatewayRelease", release)
    report(f"Helm killed while it upgraded: recover, {took}")


def test_restarted_api_server(
    cluster: Scenario, undisturbed: Mapping[str, str], restart_at: str, report: Report
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
    took = _converge(cluster, undisturbed)
    report(f"API server restarted at create {restart_at}: {outcome}, {took}")
