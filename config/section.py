"""The base of every section of the configuration, and the value types that sections share."""

from typing import Annotated, final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

DnsLabel = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
"""A Kubernetes DNS label that starts with a letter, as Services must."""
ModelName = Annotated[str, Field(pattern=r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$", max_length=40)]
"""Charts cut names after 40 characters and append `-epp`. Dots are for preflight to refuse."""
ResourceName = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=40)]
"""A Google Cloud resource name; GKE cluster and node pool names end at 40 characters."""
Zone = Annotated[str, Field(pattern=r"^[a-z]+-[a-z]+\d+-[a-z]$")]
PositiveInt = Annotated[int, Field(ge=1, le=10**9)]


class Section(BaseModel):
    """A frozen model that refuses unknown keys; camelCase in YAML, snake_case in Python.

    `hide_input_in_errors` keeps values, which may be secret, out of messages.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_default=True,
        hide_input_in_errors=True,
    )


@final
class ExistingSecret(Section):
    """A Kubernetes Secret that is there already, in the stack's namespace."""

    name: DnsLabel
    """Name of the Secret."""
    key: Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$")] = "hf_api_token"
    """Key in the Secret under which the token stands."""
