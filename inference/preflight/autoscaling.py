"""Autoscaled servers: whether there is anything to scale by, and what scaling down saves."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import SCALE_TO_ZERO, SHARED_FIELDS
from inference.catalog.limits import HPA, MANAGED_METRICS, MANAGED_SOURCE
from inference.catalog.metrics_adapter import ADAPTER_SOURCE, AUTOSCALING_SOURCE, MANAGED_SINCE
from inference.config import Finding, Settings
from inference.config.autoscaling import AdapterOrigin, MetricsOrigin, ServerAutoscaling
from inference.config.cluster import ReleaseChannel
from inference.config.finding import edit, set_command
from inference.config.gke_version import is_before
from inference.derive.placement import pools_for
from inference.preflight.registry import error, info, refusal, warning

NO_METRICS: Final = error(
    id="autoscaling.no-metrics",
    cause="A model is autoscaled in a cluster without Managed Prometheus.",
    consequence="The autoscaler finds no metrics, and the number of servers stays as it is.",
    fix="Set `replicas` instead.",
    source=AUTOSCALING_SOURCE,
)
ADAPTER_UNUSED: Final = warning(
    id="autoscaling.adapter-unused",
    cause="`autoscaling.adapter` or `autoscaling.metrics` is set, but no model is autoscaled; or "
    "`adapter` is set, but GKE itself exposes the metrics.",
    consequence="No adapter is installed, and no metric is exposed.",
    fix="Remove the key, or set `autoscaling` on a model.",
    source=ADAPTER_SOURCE,
)
ADAPTER_ELSEWHERE: Final = warning(
    id="autoscaling.adapter-elsewhere",
    cause="A model is autoscaled, and this stack does not install the custom metrics adapter.",
    consequence="Without an adapter in the cluster, the number of servers never changes.",
    fix="Install the adapter, or accept the finding if the cluster already has one.",
    source=AUTOSCALING_SOURCE,
)
FIXED_NODES: Final = info(
    id="autoscaling.fixed-nodes",
    cause="A model's servers are autoscaled, but their node pools are not.",
    consequence="Scaling down frees GPUs for other models, but the nodes cost the same.",
    fix="Set `autoscaling` on the node pool instead of `nodes`.",
    source=AUTOSCALING_SOURCE,
)
SWITCH: Final = info(
    id="autoscaling.switch",
    cause="A model becomes autoscaled.",
    consequence="In the update that turns autoscaling on, a running Deployment keeps its replica "
    "count until the autoscaler changes it; a new one starts with one server.",
    fix="Set min to what the load needs from the start.",
    source=SHARED_FIELDS,
)
MANAGED_TOO_OLD: Final = error(
    id="autoscaling.managed-too-old",
    cause="`autoscaling.metrics` is `managed`, but the cluster is not in the rapid channel, or is "
    f"older than {MANAGED_SINCE}.",
    consequence="Google offers it only to newer clusters in the rapid channel: the cluster has no "
    "AutoscalingMetric CRD, and `pulumi up` fails.",
    fix="Use `stackdriver`, or a newer cluster in the rapid channel. Accept the finding once "
    "Google offers it in the cluster's channel.",
    source=MANAGED_SOURCE,
)
MANAGED_ELSEWHERE: Final = warning(
    id="autoscaling.managed-elsewhere",
    cause="`autoscaling.metrics` is `managed` in a cluster that the stack does not create.",
    consequence=f"Unless it is in the rapid channel, at {MANAGED_SINCE} or later, with the HPA "
    "profile `performance`, the number of servers never changes.",
    fix="Set the profile and accept the finding, or use `stackdriver`.",
    source=MANAGED_SOURCE,
)
MANAGED_LIMIT: Final = error(
    id="autoscaling.managed-limit",
    cause=f"The autoscalers use more than the {MANAGED_METRICS} metrics that GKE exposes itself.",
    consequence="The excess metrics are not exposed, and their models never scale.",
    fix="Use `stackdriver`, or scale some models by a single metric.",
    source=MANAGED_SOURCE,
)
NO_SERVER: Final = refusal(
    id="autoscaling.no-server",
    cause="`autoscaling.min` is 0.",
    consequence="Requests are refused while there is no server, and nothing starts one: the "
    "autoscaler uses the servers' own metrics. Scaling from zero needs flow control in the picker "
    "(v1.3.0 or later) to hold requests, an autoscaler that uses the picker's queue, and a load "
    "balancer that calls the picker although the pool has no endpoint, which Google does not "
    "document for GKE's Gateway classes.",
    fix="Set `min` to 1.",
    source=SCALE_TO_ZERO,
)
MIN_ABOVE_MAX: Final = refusal(
    id="autoscaling.min-above-max",
    cause="`autoscaling.min` of a model is greater than `max`.",
    consequence="The API server rejects the HorizontalPodAutoscaler.",
    fix="Raise `max`, or lower `min`.",
    source=HPA,
)
NOTHING_TO_SCALE_BY: Final = refusal(
    id="autoscaling.nothing-to-scale-by",
    cause="`queueDepth` and `kvCacheUsage` are both empty.",
    consequence="The autoscaler has no metric, and the API server defaults it to CPU utilization, "
    "which says nothing about a GPU.",
    fix="Set one of them.",
    source=AUTOSCALING_SOURCE,
)


def _managed(settings: Settings) -> Iterator[Finding]:
    cluster, path = settings.cluster, "autoscaling.metrics"
    instead = set_command(path, MetricsOrigin.STACKDRIVER.value)
    version, channel = cluster.version, cluster.release_channel
    old = version is not None and is_before(version, MANAGED_SINCE)
    if not cluster.is_created:
        yield MANAGED_ELSEWHERE.finding(
            path,
            f"managed needs the rapid channel, GKE {MANAGED_SINCE} and the HPA profile "
            "performance; otherwise the number of servers never changes",
            "gcloud container clusters update CLUSTER --hpa-profile=performance, or " + instead,
        )
    elif old or channel is not ReleaseChannel.RAPID:
        has = f"version {version}" if old else f"the {channel.value} channel"
        yield MANAGED_TOO_OLD.finding(
            path,
            f"managed needs GKE {MANAGED_SINCE} in the rapid channel, but the cluster has {has}: "
            "pulumi up would fail",
            instead,
        )
    count = sum(
        (one.queue_depth is not None) + (one.kv_cache_usage is not None)
        for one in (model.autoscaling for model in settings.models)
        if one is not None
    )
    if count > MANAGED_METRICS:
        yield MANAGED_LIMIT.finding(
            path,
            f"all models together use {count} metrics, more than the {MANAGED_METRICS} that GKE "
            "exposes",
            instead,
        )


def _adapter(settings: Settings, *, scaled: bool) -> Iterator[Finding]:
    path, shared = "autoscaling.adapter", settings.autoscaling
    if shared.adapter is not None and (not scaled or settings.has_managed_metrics):
        yield ADAPTER_UNUSED.to_remove(
            path,
            "is set, but GKE itself exposes the metrics, so it has no effect"
            if scaled
            else "is set, but no model is autoscaled, so it has no effect",
        )
    if shared.metrics is not None and not scaled:
        yield ADAPTER_UNUSED.to_remove(
            "autoscaling.metrics",
            "is set, but no model is autoscaled, so it has no effect",
        )
    if settings.has_managed_metrics:
        yield from _managed(settings)
    elif scaled and settings.on_gke and not settings.installs_adapter:
        yield ADAPTER_ELSEWHERE.finding(
            path,
            "this stack installs no custom metrics adapter: without one in the cluster, the "
            "number of servers never changes",
            set_command(path, AdapterOrigin.INSTALL.value) + ", or accept this finding if there "
            "is one",
        )


def _bounds(path: str, scaling: ServerAutoscaling) -> Iterator[Finding]:
    if not scaling.min:
        yield NO_SERVER.to_set(
            f"{path}.min",
            "0 is not possible: nothing queues requests until a server has started. That needs "
            "flow control in the picker (v1.3.0 or later), scaling by the picker's queue, and a "
            "load balancer that calls the picker of a pool without endpoints, which Google does "
            "not document",
            "1",
        )
    if scaling.min > scaling.max:
        yield MIN_ABOVE_MAX.finding(
            path,
            f"min {scaling.min} is greater than max {scaling.max}",
            set_command(f"{path}.min", str(scaling.max)),
        )
    if scaling.queue_depth is None and scaling.kv_cache_usage is None:
        yield NOTHING_TO_SCALE_BY.finding(
            path,
            "queueDepth and kvCacheUsage are both empty: there would be nothing to scale by",
            edit({f"{path}.queueDepth": None}) + ", so that its default applies",
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
            "running servers keep their count until the autoscaler changes it; a new model starts "
            "with one and scales up to min",
        )
        pools = pools_for(settings, model)
        if pools and all(pool.autoscaling is None for pool in pools):
            names = ", ".join(pool.name for pool in pools)
            yield FIXED_NODES.finding(
                path,
                f"the node count of {names} is fixed: fewer servers cost the same",
            )
