"""What a HorizontalPodAutoscaler of model servers scales by."""

from collections.abc import Iterator

from catalog.metrics import KV_CACHE, WAITING
from catalog.metrics_adapter import pods_metric
from config.autoscaling import ServerAutoscaling


def pod_targets(autoscaling: ServerAutoscaling) -> Iterator[tuple[str, str]]:
    """Names of Pods metrics and their average values, as quantities."""
    if autoscaling.queue_depth is not None:
        yield pods_metric(WAITING.name), str(autoscaling.queue_depth)
    if autoscaling.kv_cache_usage is not None:
        # Quantities have no fractions that every client prints alike but thousandths.
        yield pods_metric(KV_CACHE.name), f"{round(autoscaling.kv_cache_usage * 1000)}m"
