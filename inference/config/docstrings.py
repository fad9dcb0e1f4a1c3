"""The text below each key of a section, which Python itself throws away."""

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise
from typing import cast

from pydantic import BaseModel


@cache
def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Docstring below each attribute of a class, by the attribute's name."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    body = cast("ast.ClassDef", definition).body
    return {
        statement.target.id: inspect.cleandoc(after.value.value)
        for statement, after in pairwise(body)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }
