"""Prod in two regions of one project: nothing that Google Cloud names once is named twice."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from conftest import run_of

from inference.config.finding import PROJECT
from inference.config.stack_file import read_stack
from inference.offline.recorder import UNKNOWN, Registration
from inference.offline.runner import Run

_REGION: Final = "europe-west4"
_ZONES: Final = ("europe-west4-b", "europe-west4-c")
_ADDITIVE: Final = (
    "projects/service:Service",
    "projects/iAMMember:IAMMember",
    ":BucketIAMMember",
)
"""These add to something that is there once, and two may add to the same."""
_NAMES: Final = ("name", "accountId", "serviceId", "bucket")


def _prod() -> Run:
    return run_of(read_stack("prod"))


def _elsewhere(cluster: str) -> Run:
    """Prod with what docs/multi-region.md says must differ, and nothing else."""
    stack = read_stack("prod")
    config = dict(stack.config)
    config["gcp:region"] = _REGION
    own = json.loads(config[f"{PROJECT}:cluster"])
    config[f"{PROJECT}:cluster"] = json.dumps({**own, "name": cluster})
    pools: list[dict[str, Any]] = json.loads(config[f"{PROJECT}:nodePools"])
    config[f"{PROJECT}:nodePools"] = json.dumps([{**pool, "zones": _ZONES} for pool in pools])
    return run_of(replace(stack, name="prod-europe", config=config))


def _place(inputs: Mapping[str, Any]) -> str:
    # Cloud Storage writes regions in capitals.
    return str(inputs.get("region") or inputs.get("location") or "").lower()


def _named(found: Run) -> Iterator[tuple[str, str, str]]:
    """Type, place and name of what is made in Google Cloud; a node pool's place is its cluster."""
    for resource in found.resources:
        made = resource.custom and resource.type.startswith("gcp:") and not resource.read
        if not made or resource.type.endswith(_ADDITIVE):
            continue
        name = next((str(resource.inputs[k]) for k in _NAMES if k in resource.inputs), "")
        if name and name != UNKNOWN and not resource.type.endswith(":NodePool"):
            yield resource.type, _place(resource.inputs), name


def _unnamed(found: Run) -> list[Registration]:
    """What Google Cloud names itself, told apart by people alone."""
    kinds = (":Dashboard", ":AlertPolicy")
    return [resource for resource in found.resources if resource.type.endswith(kinds)]


def _titles(found: Run) -> set[str]:
    return {
        str(resource.inputs.get("displayName") or json.loads(resource.inputs["dashboardJson"]))
        for resource in _unnamed(found)
    }


def test_nothing_collides() -> None:
    here, there = list(_named(_prod())), list(_named(_elsewhere("inference-prod-europe")))

    assert len(here) > 5
    assert [found for found, count in Counter([*here, *there]).items() if count > 1] == []
    assert _titles(_prod())
    assert _titles(_prod()) & _titles(_elsewhere("inference-prod-europe")) == set()


def test_everything_of_the_second_region_lies_in_it() -> None:
    places = {place for _, place, _ in _named(_elsewhere("inference-prod-europe"))}

    assert {place for place in places if place} - {"global"} == {_REGION}


def test_the_same_cluster_name_would_collide() -> None:
    same = str(json.loads(read_stack("prod").config[f"{PROJECT}:cluster"])["name"])
    shared = set(_named(_prod())) & set(_named(_elsewhere(same)))

    assert "gcp:serviceaccount/account:Account" in {kind for kind, _, _ in shared}


def test_the_models_have_the_same_names_in_both_regions() -> None:
    """What a load balancer over both would need."""

    def pools(found: Run) -> list[str]:
        return [
            resource.inputs["name"]
            for resource in found.resources
            if resource.type.endswith("helm.sh/v3:Release")
        ]

    assert pools(_prod()) == pools(_elsewhere("inference-prod-europe"))
