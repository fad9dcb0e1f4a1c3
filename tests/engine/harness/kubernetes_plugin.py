"""Stand-in for the kubernetes provider: server-side apply, and its waiting, on a real API server.

Objects go to the cluster of the provider's own kubeconfig; Helm releases through the real Helm.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar, cast, final

import yaml

from harness.api import Api, NotFoundError, Object, persistent
from harness.faults import helm_is_to_die
from harness.helm_release import Helm
from harness.kubernetes_wait import is_ready
from harness.plugin import Change, Plugin, ProviderError, Resource, State, changed_keys, serve
from harness.run_folder import RunFolder
from harness.values import has_null_in_list, has_unknown

_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_MANAGER: Final = "pulumi-kubernetes"
_TIMEOUT: Final = 600
_POLL: Final = 0.1
_MUTABLE_OPTIONS: Final = {"ConfigMap": "enableConfigMapMutable", "Secret": "enableSecretMutable"}
_T = TypeVar("_T")


def _metadata(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", values.get("metadata") or {})


def _group_kind(values: Mapping[str, Any]) -> tuple[str, str]:
    return str(values.get("apiVersion", "")).rpartition("/")[0], str(values.get("kind", ""))


def _within(live: Any, wanted: Any) -> Any:  # noqa: ANN401 any JSON
    """The part of a live object that a program's inputs name: a cluster adds fields of its own."""
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        found, shape = cast("Mapping[str, Any]", live), cast("Mapping[str, Any]", wanted)
        return {key: _within(found[key], part) for key, part in shape.items() if key in found}
    if isinstance(wanted, list) and isinstance(live, list):
        found, shapes = cast("list[Any]", live), cast("list[Any]", wanted)
        if len(found) == len(shapes):
            return [_within(one, shape) for one, shape in zip(found, shapes, strict=True)]
    return cast("Any", live)


def _owned(live: Object, path: list[str], *, by_us: bool) -> bool:
    """Whether the provider, or anyone else, owns a field of a live object."""
    for entry in _metadata(live).get("managedFields") or ():
        fields: Any = entry.get("fieldsV1", {})
        for key in path:
            inside = cast("Mapping[str, Any]", fields if isinstance(fields, Mapping) else {})
            fields = inside.get(f"f:{key}")
        if fields is not None and (entry["manager"] == _MANAGER) is by_us:
            return True
    return False


def handed_over(
    inputs: Mapping[str, Any], live: Object, ignored: tuple[str, ...]
) -> Mapping[str, Any]:
    """Inputs with what is ignored as the cluster has it, or without, when others alone own it."""
    body: dict[str, Any] = json.loads(json.dumps(inputs))
    for one in ignored:
        path = one.split(".")
        inside, present = body, cast("Any", live)
        for key in path[:-1]:
            inside, present = inside[key], present[key]
        if _owned(live, path, by_us=False) and not _owned(live, path, by_us=True):
            inside.pop(path[-1], None)
        elif path[-1] in present:
            inside[path[-1]] = present[path[-1]]
    return body


@final
class KubernetesPlugin(Plugin):
    """The provider."""

    who = "kubernetes"
    version = "4.34.2"

    def __init__(self, run: RunFolder) -> None:
        super().__init__(run)
        self._options: Mapping[str, Any] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="kubernetes-plugin-", dir=run.path))
        self._api: Api | None = None
        self._helm: Helm | None = None

    def diff_configuration(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
        """Another cluster replaces; one of the same identifier does not."""
        keys = changed_keys(old, new)
        named = "clusterIdentifier" in old and "clusterIdentifier" in new
        replacing = ("clusterIdentifier",) if named else ("kubeconfig", "context")
        return Change(keys=keys, replaces=tuple(key for key in replacing if key in keys))

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Connect by the kubeconfig that the program gives, exec plugin and all."""
        self._options = configuration
        text = configuration.get("kubeconfig") or ""
        path = self._folder / "kubeconfig"
        if "\n" not in text and "{" not in text:
            # A file's name, or nothing: the usual places.
            place = text or os.environ.get("KUBECONFIG", "~/.kube/config")
            text = Path(place).expanduser().read_text(encoding="utf-8")
        access = yaml.safe_load(text)
        if configuration.get("context"):
            access["current-context"] = configuration["context"]
        path.write_text(yaml.safe_dump(access), encoding="utf-8")
        path.chmod(0o600)
        self._api = Api(path, self._folder / "discovery.json")
        self._helm = Helm(path, self.run.charts, Path.cwd())

    def target(self, resource: Resource) -> str:
        """Kind and object name."""
        name = _metadata(resource.inputs).get("name") or resource.inputs.get("name")
        return f"{resource.inputs.get('kind') or resource.kind}/{name}"

    def diff(self, resource: Resource) -> Change:
        """Compare inputs; a name, namespace, kind or selector cannot be changed in place."""
        old, new = resource.old_inputs, resource.inputs
        keys = changed_keys(old, new)
        if resource.type == _RELEASE:
            if "values" in keys and has_null_in_list(new.get("values")):
                # Tried with pulumi-kubernetes 4.34: its diff of a release panics.
                message = "fatal: An assertion has failed: path: [values documents 0 status ...]"
                raise ProviderError(message)
            fixed = tuple(key for key in ("name", "namespace") if key in keys)
            return Change(keys=keys, replaces=fixed)
        replaces: list[str] = []
        if _group_kind(old) != _group_kind(new):
            replaces.append("kind")
        replaces += [
            f"metadata.{key}"
            for key in ("name", "namespace")
            if _metadata(old).get(key) != _metadata(new).get(key)
        ]
        if resource.kind == "Deployment" and old["spec"]["selector"] != new["spec"]["selector"]:
            replaces.append("spec.selector")
        option = _MUTABLE_OPTIONS.get(resource.kind)
        if option and str(self._options.get(option, "")).lower() != "true":
            replaces += [key for key in ("data", "stringData") if key in keys]
        if resource.kind.endswith("RoleBinding") and "roleRef" in keys:
            replaces.append("roleRef")
        return Change(keys=keys, replaces=tuple(replaces))

    def previewed(self, resource: Resource) -> Mapping[str, Any]:
        """Let the API server say what it would make of an object, where it can."""
        if resource.type == _RELEASE or has_unknown(dict(resource.inputs)):
            return resource.inputs
        try:
            return self._apply(resource, dry_run=True)
        except NotFoundError:
            # Its CRD or its namespace comes with the same update.
            return resource.inputs

    def create(self, resource: Resource) -> State:
        """Make the object and wait until it is ready.

        Raises:
            ProviderError: when it exists already, or is refused.

        """
        if resource.type == _RELEASE:
            return self._release("install", resource)
        if self._live(resource) is not None:
            message = f'{resource.kind} "{_metadata(resource.inputs).get("name")}" already exists'
            raise ProviderError(message)
        self._apply(resource)
        return self._ready(resource)

    def update(self, resource: Resource) -> State:
        """Change the object and wait until it is ready."""
        if resource.type == _RELEASE:
            return self._release("upgrade", resource)
        self._apply(resource)
        return self._ready(resource)

    def read(self, resource: Resource) -> State | None:
        """The object, with the part that the program's inputs name as inputs."""
        if resource.type == _RELEASE:
            return self._required(self._helm).read(resource)
        if not resource.inputs:
            return self._imported(resource)
        live = self._live(resource)
        if live is None:
            return None
        inputs = cast("Mapping[str, Any]", _within(live, resource.inputs))
        if "stringData" in resource.inputs:
            # Written only; what it became stands in `data`.
            inputs = {**inputs, "stringData": resource.inputs["stringData"]}
        return self._state(live, inputs)

    def _imported(self, resource: Resource) -> State | None:
        """An object of which only type and id are given: its inputs are what it is now."""
        group_version, _, kind = resource.type.removeprefix("kubernetes:").rpartition(":")
        named = {"apiVersion": group_version.removeprefix("core/"), "kind": kind}
        live = self._live(replace(resource, inputs=named))
        if live is None:
            return None
        metadata = {
            key: value
            for key, value in _metadata(live).items()
            if key in {"name", "namespace", "labels", "annotations"}
        }
        content = {key: value for key, value in live.items() if key not in {"metadata", "status"}}
        return self._state(live, {**content, "metadata": metadata})

    def delete(self, resource: Resource) -> None:
        """Delete in the foreground and wait until it is gone.

        Raises:
            ProviderError: when it is still there after the timeout.

        """
        if resource.type == _RELEASE:
            self._required(self._helm).uninstall(resource)
            return
        api, values = self._required(self._api), resource.inputs or resource.outputs
        name, namespace = self._place(resource)
        try:
            persistent(lambda: api.delete(values["apiVersion"], values["kind"], name, namespace))
        except NotFoundError:
            return
        self._until(lambda: self._live(resource) is None, resource, "was not deleted")

    def _release(self, verb: str, resource: Resource) -> State:
        dies = helm_is_to_die(self.run, str(resource.inputs["name"]))
        return self._required(self._helm).apply(verb, resource, dies=dies)

    def _required(self, part: _T | None) -> _T:
        if part is None:
            message = "the provider has no cluster yet"
            raise ProviderError(message)
        return part

    def _place(self, resource: Resource) -> tuple[str, str | None]:
        """The object's name and namespace."""
        values, api = resource.inputs or resource.outputs, self._required(self._api)
        namespace, _, name = resource.id.rpartition("/")
        metadata = _metadata(values)
        name = name or str(metadata["name"])
        if not persistent(lambda: api.is_namespaced(values["apiVersion"], values["kind"])):
            return name, None
        return name, namespace or metadata.get("namespace") or "default"

    def _live(self, resource: Resource) -> Object | None:
        values, api = resource.inputs or resource.outputs, self._required(self._api)
        try:
            name, namespace = self._place(resource)
        except NotFoundError:
            return None
        return persistent(lambda: api.get(values["apiVersion"], values["kind"], name, namespace))

    def _apply(self, resource: Resource, *, dry_run: bool = False) -> Object:
        api = self._required(self._api)
        _, namespace = self._place(resource)
        live = self._live(resource) if resource.ignored else None
        body = handed_over(resource.inputs, live, resource.ignored) if live else resource.inputs
        return persistent(lambda: api.apply(body, namespace, _MANAGER, dry_run=dry_run))

    def _ready(self, resource: Resource) -> State:
        def ready() -> bool:
            live = self._live(resource)
            return live is not None and is_ready(live)

        self._until(ready, resource, "was not ready")
        live = self._live(resource)
        if live is None:
            message = f"{self.target(resource)} is gone"
            raise ProviderError(message)
        return self._state(live, resource.inputs)

    def _until(self, done: Callable[[], bool], resource: Resource, problem: str) -> None:
        deadline = time.monotonic() + (resource.timeout or _TIMEOUT)
        while not done():
            if time.monotonic() > deadline:
                message = f"{self.target(resource)} {problem} in time"
                raise ProviderError(message)
            time.sleep(_POLL)

    def _state(self, live: Object, inputs: Mapping[str, Any]) -> State:
        metadata = _metadata(live)
        namespace = metadata.get("namespace")
        return State(
            id=f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"]),
            outputs=live,
            inputs=inputs,
            secret_keys=("data", "stringData") if live["kind"] == "Secret" else (),
        )


if __name__ == "__main__":
    serve(KubernetesPlugin(RunFolder.from_environment()))
