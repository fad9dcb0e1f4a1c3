"""The other stacks, killed again and again while they are made: finished, compared, destroyed.

`prod` has kinds that dev has not, several of them with ids that Google makes up. llm-d's chart
is in no Go module, so its pool is v1.5.0's; and nothing is protected, so that it can be destroyed.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.interruption import EACH, created, undisturbed
from harness.scenario import Scenario, scenario

_KILLS = 4
"""So often a stack is killed, about, without --every-fault."""


def _unprotect(cluster: Scenario) -> None:
    engine = cluster.engine
    engine.change("gatewayRelease", "v1.5.0")
    engine.change("security", {**engine.section("security"), "protect": False})
    engine.change("cluster", {**engine.section("cluster"), "deletionProtection": False})


@pytest.mark.filterwarnings("ignore:Error in event stream:UserWarning")
@pytest.mark.parametrize("stack", ["prod", "autopilot", "local"])
def test_killed_engine(
    pytestconfig: pytest.Config, tmp_path: Path, stack: str, report: Callable[[str], None]
) -> None:
    """Each time the engine and the plugin die after an object was made, before it was recorded."""
    spread = 0 if pytestconfig.getoption("--every-fault") else len(created(stack)) // _KILLS
    each = max(EACH, spread)
    with scenario(tmp_path, stack) as started:
        if stack == "prod":
            _unprotect(started)
        interruption = undisturbed(started)
        kills, imported = interruption.kill_each(each)
        assert kills > 1
        took = interruption.converge()
        killed = f"{stack}, engine killed after each {each} creations"
        report(f"{killed}: {kills} × recover, {imported} imported, {took}")
