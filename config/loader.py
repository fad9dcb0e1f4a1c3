"""The only reader of `pulumi.Config`: turns the stack's configuration into settings and secrets."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from config.finding import PROJECT, Finding, RefusedError, Severity, set_command
from config.problems import findings
from config.settings import Settings

TOKEN_KEY: Final = "huggingFaceToken"  # noqa: S105 the key, not the token
ENCRYPTED: Final = "[secret]"
"""What `offline` gives in place of a value that it cannot decrypt."""
_TOKEN_PREFIX: Final = "hf_"  # noqa: S105 what every token begins with
_TEXT_KEYS: Final = frozenset({"namespace", "gatewayRelease"})
_UNSET: Final = ("", "{}", "[]")
"""The defaults declared in Pulumi.yaml, which mean that a key is not set."""


@final
@dataclass(frozen=True, kw_only=True)
class Token:
    """The Hugging Face token, ready to be used but not to be read."""

    value: pulumi.Output[str]
    encrypted: bool
    """False when it stands in clear text in the stack file."""
    well_formed: bool
    """Whether it looks like a token; True where it cannot be seen."""


@final
@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything a stack says."""

    settings: Settings
    token: Token | None


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
        severity=Severity.ERROR,
        path=key,
        message="must be a mapping or a list, but plain text was given",
        fix=f"write it as YAML in the stack file, or set one value in it: "
        f"pulumi config set --path '{PROJECT}:{key}.KEY' VALUE",
    )


def _gcp() -> Mapping[str, str]:
    config = pulumi.Config("gcp")
    values = {key: config.get(key) for key in ("project", "region")}
    return {key: value for key, value in values.items() if value is not None}


def _token(config: pulumi.Config) -> Token | None:
    text = config.get(TOKEN_KEY)
    if not text:
        return None
    return Token(
        value=pulumi.Output.secret(text),
        encrypted=pulumi.runtime.is_config_secret(config.full_key(TOKEN_KEY)) or text == ENCRYPTED,
        well_formed=text.startswith(_TOKEN_PREFIX) or text == ENCRYPTED,
    )


def load() -> Configuration:
    """Read and validate the configuration of the running stack.

    Raises:
        RefusedError: with every problem at once.

    """
    config = pulumi.Config(PROJECT)
    raw: dict[str, Any] = {}
    problems: list[Finding] = []
    for key in sorted(_names(PROJECT) - {TOKEN_KEY}):
        text = config.get(key)
        if text is None or text in _UNSET:
            continue
        if key in _TEXT_KEYS:
            raw[key] = text
            continue
        try:
            raw[key] = json.loads(text)
        except json.JSONDecodeError:
            if key in {field.alias for field in Settings.model_fields.values()}:
                problems.append(_not_json(key))
            else:
                raw[key] = text
    if "gcp" in raw:
        # `gcp` is a section of Settings, but its keys are the gcp provider's own.
        problems.append(
            Finding(
                id="config.unknown-key",
                severity=Severity.ERROR,
                path="gcp",
                message="unknown key, so it would have no effect; project and region are keys of "
                "the gcp provider",
                fix=set_command("gcp:project", "PROJECT_ID"),
            )
        )
    raw["gcp"] = _gcp()
    settings = None
    try:
        settings = Settings.model_validate_json(json.dumps(raw), strict=True)
    except ValidationError as error:
        problems.extend(findings(error, Settings))
    if settings is None or problems:
        raise RefusedError(problems)
    return Configuration(settings=settings, token=_token(config))
