"""Runs the LoRA syncer of the gateway release: its source is in the release's Go module."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from measurement.calls import models
from measurement.rendered import Rendered
from measurement.server import Process, Server, local_environment

SOURCE_VARIABLE: Final = "LORA_SYNCER_SOURCE"
"""Names the folder of sidecar.py where the Go module is not in Go's cache."""
MODULE: Final = "sigs.k8s.io/gateway-api-inference-extension"
_FOLDER: Final = "tools/dynamic-lora-sidecar/sidecar"
_PROGRAM: Final = "sidecar.py"
_LIMIT: Final = 90.0
"""Seconds; far more than loading from a local disk takes."""


def _module_cache() -> Path | None:
    """Go's module cache; None where there is neither Go nor its usual folder."""
    try:
        result = subprocess.run(
            ["go", "env", "GOMODCACHE"],  # noqa: S607 whichever Go is installed
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        usual = Path.home() / "go" / "pkg" / "mod"
        return usual if usual.is_dir() else None
    return Path(result.stdout.strip()) if result.returncode == 0 else None


def find_source(version: str) -> Path | None:
    """The folder of the syncer's source, None where it is nowhere.

    `go mod download sigs.k8s.io/gateway-api-inference-extension@VERSION` brings it.
    """
    named = os.environ.get(SOURCE_VARIABLE)
    cache = _module_cache()
    folders = [Path(named)] if named else []
    if cache is not None:
        folders.append(cache / f"{MODULE}@{version}" / _FOLDER)
    return next((folder for folder in folders if (folder / _PROGRAM).is_file()), None)


def sync(
    rendered: Rendered, server: Server, source: Path, work: Path, python: str = sys.executable
) -> dict[str, Any]:
    """Let the syncer load the adapters of the rendered ConfigMap, and say what came of it.

    Its command, arguments and variables are the rendered ones, run by a `python` that has what it
    imports. The ConfigMap lies where a kubelet would have mounted it, byte by byte.
    """
    container = rendered.syncer
    if container is None:
        return {}
    volumes = work / "syncer"
    for mount in container.mounts.values():
        folder = volumes / mount.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in rendered.adapters.items():
            (folder / name).write_text(text, encoding="utf-8")
    _, *program = container.command
    command = [python, *program, *container.arguments]
    wanted = set(rendered.adapter_sources)
    start = time.monotonic()
    process = Process(command, source, local_environment(container, volumes), work / "syncer.log")
    try:
        while time.monotonic() - start < _LIMIT and not wanted <= set(models(server.url)):
            if process.exit_code is not None:
                break
            time.sleep(0.2)
        seconds = time.monotonic() - start
        served = models(server.url)
    finally:
        process.kill()
    return {
        "seconds": round(seconds, 1),
        "served": served,
        "loaded": sorted(wanted & set(served)),
        "missing": sorted(wanted - set(served)),
        "errors": [line.text for line in process.lines if "ERROR" in line.text],
    }
