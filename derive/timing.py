"""How long a server may take to start and to stop. Seconds."""

from dataclasses import dataclass
from math import ceil
from typing import final

from catalog.durations import (
    COMPILE_AND_WARM_UP,
    DOWNLOAD_GB_PER_MINUTE,
    ENGINE_START,
    IMAGE_PULL,
    NODE_WAIT_LIMIT,
)
from config.models import Drain, Model
from derive.size import weights_gb

_PREFILL_SHARE = 0.4
"""Prompts that are still read delay the last answers by this share (the tutorial, step 4)."""
_GRACE_FACTOR = 1.5
"""Safety on top of the longest request and the preStop sleep (the tutorial, step 6)."""
_SHUTDOWN_MARGIN = 5
"""Left to vLLM to exit after its last request, before the kubelet kills it."""
_START_FACTOR = 2
"""A start may take twice what is expected before the kubelet gives up on it."""
STARTUP_PERIOD = 5
"""Seconds between startup probes."""


def grace_period(drain: Drain) -> int:
    """terminationGracePeriodSeconds, by the tutorial's derivation: 132 for its own numbers.

    The longest answer at full batch, 40 % for prompts still being read, the preStop sleep, and
    half of it all again; never so short that the longest answer would be cut off.
    """
    longest = drain.max_output_tokens / drain.tokens_per_second * (1 + _PREFILL_SHARE)
    return max(
        ceil((longest + drain.pre_stop_seconds) * _GRACE_FACTOR),
        drain.pre_stop_seconds + ceil(longest) + _SHUTDOWN_MARGIN,
    )


def shutdown_timeout(drain: Drain) -> int:
    """`--shutdown-timeout` of vLLM: what the grace period leaves after the preStop sleep."""
    return grace_period(drain) - drain.pre_stop_seconds - _SHUTDOWN_MARGIN


def download_minutes(model: Model) -> float:
    """Expected minutes to fetch the weights from Hugging Face.

    Adapters are not counted: the syncer loads them into a server that has started, and a Pod that
    depended on their number would restart with each.
    """
    return weights_gb(model) / DOWNLOAD_GB_PER_MINUTE


def startup_budget(model: Model) -> int:
    """Time from the container's start until /health must answer."""
    expected = ENGINE_START.minutes + download_minutes(model) + COMPILE_AND_WARM_UP.minutes
    return ceil(expected * _START_FACTOR * 60)


def startup_failures(model: Model) -> int:
    """FailureThreshold of the startup probe."""
    return ceil(startup_budget(model) / STARTUP_PERIOD)


@final
@dataclass(frozen=True, kw_only=True)
class DeploymentTimes:
    """How long a Deployment is waited for."""

    progress_deadline: int
    """progressDeadlineSeconds: a node, the image and one start."""
    create: int
    """Until every replica is ready, all starting at once."""
    update: int
    """The same for a roll-out that replaces one replica after the other."""


def deployment_times(model: Model) -> DeploymentTimes:
    """Waiting times of the Deployment. Nodes are counted in, as it does not wait for the pool."""
    image = ceil(IMAGE_PULL.minutes * _START_FACTOR * 60)
    deadline = ceil(NODE_WAIT_LIMIT * 60) + image + startup_budget(model)
    one = grace_period(model.drain) + image + startup_budget(model)
    return DeploymentTimes(
        progress_deadline=deadline,
        # The provider reports why a Deployment failed only after its own deadline has passed.
        create=deadline + 60,
        update=deadline + 60 + one * (model.replicas - 1),
    )
