"""The CPU node pool: by hand, which machine carries how many pickers."""

from collections.abc import Mapping
from typing import Any

import pytest
from conftest import make_settings

from inference.config.settings import Settings
from inference.derive.system_pool import NODES_PER_ZONE, machine, nodes


def _stack(release: str, models: int, **cluster: object) -> Settings:
    named: list[Mapping[str, Any]] = [
        {"name": f"model-{index}", "servedName": f"model-{index}"} for index in range(models)
    ]
    return make_settings({"gatewayRelease": release, "models": named, "cluster": cluster})


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        ({}, 3),
        ({"location": "us-central1"}, 3),
        ({"location": "us-central1-a"}, 1),
    ],
)
def test_a_regional_cluster_has_a_node_in_each_of_three_zones(
    cluster: Mapping[str, Any], expected: int
) -> None:
    assert nodes(_stack("v1.0.0", 1, **cluster)) == expected


def test_one_node_a_zone_never_changes_as_it_would_replace_the_cluster() -> None:
    assert NODES_PER_ZONE == 1


@pytest.mark.parametrize(
    ("release", "models", "location", "expected"),
    [
        # 4 CPU and 8 GiB each beside 1 CPU and 2 GiB of system Pods: 3.92 of 4 are too few.
        ("v1.0.0", 1, "us-central1", "e2-standard-8"),
        # 121 of the 127.61 of n2-standard-128.
        ("v1.0.0", 30, "us-central1-a", "n2-standard-128"),
        ("v1.5.0", 1, "us-central1", "e2-standard-8"),
        ("v1.5.0", 3, "us-central1", "e2-standard-8"),
        # Two on one of the three nodes: 9 of the 15.89.
        ("v1.5.0", 4, "us-central1", "e2-standard-16"),
        # All three on the only node: 13 of the 15.89.
        ("v1.5.0", 3, "us-central1-a", "e2-standard-16"),
        # 8 CPU and 8 GiB each: 9 of the 15.89, 17 of the 31.85, 25, 33 of the 47.81.
        ("llm-d-v0.10.0", 1, "us-central1", "e2-standard-16"),
        ("llm-d-v0.10.0", 2, "us-central1-a", "e2-standard-32"),
        ("llm-d-v0.10.0", 3, "us-central1-a", "e2-standard-32"),
        ("llm-d-v0.10.0", 4, "us-central1-a", "n2-standard-48"),
        # 121 of the 127.61 of n2-standard-128.
        ("llm-d-v0.10.0", 15, "us-central1-a", "n2-standard-128"),
        # 129: no machine has so many, on three nodes 49 fit.
        ("llm-d-v0.10.0", 16, "us-central1-a", None),
        ("llm-d-v0.10.0", 16, "us-central1", "n2-standard-64"),
    ],
)
def test_the_smallest_machine_that_carries_its_part_of_the_pickers(
    release: str, models: int, location: str, expected: str | None
) -> None:
    chosen = machine(_stack(release, models, location=location))
    assert (chosen.name if chosen else None) == expected


@pytest.mark.parametrize(
    ("replicas", "expected"),
    [
        # 1 CPU of system Pods, 0.1 for the picker, 0.2 for each server with its syncer.
        (1, "e2-standard-4"),
        # Nine on each of three nodes: 2.9 of the 3.92; 16: 4.3.
        (27, "e2-standard-4"),
        (48, "e2-standard-8"),
    ],
)
def test_simulated_servers_lie_on_the_cpu_nodes(replicas: int, expected: str) -> None:
    model = {"engine": "simulator", "replicas": replicas}
    chosen = machine(make_settings({"models": [model]}))
    assert (chosen.name if chosen else None) == expected
