"""Autoscaled servers: whether there is anything to scale by, and what scaling down saves."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.limits import HPA
from inference.catalog.metrics_adapter import ADAPTER_SOURCE, AUTOSCALING_SOURCE
from inference.catalog.replicas import SHARED_FIELDS
from inference.config import Finding, Settings, Severity
from inference.config.autoscaling import AdapterOrigin, ServerAutoscaling
from inference.config.finding import remove_command, set_command
from inference.derive.placement import pools_for
from inference.preflight.registry import Check

NO_METRICS: Final = Check(
    id="autoscaling.no-metrics",
    severity=Severity.ERROR,
    cause="A model is autoscaled in a cluster without Managed Prometheus.",
    consequence="The autoscaler finds no metrics, and the number of servers stays as it is.",
    fix="Give `replicas` instead.",
    source=AUTOSCALING_SOURCE,
)
UNUSED: Final = Check(
    id="autoscaling.adapter-unused",
    severity=Severity.WARNING,
    cause="`autoscaling.adapter` is set, but no model is autoscaled.",
    consequence="No adapter is made.",
    fix="Remove the key, or give a model `autoscaling`.",
    source=ADAPTER_SOURCE,
)
PRESENT: Final = Check(
    id="autoscaling.adapter-elsewhere",
    severity=Severity.WARNING,
    cause="A model is autoscaled, and the custom metrics adapter is not this stack's.",
    consequence="Without one in the cluster the number of servers never changes.",
    fix="Install the adapter, or accept the finding where the cluster has it.",
    source=AUTOSCALING_SOURCE,
)
FIXED: Final = Check(
    id="autoscaling.fixed-nodes",
    severity=Severity.INFO,
    cause="A model's servers are autoscaled, and the node pools that hold them are not.",
    consequence="Fewer servers free GPUs for other models, and cost the same.",
    fix="Give the node pool `autoscaling` in place of `nodes`.",
    source=AUTOSCALING_SOURCE,
)
SWITCH: Final = Check(
    id="autoscaling.switch",
    severity=Severity.INFO,
    cause="A model's servers are autoscaled from now on.",
    consequence="In the update that turns autoscaling on, a running Deployment keeps its number "
    "until the autoscaler sets another; a new one starts with one server.",
    fix="Set `min` to what the load needs at once.",
    source=SHARED_FIELDS,
)
BOUNDS: Final = Check(
    id="autoscaling.min-above-max",
    severity=Severity.ERROR,
    cause="The fewest servers of a model are more than the most.",
    consequence="The API server refuses the autoscaler.",
    fix="Raise `max`, or lower `min`.",
    source=HPA,
    acceptable=False,
)
NOTHING: Final = Check(
    id="autoscaling.nothing-to-scale-by",
    severity=Severity.ERROR,
    cause="`queueDepth` and `kvCacheUsage` are both empty.",
    consequence="The autoscaler has no metric, and the API server gives it the CPU's, which says "
    "nothing of a GPU.",
    fix="Give one of them.",
    source=AUTOSCALING_SOURCE,
    acceptable=False,
)
CHECKS: Final = (BOUNDS, NOTHING, NO_METRICS, UNUSED, PRESENT, FIXED, SWITCH)


def _adapter(settings: Settings, *, scaled: bool) -> Iterator[Finding]:
    path = "autoscaling.adapter"
    if settings.autoscaling.adapter is not None and not scaled:
        yield UNUSED.finding(
            path,
            "is set, but no model is autoscaled, so it has no effect",
            remove_command(path),
        )
    if scaled and settings.on_gke and not settings.installs_adapter:
        yield PRESENT.finding(
            path,
            "the custom metrics adapter is not this stack's: without one in the cluster the number "
            "of servers never changes",
            f"{set_command(path, AdapterOrigin.INSTALL.value)}, or accept this finding where there "
            "is one",
        )


def _bounds(path: str, scaling: ServerAutoscaling) -> Iterator[Finding]:
    if scaling.min > scaling.max:
        yield BOUNDS.finding(
            path,
            f"min {scaling.min} is above max {scaling.max}",
            set_command(f"{path}.min", str(scaling.max)),
        )
    if scaling.queue_depth is None and scaling.kv_cache_usage is None:
        yield NOTHING.finding(
            path,
            "queueDepth and kvCacheUsage are both empty: there would be nothing to scale by",
            f"remove one of them from `{path}` in the stack file, and its default holds",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about autoscaled models and their adapter."""
    scaled = any(model.autoscaling for model in settings.models)
    yield from _adapter(settings, scaled=scaled)
    for index, model in enumerate(settings.models):
        if model.autoscaling is None:
            continue
        path = f"models[{index}].autoscaling"
        yield from _bounds(path, model.autoscaling)
        if not settings.on_gke:
            yield NO_METRICS.finding(
                path,
                "outside GKE nothing collects the servers' metrics for an autoscaler: the number "
                "of servers would never change",
                f"remove `{path}` from the stack file, and give `replicas`",
            )
            continue
        yield SWITCH.finding(
            path,
            "servers that run keep their number until the autoscaler sets another; a new model "
            "starts with one and grows to min",
            "set min to what the load needs at once",
        )
        pools = pools_for(settings, model)
        if pools and all(pool.autoscaling is None for pool in pools):
            names = ", ".join(pool.name for pool in pools)
            yield FIXED.finding(
                path,
                f"nodes of {names} are a fixed number: fewer servers cost the same",
                "give the node pool `autoscaling` in place of `nodes`",
            )
