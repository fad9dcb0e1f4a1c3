"""The base of every section of the configuration, and the value types that sections share."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import Annotated, Final, TypeVar, cast, final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from inference.catalog.limits import (
    CHART_NAME_CHARACTERS,
    CLUSTER_NAME_CHARACTERS,
    LABEL_CHARACTERS,
    NODES_A_ZONE,
)

_LABEL: Final = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"
_MODEL: Final = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"
_ZONE: Final = r"^[a-z]+-[a-z]+\d+-[a-z]$"
REGION_PATTERN: Final = r"^[a-z]+-[a-z]+\d+$"
ADAPTER_PATTERN: Final = r"^[A-Za-z0-9]([-._/A-Za-z0-9]*[A-Za-z0-9])?$"
PATH_PATTERN: Final = r"^/"
HOSTNAME_PATTERN: Final = r"^(\*\.)?([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z][-a-z0-9]*[a-z0-9]$"
TEMPLATE_PATTERN: Final = (
    r"^(projects/[^/]+/locations/[^/]+/templates/)?[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?$"
)
WAF_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*-(stable|canary)$"
KEY_PATTERN: Final = r"^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$"
"""No `.`, and nothing that begins with `..`."""
OBJECT_PATTERN: Final = r"^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$"
VARIABLE_PATTERN: Final = r"^[-._a-zA-Z][-._a-zA-Z0-9]*$"
RESERVATION_PATTERN: Final = (
    r"^(projects/[^/]+/reservations/)?[a-z]([-a-z0-9]*[a-z0-9])?"
    r"(/reservationBlocks/[a-z]([-a-z0-9]*[a-z0-9])?)?$"
)
FINDING_PATTERN: Final = r"^[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*$"
EMAIL_PATTERN: Final = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
CHANNEL_PATTERN: Final = r"^projects/[^/]+/notificationChannels/[^/]+$"
PROJECT_PATTERN: Final = r"^([-.a-z0-9]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]$"
"""Google's rule: 6 to 30 characters, in some organisations behind a domain."""
LABEL_KEY_PATTERN: Final = r"^[a-z][-_a-z0-9]{0,62}$"
LABEL_VALUE_PATTERN: Final = r"^[-_a-z0-9]{0,63}$"
TOPIC_PATTERN: Final = r"^projects/[^/]+/topics/[A-Za-z][-._~%+A-Za-z0-9]{2,254}$"
TIME_PATTERN: Final = r"^([01]\d|2[0-3]):[0-5]\dZ$"
MOMENT_PATTERN: Final = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"
SECRET_ID_PATTERN: Final = r"^[A-Za-z0-9_-]+$"  # noqa: S105 the form of a name
VERSION_PATTERN: Final = r"^([1-9][0-9]*|[A-Za-z][A-Za-z0-9_-]*)$"
BUCKET_PATTERN: Final = r"^[a-z0-9][-_a-z0-9]{1,61}[a-z0-9]$"
"""Google's rule without dots, which stand for a domain that must be verified."""
FOLDER_PATTERN: Final = r"^[A-Za-z0-9_][-._A-Za-z0-9]*(/[A-Za-z0-9_][-._A-Za-z0-9]*)*$"
GKE_VERSION_PATTERN: Final = r"^1\.[0-9]{2}(\.[0-9]{1,2}(-gke\.[0-9]+)?)?$"
LABEL_PATTERN: Final = (
    r"^([a-z0-9]([-.a-z0-9]*[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$"
)
LABEL_TEXT_PATTERN: Final = r"^([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$"
REGISTRY_PATTERN: Final = (
    r"^(localhost|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+)(:[0-9]{1,5})?"
    r"(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
)
DAY_PATTERN: Final = r"^\d{4}-\d{2}-\d{2}$"
PATTERNS: Final = {
    DAY_PATTERN: "a day, such as 2026-11-28",
    _LABEL: "lower-case letters, digits and dashes, starting with a letter, such as llama3-8b",
    _MODEL: "lower-case letters, digits and dashes, such as llama3-8b",
    _ZONE: "a zone, such as us-central1-a",
    REGION_PATTERN: "a region, such as us-central1",
    ADAPTER_PATTERN: "letters, digits, dots, dashes, slashes and underscores, as in food-review",
    HOSTNAME_PATTERN: "a DNS name in lower case, such as llm.example.com",
    SECRET_ID_PATTERN: "letters, digits, dashes and underscores, such as hugging-face",
    VERSION_PATTERN: "a number such as 3, or an alias such as latest",
    PATH_PATTERN: "a path that starts with a slash, such as /v1/completions",
    TEMPLATE_PATTERN: "the name of a Model Armor template, such as prompts",
    WAF_PATTERN: "a preconfigured Cloud Armor rule set, such as scannerdetection-v33-stable",
    KEY_PATTERN: "letters, digits, dots, dashes and underscores, such as hf_api_token",
    OBJECT_PATTERN: "lower-case letters, digits, dashes and dots, such as my-secret",
    VARIABLE_PATTERN: "the name of a variable, such as HF_ENDPOINT",
    RESERVATION_PATTERN: "a name, or a path such as projects/owner/reservations/h100s",
    FINDING_PATTERN: "the id of a finding, such as network.public-http",
    EMAIL_PATTERN: "an e-mail address, such as on-call@example.com",
    CHANNEL_PATTERN: "a full name, such as projects/PROJECT/notificationChannels/123",
    PROJECT_PATTERN: "a project id of 6 to 30 lower-case letters, digits and dashes",
    LABEL_KEY_PATTERN: "up to 63 lower-case letters, digits, dashes and underscores, such as team",
    LABEL_VALUE_PATTERN: "up to 63 lower-case letters, digits, dashes and underscores",
    TOPIC_PATTERN: "a topic, such as projects/my-project/topics/upgrades",
    TIME_PATTERN: "a time of day in UTC, such as 02:00Z",
    MOMENT_PATTERN: "a moment in UTC, such as 2026-12-18T00:00:00Z",
    BUCKET_PATTERN: "3 to 63 lower-case letters, digits, dashes and underscores, as in my-weights",
    GKE_VERSION_PATTERN: "a GKE version, such as 1.34.1-gke.1829001",
    LABEL_PATTERN: "the key of a Kubernetes label, such as example.com/team",
    LABEL_TEXT_PATTERN: "up to 63 letters, digits, dashes, dots and underscores, such as search",
    REGISTRY_PATTERN: "a registry and path without scheme, tag or slash at the end, such as "
    "us-central1-docker.pkg.dev/my-project/mirror",
    FOLDER_PATTERN: "names with slashes between them, such as models/llama3-8b",
}
"""What patterns mean, in words, for messages."""

TOKEN_SECRET_KEY: Final = "hf_api_token"  # noqa: S105 the tutorial's name of the key
"""Key of the Hugging Face token in its Secret, made or existing."""
DnsLabel = Annotated[str, Field(pattern=_LABEL, max_length=LABEL_CHARACTERS)]
"""A Kubernetes DNS label that starts with a letter, as Services must."""
ModelName = Annotated[str, Field(pattern=_MODEL, max_length=CHART_NAME_CHARACTERS)]
"""Charts cut names after 40 characters and append `-epp`. Dots are for preflight to refuse."""
ResourceName = Annotated[str, Field(pattern=_LABEL, max_length=CLUSTER_NAME_CHARACTERS)]
"""A Google Cloud resource name; GKE cluster and node pool names end at 40 characters."""
Zone = Annotated[str, Field(pattern=_ZONE)]
Amount = Annotated[int, Field(ge=1, le=NODES_A_ZONE)]
"""A number of nodes or replicas; GKE's node pools end at 1000 nodes a zone."""
PositiveInt = Annotated[int, Field(ge=1, le=10**7)]
_Item = TypeVar("_Item", bound=Hashable)


def each_once(values: tuple[_Item, ...]) -> tuple[_Item, ...]:
    """Each named once."""
    repeated = sorted(str(value) for value, count in Counter(values).items() if count > 1)
    if repeated:
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
