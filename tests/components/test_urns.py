"""Type tokens and names are an interface: a changed URN replaces what runs in production.

After an intended change: UPDATE_SNAPSHOTS=1 pytest tests/components/test_urns.py, and an alias in
the component for each URN that a stack may already have.
"""

import os
from pathlib import Path

import pytest
from conftest import COMMITTED_STACKS, SEVERAL_MODELS, run, run_of

from inference.config.stack_file import read_stack

_FOLDER = Path(__file__).with_name("urns")


def _urns(stack: str) -> str:
    run = run_of(read_stack(stack))
    return "".join(f"{urn}\n" for urn in sorted(resource.urn for resource in run.resources))


@pytest.mark.parametrize("stack", COMMITTED_STACKS)
def test_urns_of_committed_stacks_are_those_of_the_snapshot(stack: str) -> None:
    snapshot = _FOLDER / f"{stack}.txt"
    urns = _urns(stack)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(urns, encoding="utf-8")
    assert urns == snapshot.read_text(encoding="utf-8")


def test_urns_are_unique_with_several_models_and_pools() -> None:
    urns = [resource.urn for resource in run(SEVERAL_MODELS).resources]
    assert len(urns) == len(set(urns))
