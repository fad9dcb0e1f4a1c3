"""What a HorizontalPodAutoscaler of model servers scales by."""

from collections.abc import Iterator

from catalog.metrics_adapter import pods_metric
from catalog.vllm import KV_CACHE_USAGE_METRIC, QUEUE_DEPTH_METRIC
from config.autoscaling import ServerAutoscaling


def pod_targets(autoscaling: ServerAutoscaling) -> Iterator[tuple[str, str]]:
    """Names of Pods metrics and their average values, as quantities."""
    if autoscaling.queue_depth is not None:
        yield pods_metric(QUEUE_DEPTH_METRIC), str(autoscaling.queue_depth)
    if autoscaling.kv_cache_usage is not None:
        # Quantities have no fractions that every client prints alike but thousandths.
        yield (
            pods_metric(KV_CACHE_USAGE_METRIC),
            f"{round(autoscaling.kv_cache_usage * 1000)}m",
        )
