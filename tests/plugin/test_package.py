"""What the component package offers to other languages, and what it refuses."""

import json
import os
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from pulumi.errors import InputPropertiesError
from pulumi.provider.experimental.component import ComponentProvider

from inference.config.stack_file import ROOT
from plugin.endpoint import InferenceEndpoint, settings_of

_SNAPSHOT: Final = Path(__file__).with_name("schema.json")


def test_the_schema_is_an_interface() -> None:
    """Programs in other languages are generated from it: a change of it is one of their code."""
    provider = ComponentProvider([InferenceEndpoint], "gke-inference-gateway")
    schema = json.loads(provider.schema or "")

    if os.environ.get("UPDATE_SNAPSHOTS"):
        _SNAPSHOT.write_text(json.dumps(schema, indent=2) + "\n", "utf-8")
    assert schema == json.loads(_SNAPSHOT.read_text("utf-8"))


def test_whole_numbers_come_as_the_engine_sends_them() -> None:
    settings = settings_of(
        {
            "models": [{"replicas": 2.0, "gpuMemoryUtilization": 0.9}],
            "gcp": {"project": "a-project"},
        }
    )

    assert settings.models[0].replicas == 2
    assert settings.models[0].gpu_memory_utilization == 0.9
    assert settings.gcp.project == "a-project"


def test_every_problem_is_shown_with_its_path() -> None:
    with pytest.raises(InputPropertiesError) as caught:
        settings_of({"models": [{"replica": 2.0}], "gateway": {"className": 1.5}})

    errors = caught.value.errors or []
    assert [error["property_path"] for error in errors] == [
        "models[0].replica",
        "gateway.className",
    ]
    assert "did you mean `replicas`?" in caught.value.message


def test_the_example_of_the_page_is_accepted() -> None:
    text = (ROOT / "docs" / "plugin.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    program: dict[str, Any] = yaml.safe_load(block)
    chat = program["resources"]["chat"]

    assert chat["type"] == "gke-inference-gateway:index:InferenceEndpoint"
    sections = {key: part for key, part in chat["properties"].items() if key != "huggingFaceToken"}
    assert settings_of(sections).models[0].name == "llama3-8b"
