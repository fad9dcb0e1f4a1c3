"""The fast YAML loader where libyaml is there, else the slow one."""

import contextlib
from typing import TYPE_CHECKING

from yaml import SafeLoader

if not TYPE_CHECKING:
    with contextlib.suppress(ImportError):
        from yaml import CSafeLoader as SafeLoader

__all__ = ["SafeLoader"]
