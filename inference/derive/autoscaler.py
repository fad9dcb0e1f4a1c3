"""What a HorizontalPodAutoscaler of model servers scales by."""

from collections.abc import Iterator

from inference.catalog.metrics_adapter import pods_metric
from inference.catalog.server_metrics import ServerMetrics
from inference.derive.expected import ScaleOut


def pod_targets(wanted: ScaleOut, metrics: ServerMetrics) -> Iterator[tuple[str, str]]:
    """Names of Pods metrics and their average values, as quantities."""
    if wanted.queue_depth is not None:
        yield pods_metric(metrics.waiting.name), str(wanted.queue_depth)
    if wanted.kv_cache_usage is not None:
        # Quantities have no fractions that every client prints alike but thousandths.
        yield pods_metric(metrics.kv_cache.name), f"{round(wanted.kv_cache_usage * 1000)}m"
