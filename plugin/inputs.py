"""The inputs of the component, made from the sections of the configuration.

Pulumi reads the package's schema from annotations and the text below them, and knows typed
dictionaries but neither pydantic's models nor their bounds. So typed dictionaries are written from
the models when the plugin starts. Keys stand as in a stack file, so that nothing is renamed.
"""

import linecache
import sys
from collections.abc import Mapping
from enum import StrEnum
from types import ModuleType, NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from inference.config.docstrings import docstrings
from inference.config.section import with_inner_sections
from inference.config.settings import Settings

_HEAD: Final = """\
from typing import NotRequired, TypedDict

import pulumi
"""
_TOKEN_INPUT: Final = '''\
    huggingFaceToken: NotRequired[pulumi.Input[str]]
    """Token that may read the gated models; may be secret, or another resource's output."""
'''  # noqa: S105 no token, but the input that takes one
_ARGUMENTS: Final = "InferenceEndpointArgs"
_OTHER_TEXTS: Final = {"gcp": "Project and region to build in."}
"""Texts of keys that stack files have elsewhere."""


def _text(annotation: Any) -> str:  # noqa: ANN401 any annotation
    """The annotation as Pulumi's analyzer takes it."""
    origin: Any = get_origin(annotation)
    parts = get_args(annotation)
    if origin is Annotated:
        return _text(parts[0])
    if origin is Literal:
        return "str"
    if origin is tuple:
        return f"list[{_text(parts[0])}]"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"dict[str, {_text(parts[1])}]"
    if parts:
        (some,) = (part for part in parts if part is not NoneType)
        return _text(some)
    return "str" if issubclass(annotation, StrEnum) else annotation.__name__


def _class(section: type[BaseModel]) -> str:
    whole = section is Settings
    name = _ARGUMENTS if whole else section.__name__
    texts = {**docstrings(section), **(_OTHER_TEXTS if whole else {})}
    lines = [f"class {name}(TypedDict):", f'    """{(section.__doc__ or "").strip()}"""\n']
    if whole:
        lines[1] = '    """What to serve, and where: the keys of a stack file."""\n'
    for key, field in section.model_fields.items():
        text = _text(field.annotation)
        if not field.is_required():
            text = f"NotRequired[{text}]"
        lines.append(f"    {field.alias}: {text}")
        if key in texts:
            lines.append(f'    """{texts[key]}"""')
    return "\n".join(lines) + "\n" + (_TOKEN_INPUT if whole else "")


def inputs() -> type:
    """The typed dictionary of all inputs.

    Raises:
        ValueError: when two sections have one name, which Pulumi's schema cannot tell apart.
    """
    sections = list(dict.fromkeys(with_inner_sections(Settings)))
    names = [section.__name__ for section in sections]
    if len(set(names)) < len(names):
        raise ValueError(f"two sections have one name: {sorted(names)}")
    source = "\n\n".join([_HEAD, *map(_class, sections)])
    module = ModuleType(f"{__name__}.sections")
    module.__file__ = f"<{module.__name__}>"
    # The analyzer asks Python for the source, which is in no file.
    lines = source.splitlines(keepends=True)
    linecache.cache[module.__file__] = (len(source), None, lines, module.__file__)
    sys.modules[module.__name__] = module
    exec(compile(source, module.__file__, "exec"), module.__dict__)  # noqa: S102 written above
    return getattr(module, _ARGUMENTS)
