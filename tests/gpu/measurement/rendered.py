"""Reads the folder that `render` writes: the Deployment of a model server, and its adapters."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast, final

import yaml

_MODEL: Final = 1
"""Place of the model among the arguments of `vllm serve MODEL`."""


@final
@dataclass(frozen=True, kw_only=True)
class Container:
    """What a container starts. Variables that come from a Secret are left out."""

    name: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    mounts: Mapping[str, str]
    """Volume names to paths in the container."""

    def option(self, name: str) -> str | None:
        """The value of an argument `NAME=VALUE`, or None."""
        prefix = f"{name}="
        values = [a.removeprefix(prefix) for a in self.arguments if a.startswith(prefix)]
        return values[-1] if values else None


@final
@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A rendered model server. Seconds."""

    server: Container
    syncer: Container | None
    """The LoRA syncer; None without adapters."""
    adapters: Mapping[str, str]
    """Files of the adapters' ConfigMap, by name; empty without adapters."""
    startup: int
    """What the startup probe allows."""
    grace_period: int
    pre_stop: int

    @property
    def model(self) -> str:
        """The base model's repository."""
        return self.server.arguments[_MODEL]

    @property
    def served_name(self) -> str:
        """The name that requests give as `model`."""
        return self.server.option("--served-model-name") or self.model

    @property
    def port(self) -> int:
        """Where the server listens."""
        return int(self.server.option("--port") or 8000)

    @property
    def gpus(self) -> int:
        """GPUs of one replica."""
        return int(self.server.option("--tensor-parallel-size") or 1)

    @property
    def lora_rank(self) -> int:
        """Highest rank that the server takes."""
        return int(self.server.option("--max-lora-rank") or 16)

    @property
    def adapter_sources(self) -> Mapping[str, str]:
        """Names of the adapters to where the syncer is to load them from."""
        found: dict[str, str] = {}
        for name, text in self.adapters.items():
            if not name.endswith(".yaml"):
                # The probe's script.
                continue
            config = cast("dict[str, Any]", yaml.safe_load(text))["vLLMLoRAConfig"]
            for adapter in config.get("ensureExist", {}).get("models", ()):
                found[adapter["id"]] = adapter["source"]
        return found

    @property
    def words(self) -> str:
        """The server's command as one line."""
        return shlex.join([*self.server.command, *self.server.arguments])


def _container(spec: Mapping[str, Any]) -> Container:
    return Container(
        name=spec["name"],
        command=tuple(spec.get("command", ())),
        arguments=tuple(spec.get("args", ())),
        environment={e["name"]: e["value"] for e in spec.get("env", ()) if "value" in e},
        mounts={mount["name"]: mount["mountPath"] for mount in spec.get("volumeMounts", ())},
    )


def _documents(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if isinstance(document, dict):
                yield cast("dict[str, Any]", document)


def read(folder: Path) -> Rendered:
    """The model server of a rendered stack with one model.

    Raises:
        LookupError: when there is no Deployment, or more than one.

    """
    documents = list(_documents(folder))
    deployments = [d for d in documents if d.get("kind") == "Deployment"]
    if len(deployments) != 1:
        message = f"{folder} has {len(deployments)} Deployments, and one model server is looked for"
        raise LookupError(message)
    pod = deployments[0]["spec"]["template"]["spec"]
    (server,) = pod["containers"]
    syncers = [_container(spec) for spec in pod.get("initContainers", ())]
    volumes = {v["configMap"]["name"] for v in pod.get("volumes", ()) if "configMap" in v}
    maps = [
        d for d in documents if d.get("kind") == "ConfigMap" and d["metadata"]["name"] in volumes
    ]
    probe = server["startupProbe"]
    return Rendered(
        server=_container(server),
        syncer=next((c for c in syncers if "sidecar.py" in c.command), None),
        adapters=maps[0]["data"] if maps else {},
        startup=probe["failureThreshold"] * probe["periodSeconds"],
        grace_period=pod["terminationGracePeriodSeconds"],
        pre_stop=server.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0),
    )
