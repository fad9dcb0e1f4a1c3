"""`make bench`: endpoint picker against taking servers in turn (tests/datapath/data_path/bench.py).

Real picker, Envoy and engine; simulated servers. All ratios are of one run.
"""

import os
import subprocess
import sys
from typing import Final

from inference.config.stack_file import ROOT

_TESTS: Final = ROOT / "tests"
_PATH: Final = os.pathsep.join(map(str, (ROOT, _TESTS / "engine", _TESTS / "datapath")))
_NEEDED: Final = (("scripts.toolchain", "--data-path"), ("scripts.data_path_environment",))


def main() -> int:
    """Build what it needs, and measure; the status is that of what could not be had."""
    for module in _NEEDED:
        built = subprocess.run([sys.executable, "-m", *module], cwd=ROOT, check=False)  # noqa: S603 our own
        if built.returncode:
            print("data path: NOT MEASURED, as what answers requests cannot be had here")
            return built.returncode
    command = [sys.executable, "-m", "data_path.bench"]
    variables = {**os.environ, "PYTHONPATH": _PATH}
    return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode  # noqa: S603 our own


if __name__ == "__main__":
    sys.exit(main())
