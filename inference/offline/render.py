"""Writes every Kubernetes object and Helm release of a plan as files, in apply order."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from inference.catalog.kubernetes import OBJECT_TYPES, RELEASE_TYPE
from inference.config.finding import refuse
from inference.offline.plan import Plan
from inference.offline.recorder import SECRET, Registration
from inference.offline.timeline import object_name

_NOT_TO_APPLY: Final = "# Secrets read [secret]: this file is for reading, not for applying.\n"
_LIST: Final = ".rendered"
"""Names the files of the last rendering, which the next one replaces."""


class _Dumper(yaml.SafeDumper):
    """YAML with block texts, and without anchors, which reviewers need not know."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 PyYAML's signature
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(value: Any) -> str:  # noqa: ANN401 any JSON
    """A value as reviewers read it."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)


def _manifest(resource: Registration) -> str:
    ordered = ("apiVersion", "kind", "metadata")
    rest = [key for key in resource.inputs if key not in ordered]
    text = as_yaml({key: resource.inputs[key] for key in (*ordered, *rest)})
    return f"{_NOT_TO_APPLY}{text}" if SECRET in text else text


def install_command(inputs: Mapping[str, Any], values_file: str) -> str:
    """The `helm` command that makes the same release; run it in the project's folder."""
    chart = str(inputs["chart"])
    version = ["--version", str(inputs["version"])] if inputs.get("version") else []
    namespace = str(inputs.get("namespace") or "default")
    arguments = [
        "helm",
        "upgrade",
        "--install",
        str(inputs["name"]),
        chart,
        *version,
        "--namespace",
        namespace,
        "--values",
        values_file,
        "--wait",
        *(["--timeout", f"{inputs['timeout']}s"] if inputs.get("timeout") else []),
    ]
    return " ".join(shlex.quote(argument) for argument in arguments)


def _missing_documents(inputs: Mapping[str, Any]) -> str:
    """A script that says so, where CRD documents stand by name only; empty where they are there."""
    values = cast("Mapping[str, Any]", inputs.get("values") or {})
    documents = cast("list[Mapping[str, Any]]", values.get("documents") or [])
    if all("apiVersion" in document for document in documents):
        return ""
    text = "The values list only name, url and sha256 of the CRDs: render again with --crds DIR."
    return f"echo {shlex.quote(text)} >&2\nexit 1\n"


def files(plan: Plan, folder: Path) -> Iterator[tuple[str, str]]:
    """Names and contents, in apply order."""
    objects = [
        resource
        for resource in plan.run.resources
        if resource.type.startswith(OBJECT_TYPES) and not resource.read
    ]
    objects.sort(key=lambda resource: plan.waves[resource.urn])
    for index, resource in enumerate(objects, start=1):
        name = object_name(resource).replace(":", "-")
        if resource.type != RELEASE_TYPE:
            kind = str(resource.inputs["kind"]).lower()
            yield f"{index:03}-{kind}-{name}.yaml", _manifest(resource)
            continue
        values = f"{index:03}-helm-{name}.values.yaml"
        yield values, as_yaml(cast("Mapping[str, Any]", resource.inputs.get("values") or {}))
        missing = _missing_documents(resource.inputs)
        command = missing + install_command(resource.inputs, str(folder / values))
        yield (
            f"{index:03}-helm-{name}.sh",
            f"#!/bin/sh\n# Run in the project's directory.\n{command}\n",
        )


def _last_rendering(folder: Path) -> list[str]:
    """Files of the last rendering in this folder.

    Raises:
        RefusedError: when the folder holds anything else, which would be mixed up with it.
    """
    if not folder.exists():
        return []
    marker = folder / _LIST
    listed = marker.read_text(encoding="utf-8").splitlines() if marker.is_file() else []
    # Whatever the list says, nothing outside the folder is ours.
    ours = [name for name in listed if Path(name).name == name]
    foreign = sorted({file.name for file in folder.iterdir()} - {*ours, _LIST})
    if foreign:
        refuse(
            "config.folder-in-use",
            str(folder),
            f"contains {foreign[0]}, which is not from an earlier rendering and would be taken "
            "for part of this one",
            "choose an empty or new directory with --out",
        )
    return ours


def render(plan: Plan, folder: Path) -> list[Path]:
    """Write a plan's manifests to `folder` and return their paths, in apply order.

    Secrets stand as `[secret]`: what is rendered is for reading and for dry runs.

    Raises:
        RefusedError: when the folder holds files that are not of an earlier rendering.
    """
    stale = _last_rendering(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = dict(files(plan, folder))
    for name in set(stale) - set(written):
        (folder / name).unlink(missing_ok=True)
    for name, content in written.items():
        (folder / name).write_text(content, encoding="utf-8")
    (folder / _LIST).write_text("".join(f"{name}\n" for name in written), encoding="utf-8")
    return [folder / name for name in written]
