"""The upstream charts, from their releases' Go modules, under the names they have in registries."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from harness.toolchain import ROOT, module, program

RELEASES: Final = ("v1.0.0", "v1.5.0")
"""Gateway releases whose charts a Go module carries."""
_LLM_D: Final = "llm-d-router-gateway"
"""llm-d's chart, which none carries: ours stands in for it."""


def lay_out(folder: Path) -> None:
    """Put each chart into `folder/NAME-VERSION`, complete with the charts it depends on."""
    for release in RELEASES:
        source = module(f"inference-extension-{release}") / "config" / "charts"
        work = folder / "sources" / release
        shutil.copytree(source, work)
        # Files of a Go module are read-only.
        subprocess.run(["chmod", "-R", "u+w", str(work)], check=True)  # noqa: S603, S607
        chart = work / "inferencepool"
        subprocess.run(  # noqa: S603 our own command
            [program("helm"), "dependency", "build", str(chart)], check=True, capture_output=True
        )
        (folder / f"inferencepool-{release}").symlink_to(chart)
        router = work / "body-based-routing"
        (folder / f"body-based-routing-{release}").symlink_to(router)
    (folder / f"{_LLM_D}-v0.10.0").symlink_to(ROOT / "tests" / "engine" / "charts" / _LLM_D)
