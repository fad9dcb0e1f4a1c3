"""The HorizontalPodAutoscaler of one model's servers. Registers one resource for its caller."""

from dataclasses import dataclass
from typing import final

import pulumi
from pulumi_kubernetes import autoscaling as kubernetes

from components.kubernetes_object import object_meta
from inference.catalog.server_metrics import ServerMetrics
from inference.config.autoscaling import ScaleDown, ScaleUp, ServerAutoscaling
from inference.derive.autoscaler import pod_targets


@final
@dataclass(frozen=True, kw_only=True)
class ServerAutoscalerArgs:
    """Which Deployment is scaled, and by what."""

    namespace: pulumi.Input[str]
    deployment: str
    autoscaling: ServerAutoscaling
    metrics: ServerMetrics
    """Names of the engine's metrics."""


def server_autoscaler(
    name: str, args: ServerAutoscalerArgs, opts: pulumi.ResourceOptions
) -> kubernetes.v2.HorizontalPodAutoscaler:
    """Scale by metrics of the servers themselves; CPU and GPU use say little of a queue.

    It needs the custom metrics adapter only to act, so it does not wait for it.
    """
    scaling = args.autoscaling
    return kubernetes.v2.HorizontalPodAutoscaler(
        name,
        metadata=object_meta(args.deployment, args.namespace),
        spec=kubernetes.v2.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=kubernetes.v2.CrossVersionObjectReferenceArgs(
                api_version="apps/v1", kind="Deployment", name=args.deployment
            ),
            min_replicas=scaling.min,
            max_replicas=scaling.max,
            metrics=[
                _metric(metric, target) for metric, target in pod_targets(scaling, args.metrics)
            ],
            behavior=kubernetes.v2.HorizontalPodAutoscalerBehaviorArgs(
                scale_up=_rules(scaling.scale_up), scale_down=_rules(scaling.scale_down)
            ),
        ),
        opts=opts,
    )


def _metric(name: str, target: str) -> kubernetes.v2.MetricSpecArgs:
    return kubernetes.v2.MetricSpecArgs(
        type="Pods",
        pods=kubernetes.v2.PodsMetricSourceArgs(
            metric=kubernetes.v2.MetricIdentifierArgs(name=name),
            target=kubernetes.v2.MetricTargetArgs(type="AverageValue", average_value=target),
        ),
    )


def _rules(pace: ScaleUp | ScaleDown) -> kubernetes.v2.HPAScalingRulesArgs:
    return kubernetes.v2.HPAScalingRulesArgs(
        stabilization_window_seconds=pace.stabilization_seconds,
        policies=[
            kubernetes.v2.HPAScalingPolicyArgs(
                type="Pods", value=pace.servers, period_seconds=pace.period_seconds
            )
        ],
    )
