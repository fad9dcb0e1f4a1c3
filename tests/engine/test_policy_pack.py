"""The policy pack under the real engine: the real program, previewed, with providers standing in.

Makes the pack's own environment with `make policy`. Without the official language host the engine
looks for an analyzer on PATH.
"""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from harness.toolchain import ROOT, program
from pulumi import automation

from inference.catalog.releases import RELEASES

_PACK: Final = ROOT / "policy"
_PROJECT: Final = "gke-inference-gateway"
_SECTIONS: Final[Mapping[str, Any]] = {
    "crds": {
        # None is installed, so none is fetched: the policies are what is tested here.
        "preinstalled": [document.name for document in RELEASES["v1.5.0"].crds]
    },
    "models": [{"name": "qwen", "model": "Qwen/Qwen3-8B", "replicas": 2}],
    "nodePools": [{"nodes": 2}],
}
Change = Mapping[str, Any]


def _program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def _script(file: Path, *command: object) -> None:
    words = " ".join(f'"{word}"' for word in command)
    file.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    file.chmod(0o755)


@pytest.fixture(scope="module")
def pack_python() -> Path:
    """Python of the pack's own environment."""
    subprocess.run(  # noqa: S603 our own Makefile
        ["make", "--no-print-directory", "policy", f"PYTHON={sys.executable}"],  # noqa: S607
        cwd=ROOT,
        check=True,
    )
    return _PACK / ".venv" / "bin" / "python"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory, pack_python: Path) -> Path:
    """A folder for PATH: the analyzer, and a stand-in for each provider."""
    folder = tmp_path_factory.mktemp("plugins")
    file = folder / "pulumi-analyzer-policy-python"
    # Further arguments are options of the language host, which this is not.
    file.write_text(f'#!/bin/sh\nexec "{pack_python}" -m pulumi.policy "$1" "$2"\n', "utf-8")
    file.chmod(0o755)
    stand_in = Path(__file__).with_name("policy_stand_in.py")
    for provider in ("gcp", "kubernetes"):
        _script(folder / f"pulumi-resource-{provider}", sys.executable, stand_in)
    # As Pulumi brings it: it runs dynamic resources by the project's Python.
    dynamic = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-u", "-m", "pulumi.dynamic")
    _script(folder / "pulumi-resource-pulumi-python", *dynamic)
    return folder


@final
@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a preview with the pack said."""

    passed: bool
    text: str


@pytest.fixture
def preview(plugins: Path, tmp_path: Path) -> Iterator[Callable[..., Preview]]:
    """Previews the program as a stack of some name, with changes and the pack's configuration."""
    engine = Path(program("pulumi")).parent
    path = f"{plugins}{os.pathsep}{engine}{os.pathsep}{os.environ['PATH']}"
    before = os.environ["PATH"]
    os.environ["PATH"] = path
    state = tmp_path / "state"
    state.mkdir()

    def run(
        stack: str,
        change: Change | None = None,
        pack: Mapping[str, Any] | None = None,
        environment: str | None = None,
        stack_program: Callable[[], None] = _program,
    ) -> Preview:
        made = automation.create_stack(
            stack,
            project_name=_PROJECT,
            program=stack_program,
            opts=automation.LocalWorkspaceOptions(
                pulumi_home=str(tmp_path / "home"),
                env_vars={
                    "PATH": path,
                    "PULUMI_BACKEND_URL": state.as_uri(),
                    "PULUMI_CONFIG_PASSPHRASE": "only for this test",
                    "PULUMI_SKIP_UPDATE_CHECK": "true",
                },
            ),
        )
        made.set_config("gcp:project", automation.ConfigValue("test-project"))
        for key, value in {**_SECTIONS, **(change or {})}.items():
            made.set_config(f"{_PROJECT}:{key}", automation.ConfigValue(json.dumps(value)))
        if environment is not None:
            made.set_tag("environment", environment)
        config = tmp_path / "pack.json"
        config.write_text(json.dumps(pack or {}), encoding="utf-8")
        lines: list[str] = []
        try:
            made.preview(
                policy_packs=[str(_PACK)],
                policy_pack_configs=[str(config)],
                on_output=lines.append,
                color="never",
            )
        except automation.CommandError as error:
            return Preview(passed=False, text="\n".join([*lines, str(error)]))
        return Preview(passed=True, text="\n".join(lines))

    yield run
    os.environ["PATH"] = before


def test_a_development_stack_passes(preview: Callable[..., Preview]) -> None:
    result = preview("dev")

    assert result.passed, result.text
    assert "gke-inference-gateway-policy" in result.text


def test_the_same_stack_elsewhere_is_refused_for_clear_text(
    preview: Callable[..., Preview],
) -> None:
    result = preview("staging")

    assert not result.passed
    assert "no-public-http" in result.text
    assert "uses HTTP on the internet" in result.text


def test_a_tag_says_what_a_name_does_not(preview: Callable[..., Preview]) -> None:
    result = preview("staging", environment="development")

    assert result.passed, result.text


def test_every_broken_rule_is_told_at_once(preview: Callable[..., Preview]) -> None:
    models = [
        {
            "name": "qwen",
            "model": "Qwen/Qwen3-8B",
            "image": "docker.io/vllm/vllm-openai:v0.32.0",
        }
    ]
    result = preview(
        "prod",
        {"models": models, "gateway": {"className": "gke-l7-rilb"}},
        {
            "pinned-images": {"requireDigests": True},
            "allowed-regions": {"regions": ["europe-west4"]},
            "allowed-machine-types": {"machineTypes": ["g2-*"]},
            "labels": {"kubernetes": ["team"]},
            "gpu-grace-period": {"leastSeconds": 600},
        },
    )

    assert not result.passed
    for rule in (
        "deletion-protection",
        "pinned-images",
        "allowed-regions",
        "allowed-machine-types",
        "labels",
        "gpu-grace-period",
    ):
        assert rule in result.text, f"{rule} is missing in {result.text}"
    assert "no-public-http" not in result.text


def _without_budget() -> None:
    """A workload with a GPU and nothing that guards it, in a cluster that is there."""
    gpu = {"name": "vllm", "image": "vllm:v1", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
    labels = {"app.kubernetes.io/managed-by": "a", "app.kubernetes.io/part-of": "b"}
    pod = {"containers": [gpu], "terminationGracePeriodSeconds": 130}
    spec: Any = {
        "selector": {"matchLabels": {"app": "alone"}},
        "template": {"metadata": {"labels": {"app": "alone"}}, "spec": pod},
    }
    kubernetes.apps.v1.Deployment(
        "alone",
        metadata={"labels": labels},
        spec=spec,
        opts=pulumi.ResourceOptions(provider=kubernetes.Provider("there")),
    )


def test_rules_of_the_whole_stack_are_asked_too(preview: Callable[..., Preview]) -> None:
    result = preview("dev", stack_program=_without_budget)

    assert not result.passed, result.text
    assert "gpu-disruption-budget" in result.text


def test_a_rule_can_be_made_advisory(preview: Callable[..., Preview]) -> None:
    result = preview("staging", pack={"no-public-http": "advisory"})

    assert result.passed, result.text
    assert "no-public-http" in result.text
