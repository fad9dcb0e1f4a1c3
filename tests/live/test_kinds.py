"""Every kind that stacks and examples make can be taken up after a kill, and is looked for."""

from pathlib import Path

import pytest
from conftest import COMMITTED_STACKS, run_of

from inference.catalog.kubernetes import OBJECT_TYPES
from inference.config.stack_file import ROOT, read_file
from inference.live.inventory import COMPUTE_KINDS, OTHER_KINDS
from inference.live.kinds import KINDS, NOT_IMPORTED

_FILES = [
    *(ROOT / f"Pulumi.{stack}.yaml" for stack in COMMITTED_STACKS),
    *sorted((ROOT / "examples").glob("*.yaml")),
]


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_every_kind_of_a_stack_is_imported_by_an_id_that_its_inputs_determine_or_says_why_not(
    file: Path,
) -> None:
    provider = {"project": "p", "region": "r", "cluster": "c", "service": "s", "location": "l"}
    made = [one for one in run_of(read_file(file)).resources if one.custom]
    assert made
    for one in made:
        if one.type.startswith(("pulumi:", OBJECT_TYPES)) or one.type in NOT_IMPORTED:
            continue
        kind = KINDS[one.type]
        pattern = kind.path or kind.id
        assert pattern.format_map({**provider, **one.inputs})
        assert not kind.id or kind.id.format_map({**provider, **one.inputs})


def test_every_kind_that_the_stacks_make_is_among_what_leftovers_looks_for() -> None:
    collections = {kind.collection for kind in (*COMPUTE_KINDS, *OTHER_KINDS)}
    # Buckets and the cluster are looked up by name; the others are parts of what is listed.
    collections |= {"b", "clusters", "nodePools", "serviceLevelObjectives"}

    for kind in KINDS.values():
        assert collections & set((kind.path or kind.id).split("/")), kind
