"""An update that is killed, what then recovers it, and whether all is as without the kill."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, final

import pytest
from pulumi import automation

from harness.engine import UpdateError
from harness.faults import Fault, Harm, order, pending, reset_ordinal, revoke
from harness.scenario import Scenario
from inference.config.stack_file import read_stack
from inference.offline.runner import run_program

EACH: Final = 3
"""An update is killed at each third of its creations."""
_UNRECORDED: Final = ("already exists", "alreadyExists")
_LOCKED: Final = "currently locked"
_CUT_OFF: Final = "failed to load checkpoint: EOF"
_HELM_STUCK: Final = (
    "still in use",
    "another operation (install/upgrade/rollback) is in progress",
)


@cache
def created(stack: str) -> list[str]:
    """Kinds that a stack makes through a provider, one for each resource."""
    found = run_program(read_stack(stack)).resources
    engines = ("pulumi:", "pulumi-python:")
    made = [one for one in found if one.custom and not (one.read or one.type.startswith(engines))]
    return [one.type.rpartition(":")[2] for one in made]


def thirds(stack: str) -> list[str]:
    """Numbers of the creations at which its update is killed."""
    return [str(number) for number in range(EACH, len(created(stack)) + 1, EACH)]


def spread(points: list[str], number: int) -> list[str]:
    """Some of them, from the first to the last."""
    step = (len(points) - 1) / (number - 1)
    return [points[round(index * step)] for index in range(number)]


@final
@dataclass(frozen=True, kw_only=True)
class Interruption:
    """A stack on which nothing is left, to be made, interrupted, and made again."""

    cluster: Scenario
    ids: Mapping[str, str]
    """Id by resource of an update to which nothing happened."""

    def kill(self, ordinal: int) -> None:
        """Kill an update at a creation, after the object was made and before it was recorded."""
        run = self.cluster.run
        reset_ordinal(run)
        order(run, Fault(name="kill", harm=Harm.KILL_ENGINE, ordinal=ordinal))
        with pytest.raises(UpdateError):
            self.cluster.engine.up()
        assert pending(run) == []

    def _killed(self, each: int) -> bool:
        """Whether an update was killed after so many creations; it may end before."""
        run = self.cluster.run
        reset_ordinal(run)
        order(run, Fault(name="kill", harm=Harm.KILL_ENGINE, ordinal=each))
        try:
            self.cluster.engine.up()
        except UpdateError:
            if pending(run):
                raise
            return True
        revoke(run)
        return False

    def kill_each(self, each: int) -> tuple[int, int]:
        """Kill the update after each so many creations, and recover, until it ends.

        How often, and how many objects were imported.
        Where nothing new was recorded, as of parallel creations that `recover` leaves to the next
        update, the next kill is later.
        """
        kills, imported, recorded, after = 0, 0, 0, each
        while self._killed(after):
            kills += 1
            self._unlock()
            imported += self.cluster.engine.recover().count("imported as")
            assert not self.cluster.engine.has_pending_operations()
            known = len(self.cluster.engine.ids())
            after, recorded = (each if known > recorded else after + each), known
        return kills, imported

    def _unlock(self) -> None:
        """Take the lock away, after the side file that the kill may have cut off."""
        engine = self.cluster.engine
        try:
            engine.unlock()
        except automation.CommandError as error:
            if _CUT_OFF not in str(error):
                raise
            assert _LOCKED in engine.recover(status=1)
            engine.unlock()

    def take_up(self) -> str:
        """What docs/operations.md says of a killed update; the steps that it took."""
        engine = self.cluster.engine
        took = "cancel, recover, "
        with pytest.raises(UpdateError, match=f"{_LOCKED}|{_CUT_OFF}") as refused:
            engine.up()
        if _CUT_OFF in str(refused.value):
            assert _LOCKED in engine.recover(status=1)
            took = f"recover (side file), {took}"
        engine.unlock()
        assert engine.has_pending_operations()
        engine.recover()
        assert not engine.has_pending_operations()
        return took

    def converge(self) -> str:
        """Update until all is made, compare, and destroy; what that took."""
        engine = self.cluster.engine
        took = "up"
        try:
            engine.up()
        except UpdateError as error:
            if not any(words in str(error) for words in _UNRECORDED + _HELM_STUCK):
                raise
            engine.recover()
            engine.up()
            took = "recover, up"
        assert engine.preview().steps == {}
        assert engine.ids() == self.ids
        pods = self.cluster.api.find_all("v1", "Pod")
        assert {pod["status"]["phase"] for pod in pods} == {"Running"}
        engine.destroy()
        self.cluster.remove_kept()
        assert self.cluster.left() == []
        return took


def undisturbed(cluster: Scenario) -> Interruption:
    """After an update to which nothing happens, and its end."""
    cluster.engine.up()
    ids = cluster.engine.ids()
    cluster.engine.destroy()
    cluster.remove_kept()
    assert cluster.left() == []
    return Interruption(cluster=cluster, ids=ids)
