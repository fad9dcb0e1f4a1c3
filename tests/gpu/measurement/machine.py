"""What the measurements were made on: GPUs, driver and versions. No names of hosts or places."""

import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def _output(command: list[str]) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own
    except OSError:
        return ""
    return result.stdout if result.returncode == 0 else ""


def gpus() -> list[dict[str, str]]:
    """Each NVIDIA GPU's name and memory; none where there is no driver."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    rows = [row.split(", ") for row in _output(query).splitlines()]
    return [{"name": row[0], "memory": row[1]} for row in rows if len(row) == 2]


def installed(package: str) -> str | None:
    """The version of a package beside this Python; None where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def describe() -> dict[str, Any]:
    """The machine, for a file of results."""
    text = _output(["nvidia-smi"])
    driver = re.search(r"Driver Version: ([\d.]+)", text)
    cuda = re.search(r"CUDA[^:|]*Version: ([\d.]+)", text)
    return {
        "gpus": gpus(),
        "driver": driver[1] if driver else None,
        "cudaOfDriver": cuda[1] if cuda else None,
        "vllm": installed("vllm"),
        "torch": installed("torch"),
    }
