"""Writes the names of the arguments of `vllm serve` from vLLM's wheel, without installing it.

    pip download --no-deps --dest FOLDER vllm==VERSION
    python -m scripts.vllm_arguments FOLDER/vllm-VERSION-….whl

Read are the calls of `add_argument` of its engine and server, and the fields of the classes from
which the server makes arguments by itself.
"""

import ast
import re
import sys
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_FILES: Final = {
    "vllm/engine/arg_utils.py": (),
    "vllm/entrypoints/launchers/cli_args.py": ("BaseFrontendArgs", "FrontendArgs"),
    "vllm/entrypoints/cli/serve.py": (),
}
"""Modules, and their classes of which each field is an argument."""
_HELP: Final = ("--help", "-h")
"""What argparse adds by itself."""
_VERSION: Final = re.compile(r"^vllm-(?P<version>\d+\.\d+\.\d+)")
_TARGET: Final = Path(__file__).resolve().parents[1] / "inference" / "catalog" / "vllm_arguments.py"
_WIDTH: Final = 96


def _calls(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Names of each `add_argument`, such as `("--tensor-parallel-size", "-tp")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument":
            names = tuple(
                part.value
                for part in node.args
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
            if any(name.startswith("-") for name in names):
                yield names


def _fields(tree: ast.AST, classes: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in classes:
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    yield (f"--{part.target.id.replace('_', '-')}",)


def arguments(wheel: Path) -> tuple[set[str], Mapping[str, str]]:
    """Long names, and the long name of each short one.

    Raises:
        KeyError: when the wheel has no such modules, as versions move them.

    """
    long: set[str] = {_HELP[0]}
    short = {_HELP[1]: _HELP[0]}
    with zipfile.ZipFile(wheel) as archive:
        for file, classes in _FILES.items():
            tree = ast.parse(archive.read(file))
            for names in (*_calls(tree), *_fields(tree, classes)):
                full = [name for name in names if name.startswith("--")]
                long.update(full)
                short |= {name: full[0] for name in names if name not in full and full}
    return long, short


def page(version: str, long: set[str], short: Mapping[str, str]) -> str:
    """The module of the catalog."""
    names = textwrap.fill(
        " ".join(sorted(name.removeprefix("--") for name in long)),
        width=_WIDTH,
        break_on_hyphens=False,
        break_long_words=False,
    )
    lines = "\n".join(f"        {key!r}: {short[key]!r}," for key in sorted(short))
    parts = tuple(int(part) for part in version.split("."))
    return f'''"""Arguments of `vllm serve`, by `python -m scripts.vllm_arguments` from a wheel."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

VERSION: Final[tuple[int, int, int]] = {parts}
"""The version whose arguments these are."""
_NAMES: Final = """
{textwrap.indent(names, "    ")}
"""
ARGUMENTS: Final = frozenset(f"--{{name}}" for name in _NAMES.split())
"""Long names; those that are switches also take `--no-` before the name."""
SHORT: Final[Mapping[str, str]] = MappingProxyType(
    {{
{lines}
    }}
)
"""Long name of each short one."""
'''


def main(wheel: Path) -> None:
    """Write the module of the catalog from a wheel."""
    match = _VERSION.match(wheel.name)
    if match is None:
        sys.exit(f"{wheel.name} is no wheel of vLLM")
    _TARGET.write_text(page(match["version"], *arguments(wheel)), encoding="utf-8")
    print(f"{_TARGET}: format it with `ruff format`")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
