"""The stack files of the project work as they are, but for the project and the token to fill in."""

import pytest
from conftest import COMMITTED_STACKS, run_of

from inference.config import Finding, Severity
from inference.config.stack_file import read_stack
from inference.derive.needs import needs
from inference.preflight.check import CHECKS


def _findings(stack: str) -> list[Finding]:
    return list(run_of(read_stack(stack)).findings)


@pytest.mark.parametrize("stack", COMMITTED_STACKS)
def test_a_committed_stack_has_no_error_and_accepts_every_warning(stack: str) -> None:
    found = _findings(stack)

    assert [str(finding) for finding in found if finding.severity is Severity.ERROR] == []
    assert [
        str(finding)
        for finding in found
        if finding.severity is Severity.WARNING
        and finding.silenced is None
        and not CHECKS[finding.id].to_fill_in
    ] == []


def test_the_rehearsal_needs_nothing_and_nothing_is_said_of_it() -> None:
    run = run_of(read_stack("local"))

    assert run.findings == []
    needed = needs(run.settings)
    assert (needed.gpus, needed.quotas, needed.roles, needed.apis) == ((), (), (), ())
    assert {resource.type.partition(":")[0] for resource in run.resources if resource.custom} == {
        "pulumi",
        "kubernetes",
    }
