"""`models[].env`, `imagePullSecrets` and `volumes`: parts of a server's Pod, as Kubernetes says."""

from typing import Annotated, Self, final

from pydantic import BeforeValidator, Field, model_validator

from inference.catalog.limits import DNS_CHARACTERS
from inference.config.patterns import KEY_PATTERN, OBJECT_PATTERN, PATH_PATTERN, VARIABLE_PATTERN
from inference.config.section import DnsLabel, Section

ObjectName = Annotated[str, Field(pattern=OBJECT_PATTERN, max_length=DNS_CHARACTERS)]
"""Name of an object that is in the cluster already."""
VariableName = Annotated[str, Field(pattern=VARIABLE_PATTERN)]


@final
class EnvironmentValue(Section):
    """Value of a variable: text, or what a key of a Secret holds."""

    value: str | None = None
    """The text; `NAME: text` is short for `NAME: {value: text}`."""
    secret: ObjectName | None = None
    """Secret in the stack's namespace, instead of `value`."""
    key: Annotated[str, Field(pattern=KEY_PATTERN)] | None = None
    """Key in that Secret."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.secret is None) is not (self.key is None) or (
            (self.value is None) is (self.secret is None)
        ):
            raise ValueError("must be text, or `{secret: NAME, key: KEY}`")
        return self


@final
class PullSecret(Section):
    """A Secret of type `kubernetes.io/dockerconfigjson`."""

    name: ObjectName
    """Name of the Secret in the stack's namespace; `[NAME]` is short for `[{name: NAME}]`."""


def _text_as_value(given: object) -> object:
    if isinstance(given, bool | int | float):
        raise ValueError('must be text: put it in quotes, as in `"1"`')  # noqa: TRY004 pydantic turns this one into a finding
    return {"value": given} if isinstance(given, str) else given


def _text_as_name(given: object) -> object:
    return {"name": given} if isinstance(given, str) else given


Variable = Annotated[
    EnvironmentValue,
    BeforeValidator(_text_as_value, json_schema_input_type=str | EnvironmentValue),
]
PullSecretName = Annotated[
    PullSecret, BeforeValidator(_text_as_name, json_schema_input_type=str | PullSecret)
]


@final
class Claim(Section):
    """A PersistentVolumeClaim that is there already, such as of Hyperdisk ML or Filestore."""

    claim_name: ObjectName
    """Name of the claim, in the stack's namespace."""
    read_only: bool = True
    """Always true: servers of one model share the files."""


@final
class ConfigMapFiles(Section):
    """A ConfigMap that is there already: a file for each of its keys."""

    name: ObjectName
    """Name of the ConfigMap, in the stack's namespace."""


@final
class Volume(Section):
    """Files that the server reads, of one of the two."""

    name: DnsLabel
    """Name of the volume in the Pod."""
    mount_path: Annotated[str, Field(pattern=PATH_PATTERN)]
    """Directory where the server finds the files."""
    persistent_volume_claim: Claim | None = None
    """An existing claim."""
    config_map: ConfigMapFiles | None = None
    """An existing ConfigMap, such as one with chat templates."""
