"""The base of every section of the configuration, and the value types that sections share."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import Annotated, Final, TypeVar, cast, final, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from inference.catalog.limits import (
    CHART_NAME_CHARACTERS,
    CLUSTER_NAME_CHARACTERS,
    LABEL_CHARACTERS,
    NODES_A_ZONE,
)
from inference.config.patterns import DNS_LABEL_PATTERN, KEY_PATTERN, MODEL_PATTERN, ZONE_PATTERN

TOKEN_SECRET_KEY: Final = "hf_api_token"  # noqa: S105 the tutorial's name of the key
"""Key of the Hugging Face token in its Secret, made or existing."""
DnsLabel = Annotated[str, Field(pattern=DNS_LABEL_PATTERN, max_length=LABEL_CHARACTERS)]
"""A Kubernetes DNS label that starts with a letter, as Services must."""
ModelName = Annotated[str, Field(pattern=MODEL_PATTERN, max_length=CHART_NAME_CHARACTERS)]
"""Charts cut names after 40 characters and append `-epp`. Dots are for preflight to refuse."""
ResourceName = Annotated[str, Field(pattern=DNS_LABEL_PATTERN, max_length=CLUSTER_NAME_CHARACTERS)]
"""A Google Cloud resource name; GKE cluster and node pool names end at 40 characters."""
Zone = Annotated[str, Field(pattern=ZONE_PATTERN)]
Amount = Annotated[int, Field(ge=1, le=NODES_A_ZONE)]
"""A number of nodes or replicas; GKE's node pools end at 1000 nodes a zone."""
PositiveInt = Annotated[int, Field(ge=1, le=10**7)]
_Item = TypeVar("_Item", bound=Hashable)


def each_once(values: tuple[_Item, ...]) -> tuple[_Item, ...]:
    """Each named once."""
    if len(set(values)) < len(values):
        repeated = sorted(str(value) for value, count in Counter(values).items() if count > 1)
        raise ValueError(f"must list each once, but {', '.join(repeated)} is repeated")
    return values


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, below in cast("Mapping[str, object]", value).items():
            yield from _leaves(below, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, below in enumerate(cast("list[object]", value)):
            yield from _leaves(below, f"{path}[{index}]")
    else:
        yield path, value


def sections_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The sections that a key's type is made of, options and containers taken apart."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from sections_in(part)


def with_inner_sections(section: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A section after all that are in it, of which some come more than once."""
    for field in section.model_fields.values():
        for inner in sections_in(field.annotation):
            yield from with_inner_sections(inner)
    yield section


class Section(BaseModel):
    """A frozen model that refuses unknown keys.

    Fields have camelCase names in YAML and JSON, whose readers take no other (`by_name=False`), and
    snake_case ones in Python, where components take some sections as arguments.
    `hide_input_in_errors` keeps values, which may be secret, out of messages.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    def written(self) -> Iterator[tuple[str, object]]:
        """Key and value of each value that a stack file gives, such as `models[0].port`, 8000."""
        return _leaves(self.model_dump(by_alias=True, exclude_unset=True, mode="json"), "")


@final
class ExistingSecret(Section):
    """A Kubernetes Secret that is there already, in the stack's namespace."""

    name: DnsLabel
    """Name of the Secret."""
    key: Annotated[str, Field(pattern=KEY_PATTERN)] = TOKEN_SECRET_KEY
    """Key of the token in the Secret."""
