"""Writes the arguments of vLLM's or SGLang's server from its wheel, not installed.

    pip download --no-deps --dest FOLDER vllm==VERSION
    python -m scripts.engine_arguments FOLDER/vllm-VERSION-….whl

Read are the calls of `add_argument` of its engine and server, and the fields of the classes from
which the server makes arguments by itself: their types say what the parser takes. Of SGLang only
names and switches are written, as no check reads the values.
"""

import ast
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from inference.catalog.engine_arguments import Form

_FILES: Final = {
    "vllm/engine/arg_utils.py": (),
    "vllm/entrypoints/launchers/cli_args.py": ("BaseFrontendArgs", "FrontendArgs"),
    "vllm/entrypoints/cli/serve.py": (),
}
"""Modules, and their classes of which each field is an argument."""
_TYPES: Final = re.compile(
    r"vllm/(config/[^/]+|entrypoints/launchers/cli_args|(?:tool_parsers|reasoning)/__init__"
    r"|model_executor/(model_loader|layers/quantization)/__init__)\.py"
)
"""Modules with the classes and names of types."""
_HELP: Final = ("--help", "-h")
"""What argparse adds by itself."""
_NEGATABLE: Final = "BooleanOptionalAction"
_SWITCHES: Final = ("StoreTrueAction", "store_true", "store_false")
_NO_VALUE: Final = (Form.NEGATABLE, Form.SWITCH)
_ROUNDED: Final = "human_readable_int_args"
"""Local name of the fields that may be written as 8k."""
_OPEN: Final = {
    "--load-format": "LoadFormats",
    "--quantization": "QuantizationMethods",
    "--reasoning-parser": "_REASONING_PARSERS_TO_REGISTER",
    "--tool-call-parser": "_TOOL_PARSERS_TO_REGISTER",
}
"""Arguments whose values are looked up behind the parser, as plugins may add some, and where."""
_KINDS: Final = {"int": Form.WHOLE, "float": Form.FRACTION, "dict": Form.JSON}
_OF_CLASS: Final = re.compile(r"get_kwargs\((?P<name>\w+)\)")
_BOOLEAN: Final = ("bool", "Optional[bool]")
_SGLANG: Final = "sglang/srt/server_args.py"
_SGLANG_FIELDS: Final = re.compile(r"sglang/srt/arg_groups/fields/\w+\.py")
_WHEEL: Final = re.compile(r"^(?P<engine>vllm|sglang)-(?P<version>\d+\.\d+\.\d+)")
_CATALOG: Final = Path(__file__).resolve().parents[1] / "inference" / "catalog"

Taken = Form | list[str] | None
"""As in `EngineArguments.forms`."""


def _switch(action: str) -> Form | None:
    """The form of an argument by its action in Python; None where it takes a value."""
    if _NEGATABLE in action:
        return Form.NEGATABLE
    return Form.SWITCH if any(name in action for name in _SWITCHES) else None


@dataclass
class Types:
    """Fields of classes with their types, and names of types."""

    fields: dict[str, dict[str, ast.expr]] = field(default_factory=dict[str, dict[str, ast.expr]])
    aliases: dict[str, ast.expr] = field(default_factory=dict[str, ast.expr])

    def add(self, tree: ast.Module) -> None:
        """Take in a module."""
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.aliases[node.targets[0].id] = node.value
            elif isinstance(node, ast.ClassDef) and "Enum" not in ast.unparse(node).splitlines()[0]:
                self.fields[node.name] = {
                    part.target.id: part.annotation
                    for part in node.body
                    if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
                }

    def hints(self, node: ast.AST | None) -> Iterator[str | tuple[str, ...]]:
        """The types of a union, a Literal as its values."""
        if isinstance(node, ast.BinOp):
            yield from self.hints(node.left)
            yield from self.hints(node.right)
        elif isinstance(node, ast.Subscript):
            name = ast.unparse(node.value)
            if name == "Literal":
                yield tuple(self.values(node.slice))
            elif name == "SkipValidation":
                yield from self.hints(node.slice)
            else:
                yield name
        elif isinstance(node, ast.Name) and node.id in self.aliases:
            yield from self.hints(self.aliases[node.id])
        elif node is not None:
            yield "dict" if ast.unparse(node) in self.fields else ast.unparse(node)

    def values(self, node: ast.AST) -> Iterator[str]:
        """Values of a Literal, those of others in it too, or the keys of a mapping."""
        if isinstance(node, ast.Subscript):
            node = node.slice
        parts: Sequence[ast.AST | None] = [node]
        if isinstance(node, ast.Dict):
            parts = node.keys
        elif isinstance(node, ast.List | ast.Set | ast.Tuple):
            parts = node.elts
        for part in parts:
            if isinstance(part, ast.Constant):
                yield str(part.value)
            else:
                for hint in self.hints(part):
                    yield from hint if isinstance(hint, tuple) else ()


@dataclass
class Module:
    """What names in a module of arguments stand for."""

    types: Types
    classes: dict[str, str] = field(default_factory=dict[str, str])
    """Class of which each local name has the fields."""
    rounded: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, tree: ast.AST, types: Types) -> "Module":
        """Read the assignments of a module."""
        found = cls(types)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign):
                continue
            name, value = ast.unparse(node.targets[0]), ast.unparse(node.value)
            if (match := _OF_CLASS.fullmatch(value)) is not None:
                found.classes[name] = match["name"]
            elif name == _ROUNDED:
                found.rounded = set(types.values(node.value))
        return found

    def of_field(self, owner: str, name: str) -> Taken:
        """How the parser takes a field of a class, as vLLM's `_compute_kwargs` decides it."""
        annotation = self.types.fields.get(owner, {}).get(name)
        hints = set(self.types.hints(annotation)) - {"None"}
        literals = [hint for hint in hints if isinstance(hint, tuple)]
        if "str" in hints or hints & {"list", "set", "tuple"}:
            return None
        if "bool" in hints:
            return Form.NEGATABLE
        if literals:
            return sorted(literals[0])
        kind = _KINDS.get(str(*hints)) if len(hints) == 1 else None
        return Form.ROUNDED if kind is Form.WHOLE and name in self.rounded else kind

    def of_call(self, call: ast.Call) -> Taken:
        """How a call of `add_argument` takes values: by its own words, or by a field of a class."""
        words = {keyword.arg: keyword.value for keyword in call.keywords}
        action = ast.unparse(words["action"]) if "action" in words else ""
        if (switch := _switch(action)) is not None:
            return switch
        choices = words.get("choices")
        if isinstance(choices, ast.Call):
            choices = self.types.aliases[ast.unparse(choices.args[0])]
        if choices is not None:
            return sorted(self.types.values(choices)) or None
        if "type" in words and "nargs" not in words:
            return _KINDS.get(ast.unparse(words["type"]))
        place = words.get(None)
        if isinstance(place, ast.Dict):
            place = place.values[0]
        if isinstance(place, ast.Name):
            place = self.types.aliases.get(place.id)
        if isinstance(place, ast.Subscript):
            owner, name = ast.unparse(place.value), place.slice
            if isinstance(name, ast.Constant) and owner in self.classes:
                return self.of_field(self.classes[owner], str(name.value))
        return None


def _calls(tree: ast.AST, module: Module) -> Iterator[tuple[tuple[str, ...], Taken]]:
    """Names of each `add_argument`, such as `("--tensor-parallel-size", "-tp")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument":
            names = tuple(
                part.value
                for part in node.args
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
            if any(name.startswith("-") for name in names):
                yield names, module.of_call(node)


def _fields(module: Module, classes: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Taken]]:
    for owner in classes:
        for name in module.types.fields[owner]:
            yield (f"--{name.replace('_', '-')}",), module.of_field(owner, name)


def arguments(wheel: Path) -> tuple[dict[str, Taken], Mapping[str, str]]:
    """Long names with the form of their values, and the long name of each short one.

    Raises:
        KeyError: when the wheel has no such modules, as versions move them.
    """
    long: dict[str, Taken] = {_HELP[0]: None}
    short = {_HELP[1]: _HELP[0]}
    types = Types()
    with zipfile.ZipFile(wheel) as archive:
        for file in archive.namelist():
            if _TYPES.fullmatch(file):
                types.add(ast.parse(archive.read(file)))
        for file, classes in _FILES.items():
            tree = ast.parse(archive.read(file))
            module = Module.of(tree, types)
            for names, form in (*_calls(tree, module), *_fields(module, classes)):
                full = [name for name in names if name.startswith("--")]
                long |= dict.fromkeys(full, form)
                short |= {name: full[0] for name in names if name not in full and full}
    long |= {name: sorted(types.values(types.aliases[where])) for name, where in _OPEN.items()}
    return long, short


def sglang_arguments(wheel: Path) -> tuple[dict[str, Taken], Mapping[str, str]]:
    """The same of SGLang: each field `A[TYPE, Arg(…)]` is an argument, its aliases short names.

    Raises:
        KeyError: when the wheel has no such modules, as versions move them.
    """
    long: dict[str, Taken] = {_HELP[0]: None}
    short = {_HELP[1]: _HELP[0]}
    with zipfile.ZipFile(wheel) as archive:
        trees = [ast.parse(archive.read(f)) for f in archive.namelist() if _SGLANG_FIELDS.match(f)]
        server = ast.parse(archive.read(_SGLANG))
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation).startswith("A["):
            kind, _, rest = ast.unparse(node.annotation)[2:].partition(", ")
            words = {
                word.arg: word.value
                for call in ast.walk(node.annotation)
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "Arg"
                for word in call.keywords
            }
            if "no_cli" in words:
                continue
            name = f"--{ast.unparse(node.target).replace('_', '-')}"
            name = ast.literal_eval(words["cli_name"]) if "cli_name" in words else name
            long[name] = _switch(rest) or (Form.SWITCH if kind in _BOOLEAN else None)
            aliases = words.get("aliases")
            short |= dict.fromkeys(ast.literal_eval(aliases) if aliases else (), name)
    for (name, *_), form in _calls(server, Module.of(server, Types())):
        long[name] = form if form in _NO_VALUE else None
    return long, short


def main(wheel: Path) -> None:
    """Write the catalog's file from a wheel."""
    match = _WHEEL.match(wheel.name)
    if match is None:
        sys.exit(f"{wheel.name} is no wheel of vLLM or SGLang")
    read = arguments if match["engine"] == "vllm" else sglang_arguments
    forms, short = read(wheel)
    found = {
        "version": [int(part) for part in match["version"].split(".")],
        "forms": dict(sorted(forms.items())),
        "open": sorted(forms.keys() & _OPEN),
        "short": dict(sorted(short.items())),
    }
    target = _CATALOG / f"{match['engine']}_arguments.json"
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
