"""`pulumi new` from this folder as the template, and what it makes previewed on the real engine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml
from harness.toolchain import ROOT, program

_HERE: Final = Path(__file__).parent
_NAME: Final = "my-endpoint"
_TOKEN: Final = "hf_" + "NewProjectToken" * 2
_NOT_OF_A_CLONE: Final = shutil.ignore_patterns(".*", "__pycache__", "rendered", "*.egg-info")


def _run(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 our own commands
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The engine with a backend of its own, a language host and providers standing in."""
    folder = tmp_path_factory.mktemp("engine")
    programs, state = folder / "bin", folder / "state"
    programs.mkdir()
    state.mkdir()
    for name, stand_in in (
        ("pulumi-language-python", "language_stand_in.py"),
        ("pulumi-resource-gcp", "policy_stand_in.py"),
        ("pulumi-resource-kubernetes", "policy_stand_in.py"),
    ):
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{_HERE / stand_in}"\n', "utf-8")
        script.chmod(0o755)
    # As Pulumi brings it: it runs dynamic resources by the project's Python.
    script = programs / "pulumi-resource-pulumi-python"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u -m pulumi.dynamic "$@"\n', "utf-8")
    script.chmod(0o755)
    engine = Path(program("pulumi")).parent
    return {
        **{key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        "PATH": os.pathsep.join([str(programs), str(engine), os.environ["PATH"]]),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "only for this test",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, environment: Mapping[str, str]) -> Path:
    """A project that `pulumi new` made of this one, under a name of its own."""
    folder = tmp_path_factory.mktemp("new")
    template, made = folder / "template", folder / "made"
    shutil.copytree(ROOT, template, ignore=_NOT_OF_A_CLONE)
    made.mkdir()
    arguments = ["--generate-only", "--yes", "--offline", "--name", _NAME, "--dir", str(made)]
    result = _run(["pulumi", "new", str(template), *arguments], folder, environment)
    assert result.returncode == 0, result.stdout + result.stderr
    return made


def test_the_project_has_its_name_and_is_no_template_any_more(project: Path) -> None:
    content = yaml.safe_load((project / "Pulumi.yaml").read_text("utf-8"))

    assert content["name"] == _NAME
    assert "template" not in content
    assert (project / "Pulumi.dev.yaml").read_bytes() == (ROOT / "Pulumi.dev.yaml").read_bytes()


def test_it_plans_without_account_or_engine(project: Path, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "inference", "plan", "--stack", "dev"]
    result = _run(command, project, environment)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "dev works" in result.stdout


def test_it_previews_with_keys_below_its_own_name(
    project: Path, environment: Mapping[str, str]
) -> None:
    command = [sys.executable, str(_HERE / "preview_project.py"), "dev", _TOKEN]
    result = _run(command, project, environment)
    printed = result.stdout + result.stderr

    assert result.returncode == 0, printed
    assert f"{_NAME}:huggingFaceToken" in (project / "Pulumi.dev.yaml").read_text("utf-8")
    assert (
        f"urn:pulumi:dev::{_NAME}::gke-inference-gateway:index:InferenceStack::inference" in printed
    )
    assert "hf-secret" in printed
    assert _TOKEN not in printed
