"""What a rule is, and what it judges."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, cast, final

UNKNOWN: Final = "[unknown]"
"""A value that a preview cannot know. No rule judges it; the update does."""
Config = Mapping[str, Any]
TEXTS: Final[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}
"""Schema of a list of texts."""


@final
@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the program asks for it."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Tags of the stack, set by `pulumi stack tag set`."""

    @property
    def stack(self) -> str:
        """Name of the stack, which every URN has in third place."""
        return self.urn.split(":")[2]

    @property
    def is_kubernetes(self) -> bool:
        """Whether it is an object of Kubernetes' API."""
        return "kind" in self.inputs and self.type.startswith("kubernetes:")

    @property
    def kind(self) -> str:
        """The last part of its type, such as `Deployment`."""
        return self.type.rpartition(":")[2]


@dataclass(frozen=True, kw_only=True)
class _Rule:
    name: str
    description: str
    schema: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """JSON Schema by key of the rule's configuration, each with its `default`."""

    @property
    def defaults(self) -> Config:
        """The configuration of a pack that sets none."""
        return {key: schema["default"] for key, schema in self.schema.items()}


@final
@dataclass(frozen=True, kw_only=True)
class ResourceRule(_Rule):
    """Judges one resource: messages of what is wrong, none when nothing is."""

    check: Callable[[Resource, Config], Iterator[str]]


@final
@dataclass(frozen=True, kw_only=True)
class StackRule(_Rule):
    """Judges all resources together: URNs and messages of what is wrong."""

    check: Callable[[Sequence[Resource], Config], Iterator[tuple[str, str]]]


def is_environment(resource: Resource, environment: str, patterns: Sequence[str]) -> bool:
    """Whether the stack is of an environment: by its tag `environment`, else by its name."""
    tag = resource.tags.get("environment")
    if tag is not None:
        return tag == environment
    return is_named(resource, patterns)


def is_named(resource: Resource, patterns: Sequence[str]) -> bool:
    """Whether the stack's name is one of those; no tag takes that away."""
    return any(fnmatchcase(resource.stack, pattern) for pattern in patterns)


def part(value: Any, *path: str) -> Any:  # noqa: ANN401 any JSON
    """The value at a path of mappings; None where there is none, unknown below an unknown."""
    for key in path:
        if value == UNKNOWN:
            return UNKNOWN
        if not isinstance(value, Mapping):
            return None
        value = cast("Mapping[str, Any]", value).get(key)
    return value


def mappings(value: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 any JSON
    """The mappings of a list; none where there is no list."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("Mapping[str, Any]", item) for item in items if isinstance(item, Mapping)]


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 any JSON
    """Every text in a value, by its path."""
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from texts(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from texts(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value
