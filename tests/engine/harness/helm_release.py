"""Helm releases by the real Helm: what the kubernetes provider's `helm.v3.Release` does."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast, final

from harness.api import UnavailableError, persistent
from harness.plugin import PartialError, ProviderError, Resource, State
from harness.processes import wait_for
from harness.toolchain import program

_TIMEOUT: Final = 300
_IN_USE: Final = "still in use"
"""What Helm says of a name that it has a release of: nothing was made."""


@final
class Helm:
    """Helm with one kubeconfig, and a folder in the place of chart registries."""

    def __init__(self, kubeconfig: Path, charts: Path, project: Path) -> None:
        self._kubeconfig = kubeconfig
        self._charts = charts
        self._project = project

    def _command(self, *arguments: str) -> list[str]:
        return [program("helm"), *arguments, "--kubeconfig", str(self._kubeconfig)]

    def _run(self, *arguments: str) -> str:
        result = subprocess.run(  # noqa: S603 our own command
            self._command(*arguments),
            capture_output=True,
            text=True,
            check=False,
            cwd=self._project,
        )
        if result.returncode:
            raise ProviderError(result.stderr.strip().removeprefix("Error: "))
        return result.stdout

    def _chart(self, inputs: Mapping[str, Any]) -> str:
        """The chart's folder: as given, or what stands for an OCI reference."""
        reference = str(inputs["chart"])
        if not reference.startswith("oci://"):
            return reference
        name, _, rest = reference.rpartition("/")[2].partition(":")
        version = inputs.get("version") or rest.partition("@")[0]
        folder = self._charts / f"{name}-{version}"
        if not folder.exists():
            message = f"failed to pull {reference}:{version}: not found"
            raise ProviderError(message)
        return str(folder)

    def _place(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        return [str(inputs["name"]), "--namespace", str(inputs.get("namespace") or "default")]

    def apply(self, verb: str, resource: Resource, *, dies: bool = False) -> State:
        """`install` a release, of whose name there must be none, or `upgrade` the one there is.

        Raises:
            ProviderError: with what Helm says, or because it `dies`.
            UnavailableError: when the release cannot be read afterwards.

        """
        inputs = resource.inputs
        name, *place = self._place(inputs)
        seconds = int(inputs.get("timeout") or _TIMEOUT)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as values:
            json.dump(inputs.get("values") or {}, values)
            values.flush()
            options = ["--values", values.name, "--wait", "--timeout", f"{seconds}s"]
            try:
                if dies:
                    self._die(resource, verb, name, self._chart(inputs), *place, *options)
                self._run(verb, name, self._chart(inputs), *place, *options)
            except ProviderError as error:
                self._raise_partial(verb, resource, error)
                raise
        state = self._answered(resource)
        if state is None:
            message = f"release {name} is not there after `helm {verb}`"
            raise ProviderError(message)
        return state

    def _die(self, resource: Resource, *arguments: str) -> None:
        """Kill Helm as soon as its record says that it works.

        Raises:
            ProviderError: always.

        """

        def pending() -> bool:
            made = self.read(resource)
            return made is not None and made.outputs["status"]["status"].startswith("pending-")

        with subprocess.Popen(self._command(*arguments), cwd=self._project) as helm:  # noqa: S603
            wait_for("a pending revision", pending)
            helm.kill()
        message = "the connection to Helm is lost"
        raise ProviderError(message)

    def _raise_partial(self, verb: str, resource: Resource, error: ProviderError) -> None:
        """A failed install whose release Helm knows is recorded, as the provider does it.

        Raises:
            PartialError: where Helm answers that it is there.

        """
        made = None
        if verb == "install" and _IN_USE not in str(error):
            with suppress(UnavailableError):
                made = self._answered(resource)
        if made is not None:
            raise PartialError(str(error), made)

    def _answered(self, resource: Resource) -> State | None:
        """Read until the API server answers: the provider has Helm, and its record, in itself.

        Raises:
            UnavailableError: when it does not for long.

        """

        def ask() -> State | None:
            try:
                return self.read(resource)
            except ProviderError as error:
                raise UnavailableError(str(error)) from error

        return persistent(ask)

    def uninstall(self, resource: Resource) -> None:
        """Remove the release; what its chart keeps stays."""
        if self.read(resource) is not None:
            self._run("uninstall", *self._place(resource.inputs), "--wait")

    def read(self, resource: Resource) -> State | None:
        """The release as Helm knows it, or None."""
        namespace, _, name = resource.id.rpartition("/")
        inputs = resource.inputs
        name = name or str(inputs["name"])
        namespace = namespace or str(inputs.get("namespace") or "default")
        every = cast(
            "list[dict[str, Any]]",
            json.loads(
                self._run(
                    "list",
                    "--all",
                    "--namespace",
                    namespace,
                    "--filter",
                    f"^{name}$",
                    *("--output", "json"),
                )
            ),
        )
        if not every:
            return None
        found = every[0]
        status = {key: found[key] for key in ("name", "namespace", "status", "chart")}
        outputs = {**inputs, "name": name, "namespace": namespace, "status": status}
        # One that is imported has no inputs yet.
        known = inputs or {"name": name, "namespace": namespace}
        return State(id=f"{namespace}/{name}", outputs=outputs, inputs=known)
