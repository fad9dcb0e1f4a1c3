"""Whether the GPU tests can run here: an NVIDIA GPU, and vLLM of the catalog's version.

`python -m scripts.gpu_requirements` exits with 77 and the reason where they cannot.
"""

import shutil
import subprocess
import sys

from inference.catalog.images import VLLM
from scripts.toolchain import IMPOSSIBLE


def _output(command: list[str]) -> str | None:
    """What a command printed; None when it is missing or fails."""
    if shutil.which(command[0]) is None:
        return None
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own
    return result.stdout.strip() if result.returncode == 0 else None


def missing() -> str:
    """What is missing; "" where nothing is."""
    if not _output(["nvidia-smi", "--list-gpus"]):
        return "there is no NVIDIA GPU"
    wanted = VLLM.tag.removeprefix("v")
    printed = _output(["vllm", "--version"])
    if printed is None:
        return f"vLLM {wanted} is not installed: pip install vllm=={wanted}, and have it on PATH"
    found = printed.split()[-1]
    if found.partition("+")[0] != wanted:
        return f"vLLM {found} is installed, and the catalog's version is {wanted}"
    return ""


def main() -> int:
    """Say why not, if so."""
    reason = missing()
    if reason:
        print(f"The tests cannot run here: {reason}")
        return IMPOSSIBLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
