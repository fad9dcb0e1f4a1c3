"""What vLLM's server accepts, by version."""

from dataclasses import dataclass
from typing import Final, final

from inference.catalog.source import Level, high

VLLM_SOURCE: Final = high("vLLM 0.32.0, read in its code and run through its argument parser")
DEFAULT_MAX_LORA_RANK: Final = 16
DEFAULT_GPU_MEMORY_UTILIZATION: Final = 0.92
LORA_RANKS: Final = (1, 8, 16, 32, 64, 128, 256, 320, 512)
LORA_RANKS_SOURCE: Final = high("vLLM 0.32.0, vllm/config/lora.py")
NO_FLOAT16: Final = ("google/gemma-2-", "google/gemma-3-")
"""Beginnings of repositories whose models vLLM refuses with `--dtype=float16`."""
SHUTDOWN_TIMEOUT_SINCE: Final = (0, 32, 0)
"""First version known to take --shutdown-timeout. Earlier ones were not read, so not given it."""
CUDAGRAPH_SPECIALIZE_LORA_SINCE: Final = (0, 12, 0)
"""First release after October 2025, when the field came; earlier ones refuse it (level M)."""


@final
@dataclass(frozen=True, kw_only=True)
class Flag:
    """An argument of `vllm serve` that not every version has."""

    name: str
    since: tuple[int, int, int] | None = None
    """First version that has it."""
    gone: tuple[int, int, int] | None = None
    """First version of which every source says that it is gone."""
    instead: str
    """What to give in its place, to versions without it."""
    url: str
    level: Level = Level.MEDIUM
    """How well it is known; HIGH where it was looked up in the wheels."""


FLAGS: Final = (
    Flag(
        name="--shutdown-timeout",
        since=(0, 18, 0),
        instead="use vLLM 0.32.0 or later, to which this program gives it",
        url="https://github.com/llm-d/llm-d/issues/927",
    ),
    Flag(
        name="--enable-log-requests",
        since=(0, 10, 1),
        instead="leave it out: earlier versions log requests by default",
        url="https://docs.vllm.ai/en/v0.10.1.1/api/vllm/engine/arg_utils.html",
    ),
    Flag(
        name="--disable-log-requests",
        gone=(0, 17, 0),
        instead="leave it out: requests are not logged",
        url="https://github.com/vllm-project/vllm/pull/29402",
    ),
    Flag(
        name="--guided-decoding-backend",
        gone=(0, 12, 0),
        instead="leave it out, or give --structured-outputs-config",
        url="https://github.com/vllm-project/vllm/pull/29326",
    ),
    Flag(
        name="--num-scheduler-steps",
        gone=(0, 11, 0),
        instead="leave it out",
        url="https://github.com/vllm-project/vllm/pull/22779",
    ),
    Flag(
        name="--swap-space",
        gone=(0, 18, 0),
        instead="leave it out: vLLM recomputes preempted requests",
        url="https://github.com/vllm-project/vllm/pull/36216",
        level=Level.HIGH,
    ),
    Flag(
        name="--task",
        gone=(0, 13, 0),
        instead="leave it out to generate text; for embeddings and classification give "
        "--runner=pooling",
        url="https://pypi.org/project/vllm/0.32.0/",
        level=Level.HIGH,
    ),
    Flag(
        name="--enable-reasoning",
        gone=(0, 10, 0),
        instead="leave it out: --reasoning-parser is enough",
        url="https://github.com/vllm-project/vllm/issues/18538",
    ),
)
