"""The only reader of `pulumi.Config`: turns the stack's configuration into settings and secrets."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from inference.config import foreign_keys
from inference.config.finding import (
    PROJECT,
    TOKEN_KEY,
    TOKEN_PREFIX,
    Finding,
    RefusedError,
)
from inference.config.problems import findings, unknown_key
from inference.config.settings import Settings

ENCRYPTED: Final = "[secret]"
"""What `offline` gives in place of a value that it cannot decrypt."""
ENCRYPTED_PROJECT: Final = "encrypted-project"
"""The project's id in an offline run, where it is encrypted."""
_TEXT_KEYS: Final = frozenset({"namespace", "gatewayRelease"})
_SECTIONS: Final = frozenset(
    field.alias for field in Settings.model_fields.values() if not field.exclude
)
_UNSET: Final = ("", "{}", "[]")
"""The defaults declared in Pulumi.yaml, which mean that a key is not set."""


@final
@dataclass(frozen=True, kw_only=True)
class Token:
    """The Hugging Face token, ready to be used but not to be read."""

    value: pulumi.Output[str]
    encrypted: bool
    """False when it is in clear text in the stack file."""
    well_formed: bool
    """Whether it looks like a token; True where it cannot be seen."""


@final
@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything a stack says."""

    settings: Settings
    token: Token | None
    unread_keys: tuple[str, ...] = ()
    """Keys of providers that nothing reads."""


def _names(namespace: str) -> set[str]:
    """Names of all keys that are set in a namespace.

    `pulumi.Config` looks keys up but does not list them, and an unknown key must be refused.
    """
    prefix = f"{namespace}:"
    keys: Iterable[str] = {*CONFIG.get(), *get_config_env()}
    return {key.removeprefix(prefix) for key in keys if key.startswith(prefix)}


def _not_json(key: str) -> Finding:
    return Finding(
        id="config.invalid-value",
        path=key,
        message="must be a mapping or a list, but is plain text",
        fix=f"write `{key}` as YAML in the stack file",
    )


def _twice(key: str, project: str) -> Finding:
    return Finding(
        id="config.repeated-key",
        path=key,
        message=f"is set as both {PROJECT}:{key} and {project}:{key} in the stack file: one of "
        "them would have no effect",
        fix=f"keep one: pulumi config rm {project}:{key}",
    )


def _keys() -> set[str]:
    """All keys with their namespace."""
    return {*CONFIG.get(), *get_config_env()}


def _gcp() -> Mapping[str, str]:
    config = pulumi.Config("gcp")
    values = {key: config.get(key) for key in ("project", "region")}
    if values["project"] == ENCRYPTED:
        # It cannot be decrypted offline: names made of it show that it is hidden.
        values["project"] = ENCRYPTED_PROJECT
    return {key: value for key, value in values.items() if value}


def _configs() -> list[pulumi.Config]:
    """Where the keys stand: below this program's name, and below the project's where that differs.

    `pulumi new` gives the project another name, and `pulumi config set KEY` writes below it.
    """
    return [
        pulumi.Config(name) for name in dict.fromkeys((PROJECT, pulumi.get_project() or PROJECT))
    ]


def _token() -> Token | None:
    config = next((config for config in _configs() if config.get(TOKEN_KEY)), None)
    if config is None:
        return None
    text = config.require(TOKEN_KEY)
    return Token(
        value=pulumi.Output.secret(text),
        encrypted=pulumi.runtime.is_config_secret(config.full_key(TOKEN_KEY)) or text == ENCRYPTED,
        well_formed=text.startswith(TOKEN_PREFIX) or text == ENCRYPTED,
    )


def _is_encrypted(config: pulumi.Config, key: str, text: str) -> bool:
    return pulumi.runtime.is_config_secret(config.full_key(key)) or ENCRYPTED in text


def _encrypted(key: str) -> Finding:
    return Finding(
        id="config.encrypted-value",
        path=key,
        message=f"holds an encrypted value, but only {TOKEN_KEY} stays secret: it would be in "
        "plain text in resources and the state",
        fix=f"write `{key}` without `secure:` in the stack file, or keep the secret in a "
        "Kubernetes Secret and use that",
    )


def load_settings() -> Settings:
    """Read and validate what the running stack says, secrets aside.

    Raises:
        RefusedError: with every problem at once.
    """
    raw: dict[str, Any] = {}
    problems = list(foreign_keys.problems(_keys(), {config.name for config in _configs()}))
    for config in _configs():
        for key in sorted(_names(config.name) - {TOKEN_KEY}):
            text = config.get(key) or ""
            if key not in _SECTIONS:
                problems.append(unknown_key((key,)))
            elif _is_encrypted(config, key, text):
                problems.append(_encrypted(key))
            elif text in _UNSET:
                continue
            elif key in raw:
                problems.append(_twice(key, config.name))
            else:
                try:
                    raw[key] = text if key in _TEXT_KEYS else json.loads(text)
                except json.JSONDecodeError:
                    problems.append(_not_json(key))
    raw["gcp"] = _gcp()
    settings = None
    try:
        settings = Settings.model_validate_json(json.dumps(raw), strict=True, by_name=False)
    except ValidationError as error:
        # A key that was refused above is missing, but not left out.
        refused = {problem.path for problem in problems}
        problems.extend(one for one in findings(error) if one.path not in refused)
    if settings is None or problems:
        raise RefusedError(problems)
    return settings


def load() -> Configuration:
    """Read and validate the configuration of the running stack.

    Raises:
        RefusedError: with every problem at once.
    """
    return Configuration(
        settings=load_settings(),
        token=_token(),
        unread_keys=tuple(foreign_keys.unread(_keys())),
    )
