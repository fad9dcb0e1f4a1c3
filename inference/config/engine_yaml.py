"""Reads YAML as the engine's parser does, which differs from PyYAML's in small ways."""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, Final, NoReturn, cast

import yaml

from inference.config.yaml_limits import check_limits
from inference.config.yaml_loader import SafeLoader

_TEXT: Final = "tag:yaml.org,2002:str"
_NULL: Final = "tag:yaml.org,2002:null"
_BOOL: Final = "tag:yaml.org,2002:bool"
_MERGE: Final = "tag:yaml.org,2002:merge"
_BINARY: Final = "tag:yaml.org,2002:binary"
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"
_FLOAT: Final = "tag:yaml.org,2002:float"
_MOST_EXACT: Final = 10**21
"""From here on the engine's JSON writes a number with an exponent."""

_Pairs = list[tuple[yaml.Node, yaml.Node]]


def _values_below_config(root: yaml.Node | None) -> Iterator[yaml.Node]:
    pairs = cast("_Pairs", root.value) if isinstance(root, yaml.MappingNode) else []
    for key, section in pairs:
        if key.value == "config" and isinstance(section, yaml.MappingNode):
            yield from (value for _, value in cast("_Pairs", section.value))


class _Loader(SafeLoader):
    """YAML as the engine's parser reads it: `yes` and dates are text, a repeated key an error."""

    yaml_implicit_resolvers = {  # noqa: RUF012 PyYAML's own attribute
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in {_TIMESTAMP, _BOOL}]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 PyYAML's signature
        seen: set[str] = set()
        for key_node, _ in cast("_Pairs", node.value):
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be text", key_node.start_mark
                )
            if key_node.tag == _MERGE:
                continue
            key_node.tag = _TEXT
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key_node.value!r} is repeated", key_node.start_mark
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)

    def construct_number(self, node: yaml.ScalarNode) -> int | float:
        """A number as the engine's JSON writes it, where 1e3 and 1000.0 are 1000."""
        number = self.construct_yaml_float(node)
        if not isfinite(number):
            return self.refuse(node)
        return int(number) if number.is_integer() and abs(number) < _MOST_EXACT else number

    def refuse(self, node: yaml.Node) -> NoReturn:
        """Refuse what JSON cannot hold, as which the engine passes structured values."""
        shown = node.value if isinstance(node, yaml.ScalarNode) else node.tag.rpartition(":")[2]
        raise yaml.constructor.ConstructorError(
            None, None, f"{shown!r} is neither text, a number, true or false", node.start_mark
        )

    def construct_stack(self) -> object:
        """The document, with plain values of configuration keys as the text that was written.

        The engine reads `010` and `1.10` there as they stand, and nothing at all as "".
        """
        root = self.get_single_node()
        for value in _values_below_config(root):
            if isinstance(value, yaml.ScalarNode) and value.tag != _BINARY:
                value.value = "" if value.tag == _NULL else value.value
                value.tag = _TEXT
        if root is None:
            return None
        return self.construct_document(root)


_Loader.add_implicit_resolver(
    _BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    _FLOAT, re.compile(r"^[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)
_Loader.add_constructor(_FLOAT, _Loader.construct_number)
for _kind in ("binary", "omap", "pairs", "set", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _Loader.refuse)


def load(text: str) -> object:
    """The content of a stack file, as far as JSON can hold it.

    Raises:
        ValueError: when it is not valid YAML, is hostile, or holds what configuration cannot.
    """
    try:
        check_limits(text)
        loader = _Loader(text)
        try:
            content = loader.construct_stack()
        finally:
            loader.dispose()
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(_message(error)) from error
    return content


def _message(error: Exception) -> str:
    """The parser's words in one line, such as `line 3, column 1: could not find expected ':'`."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return str(error)
    words = ", ".join(filter(None, (error.context, error.problem)))
    mark = error.problem_mark
    return f"line {mark.line + 1}, column {mark.column + 1}: {words}"
