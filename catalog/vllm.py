"""What vLLM's server accepts, by version."""

import re
from typing import Final

from catalog.source import Level, Source

VLLM_SOURCE: Final = Source(
    title="vLLM 0.32.0, read in its code and run through its argument parser",
    date="2026-11",
    level=Level.HIGH,
)
DEFAULT_MAX_LORA_RANK: Final = 16
DEFAULT_GPU_MEMORY_UTILIZATION: Final = 0.92
LORA_RANKS: Final = (1, 8, 16, 32, 64, 128, 256, 320, 512)
LORA_RANKS_SOURCE: Final = Source(
    title="vLLM: LoRA configuration", date="2026-11", level=Level.MEDIUM
)
SHUTDOWN_TIMEOUT_SINCE: Final = (0, 32, 0)
"""First version known to take --shutdown-timeout. Earlier ones were not read, so not given it."""
CUDAGRAPH_SPECIALIZE_LORA_SINCE: Final = (0, 12, 0)
"""First release after October 2025, when the field came; earlier ones refuse it (level M)."""

_VERSION: Final = re.compile(r":v?(\d+)\.(\d+)\.(\d+)")


def image_version(reference: str) -> tuple[int, int, int] | None:
    """The vLLM version that an image's tag names, e.g. (0, 32, 0); None where it names none."""
    match = _VERSION.search(reference.rpartition("/")[2])
    return (int(match[1]), int(match[2]), int(match[3])) if match else None
