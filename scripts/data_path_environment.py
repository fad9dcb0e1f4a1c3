"""The Python environment beside the data path's tests: Envoy, and what the LoRA syncer imports.

It is made in the ignored folder .toolchain, anew when its requirements change or the project was
moved, as its programs hold its path. Exits with 77 and the reason where it cannot be had.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

from scripts.toolchain import IMPOSSIBLE, OUTPUT, ROOT

_REQUIREMENTS: Final = ROOT / "requirements" / "datapath.txt"
_ENVIRONMENT: Final = OUTPUT / "data-path"


def _install(environment: Path) -> str:
    """Install the requirements; why not, or ""."""
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    options = ["--disable-pip-version-check", "--require-hashes", "--requirement"]
    command = [*pip, *options, str(_REQUIREMENTS)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own
    lines = result.stderr.strip().splitlines()
    return (lines[-1] if lines else "pip failed") if result.returncode else ""


def main() -> int:
    """Make it, unless it is there."""
    installed = _ENVIRONMENT / _REQUIREMENTS.name
    wanted = f"# {_ENVIRONMENT}\n".encode() + _REQUIREMENTS.read_bytes()
    if not installed.exists() or installed.read_bytes() != wanted:
        print(f"Installing {_REQUIREMENTS.relative_to(ROOT)} ...", flush=True)
        shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
        venv.create(_ENVIRONMENT, with_pip=True)
        problem = _install(_ENVIRONMENT)
        if problem:
            print(f"The tests cannot run here: {problem}")
            return IMPOSSIBLE
        installed.write_bytes(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
