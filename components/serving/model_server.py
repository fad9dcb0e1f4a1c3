"""The servers of one model."""

from collections.abc import Sequence
from typing import Final, final

import pulumi
import pulumi_kubernetes as kubernetes
import yaml

from components.kubernetes_object import CustomResource, object_meta
from components.observability.pod_monitoring import PodMonitoring, PodMonitoringArgs
from components.serving.compute_class import COMPUTE_CLASS_API, compute_class_spec
from components.serving.lora_syncer import READY_SCRIPT
from components.serving.model_server_args import ModelServerArgs
from components.serving.server_autoscaler import autoscaler_spec, exposed_spec
from components.serving.server_network_policy import network_policy_spec
from components.serving.server_pod import PORT_NAME, server_pod
from components.type_tokens import LABELS, token
from inference.catalog.metrics_adapter import MANAGED_API
from inference.derive.names import adapters_config as adapters_name
from inference.derive.names import server_labels
from inference.derive.syncer import CONFIG_FILE, READY_FILE, adapters_config

_FORCE: Final = "pulumi.com/patchForce"
_REPLICAS: Final = "spec.replicas"
"""The provider sends what it ignores as it is in the cluster, or not when others own it."""


@final
class ModelServer(pulumi.ComponentResource):
    """Deployment and disruption budget, and on request adapters, autoscaler and policies.

    It does not wait for the node pool: Pods wait for nodes, and everything else runs meanwhile.
    """

    labels: pulumi.Output[dict[str, str]]
    """Labels that an InferencePool selects the servers by."""
    port: pulumi.Output[int]
    """Port that they answer on."""

    def __init__(
        self, name: str, args: ModelServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("ModelServer"), name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._deployment(self._adapters(), [*self._compute_class(), *args.after])
        self._budget()
        self._autoscaler()
        self._network_policy()
        if args.scraped:
            PodMonitoring(
                f"{name}-monitoring",
                PodMonitoringArgs(
                    name=args.name,
                    namespace=args.namespace,
                    selector=server_labels(args.name),
                    port=PORT_NAME,
                ),
                self._child,
            )
        self.labels = pulumi.Output.from_input(server_labels(args.name))
        self.port = pulumi.Output.from_input(args.port)
        self.register_outputs({"labels": self.labels, "port": self.port})

    def _adapters(self) -> pulumi.Output[str] | None:
        """Name of the ConfigMap that the syncer reads."""
        args = self._args
        if args.adapters is None:
            return None
        config = adapters_config(args.name, args.port, args.adapters)
        return kubernetes.core.v1.ConfigMap(
            f"{self._name}-adapters",
            metadata=object_meta(adapters_name(args.name), args.namespace),
            data={
                CONFIG_FILE: yaml.safe_dump(config, sort_keys=False),
                READY_FILE: READY_SCRIPT.read_text(encoding="utf-8"),
            },
            opts=self._child,
        ).metadata.name.apply(str)

    def _compute_class(self) -> Sequence[pulumi.Resource]:
        """What the Deployment waits for and no value shows.

        Pods name the class by a label, and Autopilot refuses one without.
        """
        wanted = self._args.compute_class
        if wanted is None:
            return []
        made = CustomResource(
            f"{self._name}-compute-class",
            api_version=COMPUTE_CLASS_API,
            kind="ComputeClass",
            metadata=object_meta(wanted.name, None),
            spec=compute_class_spec(wanted),
            opts=self._child,
        )
        return [made]

    def _deployment(
        self, config_map: pulumi.Input[str] | None, before: Sequence[pulumi.Resource]
    ) -> None:
        args, rollout, selector = self._args, self._args.rollout, server_labels(self._args.name)
        scaled = args.autoscaling is not None
        kubernetes.apps.v1.Deployment(
            f"{self._name}-deployment",
            # What an autoscaler owned until now, or `kubectl scale`, is taken back.
            metadata=object_meta(args.name, args.namespace, None if scaled else {_FORCE: "true"}),
            spec=kubernetes.apps.v1.DeploymentSpecArgs(
                # The autoscaler sets the number where there is one.
                replicas=None if scaled else args.replicas,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=selector),
                strategy=kubernetes.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=kubernetes.apps.v1.RollingUpdateDeploymentArgs(
                        max_surge=rollout.max_surge, max_unavailable=rollout.max_unavailable
                    ),
                ),
                progress_deadline_seconds=rollout.progress_seconds,
                template=kubernetes.core.v1.PodTemplateSpecArgs(
                    metadata=kubernetes.meta.v1.ObjectMetaArgs(
                        labels={**LABELS, **args.labels, **selector},
                        annotations=dict(args.annotations) or None,
                    ),
                    spec=server_pod(args, config_map),
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # A server that may not read its weights yet exits, and each restart comes later.
                depends_on=list(before) or None,
                # The number stays as it is until the autoscaler has it: taken away, it would be 1.
                ignore_changes=[_REPLICAS] if scaled else None,
                # The default of 10 minutes is shorter than a node, an image and a model take.
                custom_timeouts=pulumi.CustomTimeouts(
                    create=f"{rollout.create_seconds}s", update=f"{rollout.update_seconds}s"
                ),
            ),
        )

    def _budget(self) -> None:
        args, scaled = self._args, self._args.autoscaling is not None
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{self._name}-budget",
            metadata=object_meta(args.name, args.namespace),
            spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
                # A share of a number that the autoscaler changes would need to follow it.
                min_available=None if scaled else args.replicas - 1,
                max_unavailable=1 if scaled else None,
                selector=kubernetes.meta.v1.LabelSelectorArgs(
                    match_labels=server_labels(args.name)
                ),
            ),
            opts=self._child,
        )

    def _autoscaler(self) -> None:
        args = self._args
        if args.autoscaling is not None and args.autoscaling.exposed:
            selector, gauges = server_labels(args.name), args.autoscaling.exposed
            CustomResource(
                f"{self._name}-autoscaling-metric",
                api_version=MANAGED_API,
                kind="AutoscalingMetric",
                metadata=object_meta(args.name, args.namespace),
                spec=exposed_spec(selector, args.port, gauges),
                opts=self._child,
            )
        if args.autoscaling is not None:
            kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
                f"{self._name}-autoscaler",
                metadata=object_meta(args.name, args.namespace),
                spec=autoscaler_spec(args.name, args.autoscaling),
                opts=self._child,
            )

    def _network_policy(self) -> None:
        args = self._args
        if args.callers is not None:
            kubernetes.networking.v1.NetworkPolicy(
                f"{self._name}-network-policy",
                metadata=object_meta(args.name, args.namespace),
                spec=network_policy_spec(server_labels(args.name), args.port, args.callers),
                opts=self._child,
            )
