"""The component package under the real engine, used by programs that know only its schema."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest
import yaml
from harness.toolchain import ROOT, program
from pulumi import automation

from inference.catalog.releases import RELEASES

_TYPE: Final = "gke-inference-gateway:index:InferenceEndpoint"
_TOKEN: Final = "hf_" + "PackageTestToken" * 2
_SECTIONS: Final[Mapping[str, Any]] = {
    "gcp": {"project": "test-project", "region": "us-central1"},
    "crds": {
        # None is installed, so none is fetched.
        "preinstalled": [document.name for document in RELEASES["v1.5.0"].crds]
    },
}
_MODEL: Final[Mapping[str, Any]] = {
    "name": "llama",
    "model": "meta-llama/Llama-3.1-8B-Instruct",
    "replicas": 2,
}


class _Remote(pulumi.ComponentResource):
    """The component as a generated SDK would have it."""

    endpoint: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]

    def __init__(self, name: str, sections: Mapping[str, Any], token: pulumi.Input[str]) -> None:
        inputs = {**sections, "huggingFaceToken": token}
        outputs = dict.fromkeys(("endpoint", "servedModels", "kubeconfig"))
        super().__init__(_TYPE, name, {**inputs, **outputs}, None, remote=True)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[str]:
    """PATH with the package and stand-ins for the providers that it uses."""
    stand_in = Path(__file__).with_name("policy_stand_in.py")
    for name, file in (
        ("gke-inference-gateway", ROOT / "plugin"),
        ("gcp", stand_in),
        ("kubernetes", stand_in),
    ):
        script = tmp_path / f"pulumi-resource-{name}"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{file}" "$@"\n', "utf-8")
        script.chmod(0o755)
    before = os.environ["PATH"]
    engine = Path(program("pulumi")).parent
    os.environ["PATH"] = os.pathsep.join([str(tmp_path), str(engine), before])
    yield os.environ["PATH"]
    os.environ["PATH"] = before


def _preview(model: Mapping[str, Any], path: str, folder: Path) -> tuple[bool, str]:
    def consumer() -> None:
        sections = {**_SECTIONS, "models": [model], "nodePools": [{"nodes": 2}]}
        made = _Remote("chat", sections, pulumi.Output.secret(_TOKEN))
        pulumi.export("endpoint", made.endpoint)
        pulumi.export("kubeconfig", made.kubeconfig)

    stack = automation.create_stack(
        "dev", project_name="consumer", program=consumer, opts=_options(path, folder)
    )
    return _previewed(stack)


def _preview_yaml(program: Mapping[str, Any], path: str, folder: Path) -> tuple[bool, str]:
    project = folder / "consumer"
    project.mkdir()
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(dict(program)), "utf-8")
    stack = automation.create_stack("dev", work_dir=str(project), opts=_options(path, folder))
    stack.set_config("huggingFaceToken", automation.ConfigValue(_TOKEN, secret=True))
    return _previewed(stack)


def _options(path: str, folder: Path) -> automation.LocalWorkspaceOptions:
    state = folder / "state"
    state.mkdir()
    return automation.LocalWorkspaceOptions(
        pulumi_home=str(folder / "home"),
        env_vars={
            "PATH": path,
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "only for this test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        },
    )


def _previewed(stack: automation.Stack) -> tuple[bool, str]:
    lines: list[str] = []
    try:
        stack.preview(on_output=lines.append, color="never")
    except automation.CommandError as error:
        return False, "\n".join([*lines, str(error)])
    return True, "\n".join(lines)


def test_another_program_gets_the_whole_stack(path: str, tmp_path: Path) -> None:
    passed, text = _preview(_MODEL, path, tmp_path)

    assert passed, text
    for made in (
        "InferenceEndpoint chat",
        "Deployment chat-llama-server-deployment",
        "Secret chat-hugging-face-secret",
        "HTTPRoute chat-gateway-route",
    ):
        assert made in text
    assert _TOKEN not in text


def test_what_is_wrong_is_shown_with_its_path(path: str, tmp_path: Path) -> None:
    passed, text = _preview({**_MODEL, "replica": 2}, path, tmp_path)

    assert not passed
    assert "models[0].replica" in text
    assert "did you mean `replicas`?" in text
    assert "plugin/endpoint.py" not in text


def _program_of_the_page() -> dict[str, Any]:
    text = (ROOT / "docs" / "plugin.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    program: dict[str, Any] = yaml.safe_load(block)
    # The engine finds the package on PATH.
    del program["packages"]
    program["resources"]["chat"]["properties"]["crds"] = _SECTIONS["crds"]
    return program


def test_the_pages_program_in_yaml_gets_the_whole_stack(path: str, tmp_path: Path) -> None:
    passed, text = _preview_yaml(_program_of_the_page(), path, tmp_path)

    assert passed, text
    for made in ("InferenceEndpoint chat", "Deployment chat-llama3-8b-server-deployment"):
        assert made in text
    assert _TOKEN not in text


def test_a_key_that_the_schema_does_not_have_stops_a_yaml_program(
    path: str, tmp_path: Path
) -> None:
    program = _program_of_the_page()
    program["resources"]["chat"]["properties"]["models"][0]["replica"] = 2
    passed, text = _preview_yaml(program, path, tmp_path)

    assert not passed
    assert "replica" in text
