"""Where in its file a stack says something, for messages that name a line."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final, cast, final

import yaml

from inference.config.finding import TOKEN_KEY, Finding
from inference.config.foreign_keys import PROVIDERS
from inference.config.settings import Settings
from inference.config.yaml_limits import check_limits
from inference.config.yaml_loader import SafeLoader

_KEYS: Final = frozenset(
    {"gcp:project", "gcp:region", TOKEN_KEY}
    | {field.alias or "" for field in Settings.model_fields.values()}
)
_STEP: Final = re.compile(r"[.\[][^.\[]*$")
_PLACE: Final = re.compile(r"line (\d+), column (\d+)")
"""In the message of a file that is no YAML."""
_Pairs = list[tuple[yaml.Node, yaml.Node]]


@final
@dataclass(frozen=True, kw_only=True)
class Span:
    """A part of one line; lines count from 1, columns from 0."""

    line: int
    start: int
    end: int


def _span(node: yaml.Node) -> Span:
    start, end = node.start_mark, node.end_mark
    same = isinstance(node, yaml.ScalarNode) and end.line == start.line
    return Span(
        line=start.line + 1, start=start.column, end=end.column if same else start.column + 1
    )


def _below(node: yaml.Node, path: str) -> Iterator[tuple[str, Span, Span]]:
    """Path, key and value of everything below a node; of an entry of a list both are the value."""
    if isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(cast("list[yaml.Node]", node.value)):
            yield f"{path}[{index}]", _span(value), _span(value)
            yield from _below(value, f"{path}[{index}]")
    elif isinstance(node, yaml.MappingNode):
        for key, value in cast("_Pairs", node.value):
            if not isinstance(key, yaml.ScalarNode):
                continue
            below = f"{path}.{key.value}" if path else str(key.value)
            scalar = isinstance(value, yaml.ScalarNode) and value.value
            yield below, _span(key), _span(value if scalar else key)
            yield from _below(value, below)


def _composed(text: str) -> Iterator[tuple[str, Span, Span]]:
    check_limits(text)
    root = yaml.compose(text, Loader=SafeLoader)
    for key, value in cast("_Pairs", root.value) if isinstance(root, yaml.MappingNode) else ():
        yield str(key.value), _span(key), _span(key)
        if key.value == "config":
            yield from _below(value, "")


@final
@dataclass(frozen=True)
class Origin:
    """The file that a stack was read from."""

    file: Path
    stack: str | None
    """What Pulumi calls the stack; None for a file of another name than Pulumi.NAME.yaml."""

    @property
    def name(self) -> str:
        """What the stack is called."""
        return self.stack or self.file.name

    @property
    def names(self) -> tuple[str, str]:
        """What findings about the whole file call it."""
        return self.file.name, str(self.file)

    @property
    def shown(self) -> Path:
        """The file as the user would type it."""
        inside = self.file.is_relative_to(Path.cwd())
        return self.file.relative_to(Path.cwd()) if inside else self.file

    @cached_property
    def _text(self) -> str:
        try:
            return self.file.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    @cached_property
    def _spans(self) -> Mapping[str, tuple[Span, Span]]:
        """Key and value by path, as findings write it; nothing of a file that is no YAML."""
        found: dict[str, tuple[Span, Span]] = {}
        try:
            for path, key, value in _composed(self._text):
                found[path] = (key, value)
                namespace, colon, own = path.partition(":")
                if colon and namespace not in PROVIDERS:
                    # The project's name, which keys may have in front.
                    found.setdefault(own, (key, value))
        except yaml.YAMLError:
            return {}
        return found

    def find(self, finding: Finding) -> Span | None:
        """What a finding is about; the nearest key around it where it is not written."""
        path, said = finding.path, _PLACE.search(finding.message)
        if path == self.file.name and said:
            line, column = int(said[1]), int(said[2])
            return Span(line=line, start=column - 1, end=column)
        while path not in self._spans:
            path, cut = _STEP.subn("", path)
            if not cut:
                return None
        key, value = self._spans[path]
        return value if path == finding.path and finding.id != "config.unknown-key" else key

    def has(self, finding: Finding) -> bool:
        """Whether a finding is about what the file says, or does not say."""
        first = re.split(r"[.\[]", finding.path, maxsplit=1)[0]
        return first in _KEYS or finding.path in self.names or bool(self.find(finding))

    def line(self, span: Span) -> str:
        """The text of a line."""
        return next(islice(self._text.splitlines(), span.line - 1, None), "")
