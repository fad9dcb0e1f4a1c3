"""What llm-d-inference-sim does, and what a Pod of it requests."""

from typing import Final

from catalog.source import Level, Source

SIMULATOR_SOURCE: Final = Source(
    title="llm-d-inference-sim v0.10.2: pkg/common/parser.go, pkg/communication, Dockerfile",
    date="2026-11",
    level=Level.HIGH,
    url="https://github.com/llm-d/llm-d-inference-sim/tree/v0.10.2",
)
DRAIN_SECONDS: Final = 30
"""Running requests are finished for this long after SIGTERM, whatever the grace period."""
READY_PATH: Final = "/health/ready"
"""Answers 503 for `--startup-duration`, which /health does not."""
USER: Final = 65532
"""The image's user, `nonroot` of distroless. Nothing is written to its file system."""
CPU: Final = 0.1
MEMORY_MIB: Final = 256
STORAGE_MIB: Final = 100
"""Requests of a Pod, small enough for a laptop (inferred)."""
