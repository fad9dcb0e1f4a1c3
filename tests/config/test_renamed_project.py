"""A project that `pulumi new` named: `pulumi config set KEY` writes below that name."""

from collections.abc import Mapping
from contextvars import copy_context
from pathlib import Path
from typing import Final

import pytest
from pulumi.runtime.config import set_all_config

from inference.config import Configuration, RefusedError, load, stack_file
from inference.config.read_settings import read_settings

_NAME: Final = "my-endpoint"
_TOKEN: Final = "hf_AbCdEfGhIjKlMnOpQrStUvWx"  # noqa: S105 no real one


def _as_given(text: str) -> str:
    return text


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine runs the program as a project of another name."""
    monkeypatch.setattr("pulumi.get_project", lambda: _NAME)
    # An Output starts a coroutine, which outside of a program nobody would await.
    monkeypatch.setattr("pulumi.Output.secret", _as_given)


def loaded(config: Mapping[str, str], secrets: tuple[str, ...] = ()) -> Configuration:
    """What the program reads of the engine's configuration."""

    def read() -> Configuration:
        set_all_config({"gke-inference-gateway:models": "[{}]", **config}, list(secrets))
        return load()

    return copy_context().run(read)


@pytest.mark.usefixtures("renamed")
def test_keys_hold_below_the_programs_name_and_below_the_projects() -> None:
    configuration = loaded(
        {
            "gke-inference-gateway:namespace": "models",
            f"{_NAME}:gatewayRelease": "v1.5.0",
            f"{_NAME}:huggingFaceToken": _TOKEN,
            # A default of Pulumi.yaml, which the engine gives below the project's name.
            f"{_NAME}:namespace": "",
        },
        (f"{_NAME}:huggingFaceToken",),
    )

    assert configuration.settings.namespace == "models"
    assert configuration.settings.gateway_release == "v1.5.0"
    assert configuration.token is not None
    assert configuration.token.encrypted


@pytest.mark.usefixtures("renamed")
def test_an_unknown_key_of_the_project_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        loaded({f"{_NAME}:modls": "[]"})

    (finding,) = caught.value.findings
    assert finding.id == "config.unknown-key"


@pytest.mark.usefixtures("renamed")
def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        loaded({f"{_NAME}:namespace": "a", "gke-inference-gateway:namespace": "b"})

    (finding,) = caught.value.findings
    assert finding.path == "namespace"
    assert f"{_NAME}:namespace" in finding.message


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a renamed project."""
    text = (stack_file.ROOT / "Pulumi.yaml").read_text("utf-8")
    first, rest = text.split("\n", 1)
    assert first == "name: gke-inference-gateway"
    (tmp_path / "Pulumi.yaml").write_text(f"name: {_NAME}\n{rest}", "utf-8")
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    return tmp_path


def test_a_plan_reads_the_file_as_the_engine_does(template: Path) -> None:
    file = template / "Pulumi.dev.yaml"
    file.write_text(
        f"config:\n  {_NAME}:namespace: models\n  {_NAME}:huggingFaceToken: {{secure: v1:abc}}\n"
        "  gke-inference-gateway:gatewayRelease: v1.5.0\n"
        "  models: [{}]\n",
        "utf-8",
    )

    stack = stack_file.read_file(file)

    assert read_settings(stack).namespace == "models"
    assert read_settings(stack).gateway_release == "v1.5.0"
    assert stack.secret_keys == {"gke-inference-gateway:huggingFaceToken"}
    assert stack.written["gke-inference-gateway:huggingFaceToken"] == f"{_NAME}:huggingFaceToken"


def test_a_plan_refuses_a_key_that_stands_twice(template: Path) -> None:
    file = template / "Pulumi.dev.yaml"
    file.write_text(
        f"config:\n  {_NAME}:namespace: a\n  gke-inference-gateway:namespace: b\n", "utf-8"
    )

    with pytest.raises(RefusedError) as caught:
        stack_file.read_file(file)

    (finding,) = caught.value.findings
    assert finding.path == "namespace"
    assert f"{_NAME}:namespace" in finding.message
