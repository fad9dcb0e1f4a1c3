"""How long a server may take to start and to stop. Seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final, final

from inference.catalog.durations import (
    CPU_NODE_WAIT_LIMIT,
    DOWNLOAD_GB_PER_MINUTE,
    IMAGE_GB_PER_MINUTE,
    MOUNT_GB_PER_MINUTE,
    NODE_WAIT_LIMIT,
    STREAM_GB_PER_MINUTE,
)
from inference.config.models import Model
from inference.derive.drain import SHUTDOWN_MARGIN, whole_grace_period
from inference.derive.engines import has_syncer, server_of
from inference.derive.size import weights_gb
from inference.derive.syncer import ADAPTERS_SECONDS
from inference.derive.weights import WeightsSource, weights_source

_START_FACTOR = 2
"""A start may take twice what is expected before the kubelet gives up on it."""
_GB_PER_MINUTE: Final[Mapping[WeightsSource, float]] = {
    WeightsSource.HUGGING_FACE: DOWNLOAD_GB_PER_MINUTE,
    WeightsSource.STREAM: STREAM_GB_PER_MINUTE,
    WeightsSource.MOUNT: MOUNT_GB_PER_MINUTE,
    WeightsSource.IMAGE: IMAGE_GB_PER_MINUTE,
    # Of a volume's speed nothing is known: as slow as the slowest of the others.
    WeightsSource.CLAIM: MOUNT_GB_PER_MINUTE,
    WeightsSource.PATH: MOUNT_GB_PER_MINUTE,
}


def grace_period(model: Model) -> int:
    """terminationGracePeriodSeconds: what the longest request asks for, and the engine gives."""
    whole, limit = whole_grace_period(model.drain), server_of(model).longest_drain
    if limit is None:
        return whole
    return min(whole, model.drain.pre_stop_seconds + limit + SHUTDOWN_MARGIN)


def drain_seconds(model: Model) -> int:
    """What the grace period leaves after the preStop sleep to finish running requests."""
    return grace_period(model) - model.drain.pre_stop_seconds - SHUTDOWN_MARGIN


def download_minutes(model: Model) -> float:
    """Expected minutes to fetch the weights from where they are.

    Adapters are not counted: the syncer loads them into a server that has started, and a Pod that
    depended on their number would restart with each.
    """
    rate = _GB_PER_MINUTE.get(weights_source(model))
    return weights_gb(model) / rate if rate is not None else 0


def start_minutes(model: Model) -> float:
    """Expected minutes from the container's start until it serves, the download left out."""
    return sum(step.minutes for step in server_of(model).starts)


def startup_budget(model: Model) -> int:
    """Time from the container's start until /health must answer."""
    # An image is there before the container starts.
    loaded = 0 if weights_source(model) is WeightsSource.IMAGE else download_minutes(model)
    expected = loaded + start_minutes(model)
    return ceil(expected * _START_FACTOR * 60)


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
    weights = download_minutes(model) if weights_source(model) is WeightsSource.IMAGE else 0
    image = ceil((server_of(model).image_pull.minutes + weights) * _START_FACTOR * 60)
    node = CPU_NODE_WAIT_LIMIT if model.engine.is_simulated else NODE_WAIT_LIMIT
    adapters = ADAPTERS_SECONDS if has_syncer(model) else 0
    start = image + startup_budget(model) + adapters
    deadline = ceil(node * 60) + start
    one = grace_period(model) + start
    return DeploymentTimes(
        progress_deadline=deadline,
        # The provider reports why a Deployment failed only after its own deadline has passed.
        create=deadline + 60,
        update=deadline + 60 + one * (model.most_replicas - 1),
    )
