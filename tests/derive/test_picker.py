"""How pickers size the nodes that they run on."""

from typing import Any

import pytest
from conftest import make_settings

from inference.derive import system_pool


@pytest.mark.parametrize(
    ("picker", "machine"),
    [
        ({}, "e2-standard-8"),
        ({"requests": {"cpu": 1, "memoryGib": 2}}, "e2-standard-4"),
        ({"replicas": 4}, "e2-standard-16"),
    ],
)
def test_nodes_are_sized_by_all_pickers_and_what_they_request(
    picker: dict[str, Any], machine: str
) -> None:
    sections = {"gatewayRelease": "v1.5.0", "picker": picker}
    settings = make_settings(sections)
    found = system_pool.machine(settings)

    assert found is not None
    assert found.name == machine
