"""Autoscaled servers: whether there is anything to scale by, and what scaling down saves."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import SCALE_TO_ZERO
from inference.catalog.gke_versions import is_before
from inference.catalog.limits import HPA
from inference.catalog.metrics_adapter import (
    ADAPTER_SOURCE,
    AUTOSCALING_SOURCE,
    MANAGED_METRICS,
    MANAGED_SINCE,
    MANAGED_SOURCE,
)
from inference.catalog.replicas import SHARED_FIELDS
from inference.config import Finding, Settings, Severity
from inference.config.autoscaling import AdapterOrigin, MetricsOrigin, ServerAutoscaling
from inference.config.cluster import ReleaseChannel
from inference.config.finding import edit, remove_command, set_command
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
    cause="`autoscaling.adapter` or `autoscaling.metrics` is set, but no model is autoscaled; or "
    "`adapter` is, and GKE itself exposes the metrics.",
    consequence="No adapter is made, and no metric exposed.",
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
TOO_OLD: Final = Check(
    id="autoscaling.managed-too-old",
    severity=Severity.ERROR,
    cause="`autoscaling.metrics` is `managed`, and the cluster is of another channel than rapid, "
    f"or of a version before {MANAGED_SINCE}.",
    consequence="Google offers it to newer clusters of channel rapid alone: the cluster has no "
    "AutoscalingMetric, and pulumi up fails.",
    fix="Use `stackdriver`, or a newer cluster of channel rapid. Accept the finding once Google "
    "offers it in the cluster's channel.",
    source=MANAGED_SOURCE,
)
ELSEWHERE: Final = Check(
    id="autoscaling.managed-elsewhere",
    severity=Severity.WARNING,
    cause="`autoscaling.metrics` is `managed` in a cluster that the stack does not make.",
    consequence=f"Unless it is of channel rapid, {MANAGED_SINCE} or later, and its autoscalers "
    "have the profile `performance`, the number of servers never changes.",
    fix="Set the profile, and accept the finding; or use `stackdriver`.",
    source=MANAGED_SOURCE,
)
MANY: Final = Check(
    id="autoscaling.managed-limit",
    severity=Severity.ERROR,
    cause=f"Autoscalers look at more than the {MANAGED_METRICS} metrics that GKE exposes itself.",
    consequence="Those beyond are not exposed, and their models never scale.",
    fix="Use `stackdriver`, or scale some models by one metric alone.",
    source=MANAGED_SOURCE,
)
NO_SERVER: Final = Check(
    id="autoscaling.no-server",
    severity=Severity.ERROR,
    cause="`autoscaling.min` is 0.",
    consequence="Requests are refused while there is no server, and nothing starts one: what the "
    "autoscaler looks at are the servers' own metrics. It would take flow control in the picker "
    "(from v1.3.0 on) that holds requests, an autoscaler that looks at the picker's queue, and a "
    "load balancer that asks the picker although the pool has no endpoint, which Google does not "
    "document for GKE's Gateway classes.",
    fix="Set `min` to 1.",
    source=SCALE_TO_ZERO,
    acceptable=False,
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
CHECKS: Final = (
    BOUNDS,
    NO_SERVER,
    NOTHING,
    NO_METRICS,
    UNUSED,
    PRESENT,
    TOO_OLD,
    ELSEWHERE,
    MANY,
    FIXED,
    SWITCH,
)


def _managed(settings: Settings) -> Iterator[Finding]:
    cluster, path = settings.cluster, "autoscaling.metrics"
    instead = set_command(path, MetricsOrigin.STACKDRIVER.value)
    version, channel = cluster.version, cluster.release_channel
    old = version is not None and is_before(version, MANAGED_SINCE)
    if not cluster.is_created:
        yield ELSEWHERE.finding(
            path,
            f"managed needs channel rapid, GKE {MANAGED_SINCE} and the profile performance: else "
            "the number of servers never changes",
            "gcloud container clusters update CLUSTER --hpa-profile=performance, or " + instead,
        )
    elif old or channel is not ReleaseChannel.RAPID:
        has = f"version {version}" if old else f"channel {channel.value}"
        yield TOO_OLD.finding(
            path,
            f"managed needs GKE {MANAGED_SINCE} of channel rapid, and the cluster is of {has}: "
            "pulumi up would fail",
            instead,
        )
    count = sum(
        (one.queue_depth is not None) + (one.kv_cache_usage is not None)
        for one in (model.autoscaling for model in settings.models)
        if one is not None
    )
    if count > MANAGED_METRICS:
        yield MANY.finding(
            path,
            f"{count} metrics of all models are more than the {MANAGED_METRICS} that GKE exposes",
            instead,
        )


def _adapter(settings: Settings, *, scaled: bool) -> Iterator[Finding]:
    path, shared = "autoscaling.adapter", settings.autoscaling
    if shared.adapter is not None and (not scaled or settings.has_managed_metrics):
        yield UNUSED.finding(
            path,
            "is set, but GKE itself exposes the metrics, so it has no effect"
            if scaled
            else "is set, but no model is autoscaled, so it has no effect",
            remove_command(path),
        )
    if shared.metrics is not None and not scaled:
        yield UNUSED.finding(
            "autoscaling.metrics",
            "is set, but no model is autoscaled, so it has no effect",
            remove_command("autoscaling.metrics"),
        )
    if settings.has_managed_metrics:
        yield from _managed(settings)
    elif scaled and settings.on_gke and not settings.installs_adapter:
        yield PRESENT.finding(
            path,
            "the custom metrics adapter is not this stack's: without one in the cluster the number "
            "of servers never changes",
            set_command(path, AdapterOrigin.INSTALL.value) + ", or accept this finding where there "
            "is one",
        )


def _bounds(path: str, scaling: ServerAutoscaling) -> Iterator[Finding]:
    if not scaling.min:
        yield NO_SERVER.finding(
            f"{path}.min",
            "0 is not possible: no request is held until a server has started. It takes flow "
            "control in the picker (from v1.3.0 on), scaling by the picker's queue, and a load "
            "balancer that asks the picker of a pool without endpoints, which Google does not "
            "document",
            set_command(f"{path}.min", "1"),
        )
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
            edit({f"{path}.queueDepth": None}) + ", and its default holds",
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
                edit({path: None, f"models[{index}].replicas": max(1, model.autoscaling.min)}),
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
