"""The HorizontalPodAutoscaler of one model's servers. Registers nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import pulumi
from pulumi_kubernetes import autoscaling as kubernetes

from inference.config.autoscaling import ScaleDown, ScaleUp


@final
@dataclass(frozen=True, kw_only=True)
class Autoscaling:
    """Bounds, and the load of a server beyond which there are more.

    A new server takes minutes, so that by default they are taken away slowly.
    """

    min: int = 1
    """Fewest servers."""
    max: int
    """Most servers."""
    targets: Mapping[str, str]
    """Average value per server, as a quantity, by the name of a Pods metric of the cluster's
    custom metrics API; the highest resulting number counts."""
    exposed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Gauges that GKE is to expose for it: what servers call each, by its name in an
    AutoscalingMetric of the servers' name."""
    up: ScaleUp = field(default_factory=ScaleUp)
    """How fast servers are added."""
    down: ScaleDown = field(default_factory=ScaleDown)
    """How fast they are taken away."""


def autoscaler_spec(
    deployment: str, scaling: Autoscaling
) -> kubernetes.v2.HorizontalPodAutoscalerSpecArgs:
    """Scale by metrics of the servers themselves; CPU and GPU use say little of a queue.

    It needs the custom metrics adapter only to act, so it does not wait for it.
    """
    return kubernetes.v2.HorizontalPodAutoscalerSpecArgs(
        scale_target_ref=kubernetes.v2.CrossVersionObjectReferenceArgs(
            api_version="apps/v1", kind="Deployment", name=deployment
        ),
        min_replicas=scaling.min,
        max_replicas=scaling.max,
        metrics=[_metric(metric, target) for metric, target in scaling.targets.items()],
        behavior=kubernetes.v2.HorizontalPodAutoscalerBehaviorArgs(
            scale_up=_rules(scaling.up), scale_down=_rules(scaling.down)
        ),
    )


def exposed_spec(
    selector: Mapping[str, str], port: pulumi.Input[int], gauges: Mapping[str, str]
) -> dict[str, Any]:
    """Spec of the AutoscalingMetric by which GKE reads gauges of the servers itself."""
    return {
        "metrics": [
            {
                "pod": {
                    "selector": {"matchLabels": dict(selector)},
                    "containers": [
                        {
                            "endpoint": {"port": port},
                            "metrics": [
                                {"gauge": {"name": name, "prometheusMetricName": metric}}
                                for name, metric in gauges.items()
                            ],
                        }
                    ],
                }
            }
        ]
    }


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
