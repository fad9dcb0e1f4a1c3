"""Reads Pulumi.yaml and a stack file as the engine would, without the engine."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeGuard, cast, final

from inference.config import engine_yaml
from inference.config.finding import PROJECT, Finding, RefusedError, refuse
from inference.config.loader import ENCRYPTED
from inference.config.nearest import nearest

ROOT: Final = Path(__file__).resolve().parents[2]
"""The project's folder."""
_STACK_NAME: Final = re.compile(r"^Pulumi\.(?P<name>.+)\.ya?ml$")
TOP_LEVEL: Final = frozenset(
    {"config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt"}
)
"""What a stack file may hold: the configuration, and what the engine writes beside it."""
UNNAMED: Final = "preview"


@final
@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A stack's name and its configuration, as the engine hands it to the program."""

    name: str
    config: Mapping[str, str]
    """Namespaced key to text; structured values as JSON."""
    secret_keys: frozenset[str]
    written: Mapping[str, str] = field(default_factory=dict[str, str])
    """Key as the stack file has it, by its name here, where the project has another name."""


def _is_mapping(value: Any) -> TypeGuard[dict[str, Any]]:  # noqa: ANN401 YAML holds anything
    return isinstance(value, dict)


def _mapping(file: Path) -> dict[str, Any]:
    try:
        content: Any = engine_yaml.load(file.read_text(encoding="utf-8"))
    except OSError as error:
        refuse(
            "config.unreadable",
            str(file),
            f"cannot be read: {error.strerror}",
            "choose an existing stack file with --stack NAME or --config FILE",
        )
    except ValueError as error:
        refuse(
            "config.malformed",
            file.name,
            f"is not valid YAML: {error}",
            "correct the stack file at that place",
        )
    if content is None:
        refuse(
            "config.empty",
            file.name,
            "is empty: it sets no project and no model",
            "fill it in like Pulumi.dev.yaml, or restore it",
        )
    if not _is_mapping(content):
        refuse(
            "config.malformed",
            file.name,
            "must hold keys and values, including `config:`",
            "compare it with Pulumi.dev.yaml",
        )
    return content


def _plain(value: Any) -> tuple[Any, bool]:  # noqa: ANN401 YAML holds anything
    """A value with encrypted parts made opaque, and whether it has any."""
    if _is_mapping(value):
        if set(value) == {"secure"} and isinstance(value["secure"], str):
            return ENCRYPTED, True
        parts = {key: _plain(part) for key, part in value.items()}
        return {key: part for key, (part, _) in parts.items()}, any(s for _, s in parts.values())
    if isinstance(value, list):
        items = [_plain(part) for part in cast("list[Any]", value)]
        return [part for part, _ in items], any(secret for _, secret in items)
    return value, False


def _text(value: Any) -> str:  # noqa: ANN401 YAML holds anything
    return value if isinstance(value, str) else json.dumps(value)


def _project_config(declared: object) -> dict[str, Any]:
    """What Pulumi.yaml sets for every stack: `value`s and declared defaults."""
    result: dict[str, Any] = {}
    for key, entry in declared.items() if _is_mapping(declared) else ():
        if _is_mapping(entry):
            value = entry.get("value", entry.get("default"))
            if value is not None:
                result[key] = value
    return result


def _misplaced(key: str, file: Path) -> Finding:
    full = key if ":" in key else f"{PROJECT}:{key}"
    near = nearest(key, TOP_LEVEL, cutoff=0.7)
    return Finding(
        id="config.unknown-key",
        path=key,
        message=f"unknown at the top of {file.name}, so it would have no effect",
        fix=f"rename it to `{near}`" if near else f"move it under `config:` as {full}",
    )


def _parse(name: str, content: Mapping[str, Any], file: Path) -> StackFile:
    unknown = [key for key in content if key not in TOP_LEVEL]
    if unknown:
        raise RefusedError([_misplaced(key, file) for key in unknown])
    section: Any = content.get("config")
    declared: dict[str, Any] = {}
    if _is_mapping(section):
        declared = section
    elif section is not None:
        refuse(
            "config.malformed",
            "config",
            "must be a mapping of keys to values",
            "compare it with Pulumi.dev.yaml",
        )
    config: dict[str, str] = {}
    secrets: set[str] = set()
    written: dict[str, str] = {}
    of_all = _mapping(ROOT / "Pulumi.yaml")
    # `pulumi new` lets the user choose it.
    project = str(of_all.get("name", PROJECT))
    for key, value in {**_project_config(of_all.get("config")), **declared}.items():
        # The engine reads a key without a namespace as one of the project's.
        namespace, _, rest = key.rpartition(":")
        full = f"{PROJECT}:{rest}" if namespace in {"", project} else key
        if project != PROJECT and key in declared and full.startswith(f"{PROJECT}:"):
            if full in written:
                refuse(
                    "config.repeated-key",
                    rest,
                    f"is set as both {written[full]} and {key} in {file.name}: one of them would "
                    "have no effect",
                    f"keep one: pulumi config rm {key}",
                )
            written[full] = key if namespace else f"{project}:{key}"
        plain, secret = _plain(value)
        config[full] = _text(plain)
        if secret:
            secrets.add(full)
    return StackFile(name=name, config=config, secret_keys=frozenset(secrets), written=written)


def stack_names() -> list[str]:
    """Names of the project's stack files."""
    matches = (_STACK_NAME.match(file.name) for file in ROOT.glob("Pulumi.*.yaml"))
    return sorted(match["name"] for match in matches if match)


def read_stack(name: str) -> StackFile:
    """The stack file Pulumi.NAME.yaml of this project.

    Raises:
        RefusedError: when it does not exist or cannot be understood.
    """
    file = ROOT / f"Pulumi.{name}.yaml"
    if name not in stack_names():
        refuse(
            "config.no-such-stack",
            file.name,
            f"there is no stack {name!r}, only {', '.join(stack_names())}",
            "choose one with --stack NAME, or a file with --config FILE",
        )
    return _parse(name, _mapping(file), file)


def stack_name(file: Path) -> str:
    """The NAME of Pulumi.NAME.yaml; `preview` for a file of another name."""
    match = _STACK_NAME.match(file.name)
    return match["name"] if match else UNNAMED


def read_file(file: Path) -> StackFile:
    """A stack file anywhere.

    Raises:
        RefusedError: when it cannot be read or understood.
    """
    return _parse(stack_name(file), _mapping(file), file)
