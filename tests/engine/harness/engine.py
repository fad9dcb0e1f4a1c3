"""The real Pulumi engine on the real program: a project folder, a file backend, one stack."""

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, cast, final

import yaml
from pulumi import automation
from pulumi.automation import events

from harness.processes import LESS_COLLECTING
from harness.run_folder import VARIABLE, RunFolder
from harness.toolchain import ROOT, TOOLCHAIN
from inference.config.finding import PROJECT

_UNCHANGED: Final = frozenset({"same", "read", "refresh"})
_LEFT_BEHIND: Final = shutil.ignore_patterns(".*", "tests", "docs", "*.egg-info", "__pycache__")
TOKEN: Final = "hf_" + "EngineTestToken" * 2
PASSPHRASE: Final = "a passphrase of the engine tests"  # noqa: S105 of a state made by a test
LANGUAGE: Final = ROOT / "tests" / "engine" / "language_stand_in.py"
_PLUGINS: Final = {"gcp": "harness.gcp_plugin", "kubernetes": "harness.kubernetes_plugin"}


@final
@dataclass(frozen=True, kw_only=True)
class Update:
    """What an update, preview or destroy did.

    Attributes:
        steps: operation by resource name in the program, unchanged resources left out; a
            replacement is `replace`, whatever its parts.
        changes: number of resources by outcome, as the engine sums up: `same`, `update` …
        output: everything that the engine printed.
        diagnostics: warnings and errors.

    """

    steps: Mapping[str, str]
    changes: Mapping[str, int]
    output: str
    diagnostics: list[str] = field(default_factory=list[str])


class UpdateError(Exception):
    """An update that failed, with what it did until then."""

    def __init__(self, message: str, update: Update) -> None:
        super().__init__(message)
        self.update = update


def install_programs(run: RunFolder, token: str) -> None:
    """Put what the engine and the kubeconfig call onto PATH: provider plugins and GKE's plugin."""
    credential = (
        '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", '
        f'"status": {{"token": "{token}"}}}}'
    )
    scripts = {
        **{
            f"pulumi-resource-{name}": f'exec "{sys.executable}" -m {module} "$@"'
            for name, module in _PLUGINS.items()
        },
        "gke-gcloud-auth-plugin": f"echo '{credential}'",
        # As Pulumi brings it: it runs dynamic resources by the project's Python.
        "pulumi-resource-pulumi-python": f'exec "{sys.executable}" -u -m pulumi.dynamic "$@"',
        # `pulumi import` looks for the project's language, and asks it nothing.
        "pulumi-language-python": f'exec "{sys.executable}" "{LANGUAGE}" "$@"',
    }
    for name, line in scripts.items():
        script = run.programs / name
        script.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        script.chmod(0o755)


def environment(run: RunFolder) -> dict[str, str]:
    """Variables for the engine and all that it starts."""
    return {
        "PATH": os.pathsep.join([str(run.programs), str(TOOLCHAIN / "bin"), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "engine")]),
        "KUBECONFIG": str(run.admin_kubeconfig),
        "KUBECACHEDIR": str(run.path / "kube-cache"),
        "PULUMI_BACKEND_URL": f"file://{run.path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_HOME": str(run.path / "pulumi-home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # A control plane that is reached by its DNS name has a certificate that everyone trusts.
        "SSL_CERT_FILE": str(run.path / "ca.crt"),
        VARIABLE: str(run.path),
        **LESS_COLLECTING,
    }


def _program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


@final
class Engine:
    """One stack of the program, from a committed stack file."""

    def __init__(self, run: RunFolder, stack: str, crds: Path, google: Mapping[str, str]) -> None:
        """Make the stack; `google` are the variables by which Google's APIs are found."""
        self.name = stack
        self._environment = {**environment(run), **google}
        self.run = run
        self.project = run.path / "project"
        self.state = run.path / "state"
        self.state.mkdir()
        shutil.copytree(ROOT, self.project, ignore=_LEFT_BEHIND)
        options = automation.LocalWorkspaceOptions(
            work_dir=str(self.project),
            env_vars=self._environment,
            pulumi_command=automation.PulumiCommand(str(TOOLCHAIN)),
        )
        self.stack = automation.create_or_select_stack(
            stack, project_name=PROJECT, program=_program, opts=options
        )
        # What a committed file leaves to its reader.
        text = self.stack_file.read_text(encoding="utf-8").replace("example.com", "my-domain.dev")
        self.stack_file.write_text(text, encoding="utf-8")
        self.configure("gcp:project", "test-project")
        self.change("crds", {"source": str(crds)})
        if self.section("huggingFaceSecretManager") is None:
            self.set_token(TOKEN)

    @property
    def stack_file(self) -> Path:
        """The stack file that the engine reads."""
        return self.project / f"Pulumi.{self.name}.yaml"

    def configure(self, key: str, value: Any) -> None:  # noqa: ANN401 any YAML
        """Set a key of the stack file."""
        content = yaml.safe_load(self.stack_file.read_text(encoding="utf-8"))
        content["config"][key] = value
        self.stack_file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def change(self, section: str, value: Any) -> None:  # noqa: ANN401 any YAML
        """Set a section of the program's configuration."""
        self.configure(f"{PROJECT}:{section}", value)

    def section(self, section: str) -> Any:  # noqa: ANN401 any YAML
        """A section as the stack file has it."""
        content = yaml.safe_load(self.stack_file.read_text(encoding="utf-8"))
        return content["config"].get(f"{PROJECT}:{section}")

    def set_token(self, token: str) -> None:
        """Set the Hugging Face token, encrypted."""
        self.stack.set_config("huggingFaceToken", automation.ConfigValue(token, secret=True))

    def preview(self) -> Update:
        """What an update would do."""
        return self._run(self.stack.preview)

    def up(self) -> Update:
        """Update the stack."""
        return self._change(self.stack.up)

    def refresh(self) -> Update:
        """Read every resource anew."""
        return self._change(self.stack.refresh)

    def destroy(self) -> Update:
        """Destroy what the stack has."""
        return self._change(self.stack.destroy)

    def unlock(self) -> None:
        """Take away the lock of a killed update."""
        self.stack.cancel()

    def has_pending_operations(self) -> bool:
        """Whether the state knows of operations without an end."""
        return bool(self._deployment().get("pending_operations"))

    def recover(self, status: int = 0) -> str:
        """`inference recover`, as a user gives it; what it prints."""
        command = [sys.executable, "-m", "inference", "recover", "--stack", self.name, "--yes"]
        result = subprocess.run(  # noqa: S603 our own command
            command,
            cwd=self.project,
            # A table as wide as its words, which are then found whole.
            env={**os.environ, **self._environment, "COLUMNS": "500"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == status, result.stdout + result.stderr
        return result.stdout

    @property
    def side_file(self) -> Path:
        """What Pulumi writes beside the state, in place, so that a kill can cut it off."""
        return self.state / ".pulumi" / "stacks" / PROJECT / f"{self.name}.json.attrs"

    def ids(self) -> dict[str, str]:
        """Id by resource name of everything that a provider made."""
        return {
            resource["urn"].rpartition("::")[2]: resource["id"]
            for resource in self._deployment().get("resources", [])
            if resource.get("custom") and not resource["type"].startswith("pulumi:")
        }

    def _deployment(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.stack.export_stack().deployment)

    def _change(self, operation: Callable[..., Any]) -> Update:
        """Run what changes the stack, whose history is not read with its secrets decrypted."""
        return self._run(partial(operation, show_secrets=False))

    def _run(self, operation: Callable[..., Any]) -> Update:
        seen: list[events.EngineEvent] = []
        printed: list[str] = []
        failure: automation.CommandError | None = None
        try:
            operation(on_event=seen.append, on_output=printed.append)
        except automation.CommandError as error:
            failure = error
        update = Update(
            steps=_steps(seen),
            changes=_changes(seen),
            output="\n".join(printed),
            diagnostics=_diagnostics(seen),
        )
        if failure is not None:
            message = "\n".join(update.diagnostics) or str(failure)
            raise UpdateError(message, update) from failure
        return update


def _steps(seen: list[events.EngineEvent]) -> dict[str, str]:
    steps: dict[str, str] = {}
    for event in seen:
        found = event.resource_pre_event
        if found is None:
            continue
        if "::pulumi:providers:pulumi-python::" in found.metadata.urn:
            # The engine's own provider of dynamic resources: it has the whole configuration, and
            # Pulumi shows nothing of it.
            continue
        name = found.metadata.urn.rpartition("::")[2]
        operation = str(cast("Any", found.metadata.op).value)
        if operation in _UNCHANGED:
            continue
        replacing = "replace" in operation or steps.get(name) == "replace"
        steps[name] = "replace" if replacing else operation
    return steps


def _changes(seen: list[events.EngineEvent]) -> dict[str, int]:
    """The engine's own sum; a refresh tells only there what it found changed."""
    for event in seen:
        if event.summary_event is not None:
            every = cast("Mapping[Any, int]", event.summary_event.resource_changes or {})
            return {str(getattr(key, "value", key)): count for key, count in every.items()}
    return {}


def _diagnostics(seen: list[events.EngineEvent]) -> list[str]:
    return [
        event.diagnostic_event.message
        for event in seen
        if event.diagnostic_event and event.diagnostic_event.severity in {"warning", "error"}
    ]
