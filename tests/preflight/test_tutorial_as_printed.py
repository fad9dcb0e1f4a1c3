"""The tutorial exactly as printed: every mistake that a stack file can hold is found and fixed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import pytest
import yaml

from inference.cli import main

Output = pytest.CaptureFixture[str]
Edit = tuple[tuple[str | int, ...], object]

_FILE: Final = Path(__file__).with_name("Pulumi.tutorial.yaml")
_MISTAKES: Final = {
    "capacity.not-offered": ("error", "nodePools[0].capacity"),
    "capacity.gpus": ("error", "models[0].replicas"),
    "names.not-a-label": ("error", "models[0].name"),
    "image.unpinned": ("warning", "models[0].image"),
    "vllm.no-drain": ("warning", "models[0].image"),
    "vllm.flag-not-in-version": ("warning", "models[0].lora.specializeCudagraphs"),
    "network.no-proxy-subnet": ("warning", "network.proxyOnlySubnet.create"),
    "network.public-http": ("warning", "gateway.className"),
    "surface.management-paths": ("warning", "gateway.paths[0]"),
}
_REMOVE: Final = object()
"""In place of a value: the key is taken out."""

_MODEL: Final = ("gke-inference-gateway:models", 0)
_POOL: Final = ("gke-inference-gateway:nodePools", 0)
_GATEWAY: Final = "gke-inference-gateway:gateway"
_NETWORK: Final = "gke-inference-gateway:network"
_SPOT: Final[Sequence[Edit]] = [((*_POOL, "capacity"), "spot")]
_FLEX_START: Final[Sequence[Edit]] = [
    ((*_POOL, "capacity"), "flexStart"),
    ((*_POOL, "nodes"), _REMOVE),
    ((*_POOL, "autoscaling"), {"max": 1}),
]
_NAME: Final[Sequence[Edit]] = [((*_MODEL, "name"), "vllm-llama3-1-8b-instruct")]
_PINNED: Final[Sequence[Edit]] = [((*_MODEL, "image"), "vllm/vllm-openai:v0.11.0")]
_PROXIES: Final[Sequence[Edit]] = [((_NETWORK, "proxyOnlySubnet", "create"), True)]
_INTERNAL: Final[Sequence[Edit]] = [((_GATEWAY, "className"), "gke-l7-rilb")]
_API_PATHS: Final[Sequence[Edit]] = [((_GATEWAY, "paths"), _REMOVE)]
_ALONE: Final[Sequence[tuple[str, Sequence[Edit]]]] = [
    ("capacity.gpus", [((*_MODEL, "replicas"), 2)]),
    ("capacity.gpus", [((*_POOL, "nodes"), 2)]),
    ("capacity.not-offered", _FLEX_START),
    ("image.unpinned", _PINNED),
    ("names.not-a-label", _NAME),
    ("network.no-proxy-subnet", _PROXIES),
    ("network.public-http", _INTERNAL),
    ("surface.management-paths", _API_PATHS),
    ("vllm.flag-not-in-version", [((*_MODEL, "lora", "specializeCudagraphs"), _REMOVE)]),
]
"""A finding, and what fixes it and nothing else."""
_ONE_AFTER_THE_OTHER: Final[Sequence[tuple[str, Sequence[Edit]]]] = [
    ("image.unpinned", _PINNED),
    ("vllm.flag-not-in-version", [((*_MODEL, "image"), "vllm/vllm-openai:v0.12.0")]),
    ("vllm.no-drain", [((*_MODEL, "image"), "vllm/vllm-openai:v0.32.0")]),
    ("surface.management-paths", _API_PATHS),
    ("network.no-proxy-subnet", _PROXIES),
    ("network.public-http", _INTERNAL),
    ("names.not-a-label", _NAME),
    ("capacity.not-offered", _FLEX_START),
    ("capacity.gpus", [((*_POOL, "autoscaling"), {"max": 2})]),
]


def _printed() -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def _fixed(content: dict[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    """The stack file with values set or taken out, each at its place below `config`."""
    fixed = cast("dict[str, Any]", json.loads(json.dumps(content)))
    for (*place, key), value in edits:
        section: Any = fixed["config"]
        for step in place:
            section = section[step]
        if value is _REMOVE:
            del section[key]
        else:
            section[key] = value
    return fixed


def _plan(file: Path, output: Output) -> tuple[int, dict[str, Any]]:
    status = main(["plan", "--config", str(file), "--json"])
    return status, json.loads(output.readouterr().out)


def _ids(plan: Mapping[str, Any]) -> list[str]:
    return [finding["id"] for finding in plan["findings"]]


def _said(plan: Mapping[str, Any], identifier: str) -> str:
    (message,) = [f["message"] for f in plan["findings"] if f["id"] == identifier]
    return message


def _write(folder: Path, content: Mapping[str, Any]) -> Path:
    file = folder / _FILE.name
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def test_the_tutorial_is_refused_before_anything_is_built(capsys: Output) -> None:
    status, plan = _plan(_FILE, capsys)

    assert (status, plan["stack"]) == (2, "tutorial")
    assert plan["resources"] == []


def test_every_mistake_of_the_tutorial_is_found_at_once_and_nothing_else(capsys: Output) -> None:
    _, plan = _plan(_FILE, capsys)

    found = [(f["id"], (f["severity"], f["path"])) for f in plan["findings"]]
    assert len(found) == len(_MISTAKES)
    assert dict(found) == _MISTAKES
    assert {finding["silenced"] for finding in plan["findings"]} == {None}


@pytest.mark.parametrize(
    ("identifier", "parts"),
    [
        (
            "capacity.gpus",
            [
                "needed 3 GPUs (vllm-llama3.1-8b-instruct: 3 × 1)",
                "have 2 (gpupool: 1 × 2)",
                "1 would stay Pending",
            ],
        ),
        ("capacity.not-offered", ["a3-highgpu-2g", "onDemand", "flexStart, spot"]),
        ("names.not-a-label", ["vllm-llama3.1-8b-instruct-epp", "the Helm release would fail"]),
        ("image.unpinned", ["vllm/vllm-openai:latest"]),
        ("vllm.no-drain", ["--shutdown-timeout", "requests are aborted"]),
        ("vllm.flag-not-in-version", ["cudagraph_specialize_lora"]),
        ("network.no-proxy-subnet", ["us-central1", "never programmed"]),
        ("network.public-http", ["internet", "HTTP", "without authentication"]),
        (
            "surface.management-paths",
            ["/v1/load_lora_adapter", "/v1/unload_lora_adapter", "/metrics", "/tokenize"],
        ),
    ],
)
def test_what_is_said_of_a_mistake(identifier: str, parts: Sequence[str], capsys: Output) -> None:
    _, plan = _plan(_FILE, capsys)

    message = _said(plan, identifier)
    assert [part for part in parts if part not in message] == []


@pytest.mark.parametrize(("identifier", "edits"), _ALONE)
def test_fixing_a_mistake_removes_its_finding_and_no_other(
    identifier: str, edits: Sequence[Edit], tmp_path: Path, capsys: Output
) -> None:
    file = _write(tmp_path, _fixed(_printed(), edits))

    _, plan = _plan(file, capsys)

    assert sorted(_ids(plan)) == sorted(set(_MISTAKES) - {identifier})


def test_spot_fixes_the_capacity_and_has_its_own_info(tmp_path: Path, capsys: Output) -> None:
    _, plan = _plan(_write(tmp_path, _fixed(_printed(), _SPOT)), capsys)

    without = set(_MISTAKES) - {"capacity.not-offered"}
    assert sorted(_ids(plan)) == sorted(without | {"capacity.spot-drain"})


def test_every_mistake_is_fixed_in_the_tables() -> None:
    assert {identifier for identifier, _ in _ONE_AFTER_THE_OTHER} == set(_MISTAKES)
    # No edit of the image fixes the missing drain without fixing the tag too.
    assert {identifier for identifier, _ in _ALONE} == set(_MISTAKES) - {"vllm.no-drain"}


def test_the_catalogs_image_fixes_all_that_is_said_of_the_image(
    tmp_path: Path, capsys: Output
) -> None:
    file = _write(tmp_path, _fixed(_printed(), [((*_MODEL, "image"), _REMOVE)]))

    _, plan = _plan(file, capsys)

    of_the_image = {"image.unpinned", "vllm.no-drain", "vllm.flag-not-in-version"}
    assert sorted(_ids(plan)) == sorted(set(_MISTAKES) - of_the_image)


def test_the_tutorial_is_fixed_mistake_by_mistake_until_it_can_be_built(
    tmp_path: Path, capsys: Output
) -> None:
    content, left = _printed(), set(_MISTAKES)
    status, plan = 2, {}
    for identifier, edits in _ONE_AFTER_THE_OTHER:
        content = _fixed(content, edits)
        status, plan = _plan(_write(tmp_path, content), capsys)
        left -= {identifier}
        assert sorted(_ids(plan)) == sorted(left), identifier
        assert status == (2 if any(_MISTAKES[found][0] == "error" for found in left) else 0)

    assert (status, left) == (0, set())
    assert plan["resources"]
