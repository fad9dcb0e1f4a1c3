"""Preview the project in the working directory, with its own modules, not those beside this file.

Use: python preview_project.py STACK TOKEN; prints the engine's output, and fails as it does.
"""

import runpy
import sys
from pathlib import Path
from typing import Final

from pulumi import automation

_PROJECT: Final = Path.cwd()
_PREINSTALLED: Final = (
    "inferencepools.inference.networking.k8s.io",
    "inferencepools.inference.networking.x-k8s.io",
    "inferenceobjectives.inference.networking.x-k8s.io",
    "inferencemodelrewrites.inference.networking.x-k8s.io",
    "inferencepoolimports.inference.networking.x-k8s.io",
)
"""None is installed, so none is fetched: what is tried is that the project runs as it is."""


def _program() -> None:
    runpy.run_path(str(_PROJECT / "__main__.py"), run_name="__main__")


def main() -> None:
    """Configure a stack as its owner would, and preview it."""
    stack_name, token = sys.argv[1:]
    sys.path[0] = str(_PROJECT)
    stack = automation.create_or_select_stack(stack_name, work_dir=str(_PROJECT))
    stack.workspace.program = _program
    stack.set_config("gcp:project", automation.ConfigValue("test-project"))
    # As typed: without a namespace, so below the project's own name.
    stack.set_config("huggingFaceToken", automation.ConfigValue(token, secret=True))
    for index, name in enumerate(_PREINSTALLED):
        stack.set_config(f"crds.preinstalled[{index}]", automation.ConfigValue(name), path=True)
    stack.preview(on_output=print, color="never", diff=True)


if __name__ == "__main__":
    main()
