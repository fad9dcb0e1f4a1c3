"""Python environments beside the data path's tests: Envoy with the syncer's imports, and guidellm.

`python -m scripts.data_path_environment [NAME ...]` makes those that are named, or all. They are
made in the ignored folder .toolchain, anew when their requirements change or the project was moved,
as their programs hold its path. Exits with 77 and the reason where one cannot be had.
"""

import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from typing import Final

from scripts.toolchain import IMPOSSIBLE, OUTPUT, ROOT

_ENVIRONMENTS: Final[Mapping[str, str]] = {"data-path": "datapath.txt", "load": "load.txt"}
"""The requirements of each, by its folder. Those of users' load tool have no hashes, and its
dependencies no lock: it stands in nobody's cluster."""


def _make(name: str, requirements: str) -> str:
    """Make an environment, unless it is there; why it cannot be, or ""."""
    environment, file = OUTPUT / name, ROOT / "requirements" / requirements
    installed = environment / file.name
    wanted = f"# {environment}\n".encode() + file.read_bytes()
    if installed.exists() and installed.read_bytes() == wanted:
        return ""
    print(f"Installing {file.relative_to(ROOT)} ...", flush=True)
    shutil.rmtree(environment, ignore_errors=True)
    venv.create(environment, with_pip=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    command = [*pip, "--disable-pip-version-check", "--requirement", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own
    if result.returncode:
        lines = result.stderr.strip().splitlines()
        return lines[-1] if lines else "pip failed"
    installed.write_bytes(wanted)
    return ""


def main() -> int:
    """Make those that are named; all when none is."""
    for name in sys.argv[1:] or _ENVIRONMENTS:
        problem = _make(name, _ENVIRONMENTS[name])
        if problem:
            print(f"The tests cannot run here: {problem}")
            return IMPOSSIBLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
