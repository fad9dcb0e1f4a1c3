"""Values between the engine's wire format and plain Python."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

_SIGNATURE: Final = rpc._special_sig_key  # noqa: SLF001
_SECRET: Final = rpc._special_secret_sig  # noqa: SLF001


def _plain(value: Any) -> Any:  # noqa: ANN401 any JSON
    if isinstance(value, struct_pb2.Struct):
        fields = dict(value.items())
        if fields.get(_SIGNATURE) == _SECRET:
            return _plain(fields["value"])
        return {key: _plain(part) for key, part in fields.items()}
    if isinstance(value, struct_pb2.ListValue):
        return [_plain(part) for part in value]
    # The wire knows only doubles; the API server wants its integers back.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A struct as Python: secrets without their wrapping, whole numbers as int."""
    return cast("dict[str, Any]", _plain(struct))


def wire(values: Mapping[str, Any], secret_keys: Iterable[str] = ()) -> struct_pb2.Struct:
    """Python as a struct; the named top-level keys are marked as secret."""
    marked = dict(values)
    for key in secret_keys:
        if key in marked:
            marked[key] = {_SIGNATURE: _SECRET, "value": marked[key]}
    struct = struct_pb2.Struct()
    struct.update(marked)
    return struct


def has_unknown(value: Any) -> bool:  # noqa: ANN401 any JSON
    """Whether a value, or a part of it, is not known yet."""
    if isinstance(value, Mapping):
        return any(map(has_unknown, cast("Mapping[str, Any]", value).values()))
    if isinstance(value, list):
        return any(map(has_unknown, cast("list[Any]", value)))
    return value == rpc.UNKNOWN


def has_null_in_list(value: Any, *, listed: bool = False) -> bool:  # noqa: ANN401 any JSON
    """Whether a null stands anywhere within a list."""
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, Any]", value).values()
        return any(has_null_in_list(part, listed=listed) for part in parts)
    if isinstance(value, list):
        return any(has_null_in_list(part, listed=True) for part in cast("list[Any]", value))
    return listed and value is None
