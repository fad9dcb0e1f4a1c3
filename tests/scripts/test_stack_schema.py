"""The schema of stack files: editors say of a stack what the program says of it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, cast

import pytest
from conftest import COMMITTED_STACKS, SEVERAL_MODELS
from jsonschema import Draft7Validator

from inference.catalog.machines import ACCELERATORS, MACHINES
from inference.config import RefusedError, engine_yaml
from inference.config.finding import PROJECT
from inference.config.stack_file import ROOT, read_file
from inference.offline.runner import run_program
from scripts.stack_schema import MODELINE, stack_schema

_SCHEMA: Final = stack_schema()
_VALIDATOR: Final = cast("Any", Draft7Validator(_SCHEMA))
_LOADS: Final = """\
from inference.config import load

configuration = load()
findings = []
"""
_ENGINE_KEYS: Final = {"encryptionsalt": "v1:abc=", "secretsprovider": "gcpkms://projects/p"}

_RIGHT: Final[dict[str, dict[str, Any]]] = {
    "nothing": {},
    "null": {"config": None},
    "the engine's own keys": {**_ENGINE_KEYS, "environment": ["shared"], "config": {}},
    "an encrypted token": {"config": {f"{PROJECT}:huggingFaceToken": {"secure": "AAAB"}}},
    "a token in clear": {"config": {f"{PROJECT}:huggingFaceToken": "hf_abc"}},
    "keys of providers": {
        "config": {"kubernetes:context": "kind", "pulumi:tags": {"team": "ml"}, "gcp:zone": "a"}
    },
    "keys without a namespace": {"config": {"namespace": "serving", "cluster": {"name": "mine"}}},
    "empty values, which mean unset": {
        "config": {
            f"{PROJECT}:namespace": "",
            f"{PROJECT}:models": [],
            f"{PROJECT}:huggingFaceSecret": {},
        }
    },
    "several models and pools": {"config": dict(SEVERAL_MODELS)},
}

_WRONG: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "unknown at the top": ({"modls": []}, "modls"),
    "configuration outside config": ({f"{PROJECT}:cluster": {}}, "cluster"),
    "a list for config": ({"config": []}, "config"),
    "unknown key": ({"config": {f"{PROJECT}:modls": []}}, "modls"),
    "unknown key without namespace": ({"config": {"clusters": {}}}, "clusters"),
    "unknown key in a section": ({"config": {"cluster": {"nam": "a"}}}, "cluster.nam"),
    "a number in quotes": ({"config": {"models": [{"replicas": "3"}]}}, "models[0].replicas"),
    "not a choice": ({"config": {"cluster": {"mode": "gke"}}}, "cluster.mode"),
    "not a release": ({"config": {"gatewayRelease": "v2"}}, "gatewayRelease"),
    "a name that is no label": ({"config": {"gateway": {"name": "A_b"}}}, "gateway.name"),
    "above the bound": ({"config": {"models": [{"port": 99999}]}}, "models[0].port"),
    "a key that is missing": (
        {"config": {"models": [{"lora": {"adapters": [{"name": "a"}]}}]}},
        "models[0].lora.adapters[0].source",
    ),
    "no machine of the catalog": (
        {"config": {"nodePools": [{"machineType": "n2-standard-8"}]}},
        "nodePools[0].machineType",
    ),
    "no accelerator of the catalog": (
        {"config": {"models": [{"gpu": {"accelerator": "tpu"}}]}},
        "models[0].gpu.accelerator",
    ),
    "no project": ({"config": {"gcp:project": "A B"}}, "gcp:project"),
    "an encrypted region": ({"config": {"gcp:region": {"secure": "AAAB"}}}, "gcp:region"),
    "a mapping for a list": ({"config": {"models": {"name": "a"}}}, "models"),
}


@pytest.fixture
def load(tmp_path: Path) -> Callable[[dict[str, Any]], None]:
    """Lets the program read a stack file, and build nothing."""
    program = tmp_path / "program.py"
    program.write_text(_LOADS, encoding="utf-8")

    def read(content: dict[str, Any]) -> None:
        config: dict[str, Any] | list[Any] | None = content.get("config", {})
        config = {} if config is None else config
        if isinstance(config, dict) and not config.get(f"{PROJECT}:models", config.get("models")):
            # The schema does not ask for what a stack file may leave to another.
            content = {**content, "config": {**config, f"{PROJECT}:models": [{}]}}
        file = tmp_path / "stack.yaml"
        file.write_text(f"{MODELINE}\n{json.dumps(content)}\n", encoding="utf-8")
        run_program(read_file(file), program)

    return read


def test_the_schema_itself_is_valid() -> None:
    Draft7Validator.check_schema(_SCHEMA)


@pytest.mark.parametrize("stack", COMMITTED_STACKS)
def test_a_committed_stack_names_the_schema_and_is_valid(stack: str) -> None:
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")

    assert text.splitlines()[0] == MODELINE
    assert (ROOT / MODELINE.partition("$schema=")[2]).is_file()
    _VALIDATOR.validate(engine_yaml.load(text))


@pytest.mark.parametrize("content", _RIGHT.values(), ids=_RIGHT)
def test_what_the_program_accepts_the_schema_accepts(
    content: dict[str, Any], load: Callable[[dict[str, Any]], None]
) -> None:
    load(content)

    _VALIDATOR.validate(content)


@pytest.mark.parametrize(("content", "path"), _WRONG.values(), ids=_WRONG)
def test_what_the_schema_refuses_the_program_refuses(
    content: dict[str, Any], path: str, load: Callable[[dict[str, Any]], None]
) -> None:
    assert not _VALIDATOR.is_valid(content)
    with pytest.raises(RefusedError) as caught:
        load(content)
    assert path in {finding.path.removeprefix(f"{PROJECT}:") for finding in caught.value.findings}


def _objects(schema: object) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    if isinstance(schema, dict):
        mapping = cast("dict[str, Any]", schema)
        yield mapping
        schema = list(mapping.values())
    if isinstance(schema, list):
        for part in cast("list[object]", schema):
            yield from _objects(part)


def test_every_key_is_explained() -> None:
    sections = [part for part in _objects(_SCHEMA["definitions"]) if "properties" in part]
    silent = [
        name
        for section in sections
        if section is not _SCHEMA["definitions"]["secure"]
        for name, key in section["properties"].items()
        if not key.get("description")
    ]

    assert len(sections) >= 20
    assert silent == []


def test_no_reference_leads_nowhere_or_hides_its_neighbours() -> None:
    references = [part for part in _objects(_SCHEMA) if "$ref" in part]

    assert len(references) > 20
    for part in references:
        assert list(part) == ["$ref"]
        assert part["$ref"].removeprefix("#/definitions/") in _SCHEMA["definitions"]


def test_all_of_the_catalog_is_offered() -> None:
    pools = [{"machineType": machine, "nodes": 1000} for machine in MACHINES]
    models = [{"gpu": {"accelerator": accelerator}} for accelerator in ACCELERATORS]

    _VALIDATOR.validate({"config": {"nodePools": pools, "models": models}})
