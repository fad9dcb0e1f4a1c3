"""Where `make toolchain` put what it built."""

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
TOOLCHAIN: Final = Path(os.environ.get("GKE_INFERENCE_GATEWAY_TOOLCHAIN", ROOT / ".toolchain"))
"""Another place than the project's own folder can be named in the environment."""


def program(name: str) -> str:
    """Path of a built program.

    Raises:
        FileNotFoundError: when it has not been built.

    """
    file = TOOLCHAIN / "bin" / name
    if not file.exists():
        message = f"{file} is not there; `make toolchain` builds it"
        raise FileNotFoundError(message)
    return str(file)


def module(name: str) -> Path:
    """Folder of a Go module whose files are read."""
    return TOOLCHAIN / "modules" / name
