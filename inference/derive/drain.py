"""How long a server gets to stop, from what the stack says of its longest request. Seconds."""

from math import ceil
from typing import Final

from inference.config.models import Drain

_PREFILL_SHARE: Final = 0.4
"""Prompts that are still read delay the last answers by this share (the tutorial, step 4)."""
_GRACE_FACTOR: Final = 1.5
"""Safety on top of the longest request and the preStop sleep (the tutorial, step 6)."""
SHUTDOWN_MARGIN: Final = 5
"""Left to the server to exit after its last request, before the kubelet kills it."""


def whole_grace_period(drain: Drain) -> int:
    """terminationGracePeriodSeconds, by the tutorial's derivation: 132 for its own numbers.

    The longest answer at full batch, 40 % for prompts still being read, the preStop sleep, and
    half of it all again; never so short that the longest answer would be cut off.
    """
    longest = drain.max_output_tokens / drain.tokens_per_second * (1 + _PREFILL_SHARE)
    return max(
        ceil((longest + drain.pre_stop_seconds) * _GRACE_FACTOR),
        drain.pre_stop_seconds + ceil(longest) + SHUTDOWN_MARGIN,
    )


def whole_drain(drain: Drain) -> int:
    """What the grace period leaves after the preStop sleep to finish running requests."""
    return whole_grace_period(drain) - drain.pre_stop_seconds - SHUTDOWN_MARGIN
